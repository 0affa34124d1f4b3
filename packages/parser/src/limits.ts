// How much a peer may send, with the reason for each number, and the check of limits that a caller
// sets. Knows nothing of how the machines count.

/**
 * Limits of one message, in octets or counts. A limit is the largest size that passes; the fault
 * stands at the first octet too many. Lines count without their CRLF. Where several are crossed by
 * one octet the narrower one is reported: method, then line, then number of lines, then the whole
 * section.
 */
export interface ParserLimits {
  /** Octets of the request-line. 8192: RFC 9112 §3 asks for 8000 at least. Beyond: 414. */
  readonly requestLineOctets: number;
  /**
   * Octets of the head, from its first octet (skipped empty lines too) to the LF of its empty line.
   * 16384: what browsers send fits several times. Beyond: 431.
   */
  readonly headOctets: number;
  /**
   * Octets of one field line, name and value and all between, in heads and trailers. 8192: cookies
   * and tokens fit. Beyond: 431.
   */
  readonly fieldOctets: number;
  /**
   * Field lines of a head. 100: what other servers allow; each costs memory beyond its octets.
   * Beyond: 431.
   */
  readonly fieldLines: number;
  /**
   * Octets of a trailer section, from its first octet to the LF of its empty line. 4096: checksums
   * and signatures fit. Beyond: 431.
   */
  readonly trailerOctets: number;
  /** Field lines of a trailer section. 32: few are ever sent. Beyond: 431. */
  readonly trailerLines: number;
  /**
   * Octets of one chunk line: chunk-size and extensions. 4096: no known client sends a hundred.
   * Beyond: 413.
   */
  readonly chunkLineOctets: number;
  /**
   * Framing beyond what content justifies: the running sum of each chunk line with its CRLF minus
   * (16 + 2 x chunk-size), never below 0. 16384: tiny chunks pass for ever, extensions do not.
   * Beyond: 413.
   */
  readonly chunkExcessOctets: number;
}

/**
 * Octets of the longest method that is read. A constant: the longest registered one has 17. Beyond:
 * 501.
 */
export const METHOD_OCTETS = 24;

export const DEFAULT_PARSER_LIMITS: Readonly<ParserLimits> = Object.freeze({
  requestLineOctets: 8192,
  headOctets: 16384,
  fieldOctets: 8192,
  fieldLines: 100,
  trailerOctets: 4096,
  trailerLines: 32,
  chunkLineOctets: 4096,
  chunkExcessOctets: 16384,
});

type Range = readonly [least: number, most: number];

const OCTETS_MOST = 1024 * 1024;
const LINES_MOST = 10_000;

// A trailer section without a line is a CRLF: less than two octets would refuse every chunked
// message.
const RANGES: { readonly [name in keyof ParserLimits]: Range } = {
  requestLineOctets: [1, OCTETS_MOST],
  headOctets: [1, OCTETS_MOST],
  fieldOctets: [1, OCTETS_MOST],
  fieldLines: [1, LINES_MOST],
  trailerOctets: [2, OCTETS_MOST],
  trailerLines: [0, LINES_MOST],
  chunkLineOctets: [1, OCTETS_MOST],
  chunkExcessOctets: [0, OCTETS_MOST],
};

/**
 * All limits, those not given at their default. Other members of `limits` are left alone.
 *
 * Throws `TypeError` for a value that is not a number, `RangeError` for one that is not an integer
 * within its range.
 */
export function resolveLimits(limits: Partial<ParserLimits> = {}): ParserLimits {
  const resolved = { ...DEFAULT_PARSER_LIMITS } as {
    -readonly [name in keyof ParserLimits]: number;
  };
  for (const name of Object.keys(RANGES) as (keyof ParserLimits)[]) {
    const value: unknown = limits[name];
    if (value === undefined) continue;
    const [least, most] = RANGES[name];
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot set ${name}: ${typeof value} is not a number from ${least} to ${most}`,
      );
    }
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot set ${name}: ${value} is not an integer from ${least} to ${most}`,
      );
    }
    resolved[name] = value;
  }
  return resolved;
}
