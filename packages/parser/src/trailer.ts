// The trailer section of a chunked message body (RFC 9112 §7.1.2): field lines, and the names that
// must not stand there. Keeps the octets it has read, bounded by `trailerOctets`. Knows nothing of
// chunks.

import { faultRow } from "./faults.ts";
import { FieldLines } from "./field-lines.ts";
import { FieldSection } from "./field-section.ts";
import type { ParserLimits } from "./limits.ts";
import { asciiOctets, CR, isFoldedText } from "./octets.ts";
import { type HeadStatus, INVALID } from "./parse-status.ts";

const E_NAME: number = faultRow("ERR_TRAILER_NAME");
const E_TOO_MANY: number = faultRow("ERR_TOO_MANY_TRAILERS");
const E_TOO_LARGE: number = faultRow("ERR_TRAILERS_TOO_LARGE");

// Framing, routing, authentication: whoever merged them into the head would be attacked with them
// (RFC 9110 §6.5.1).
const FORBIDDEN_NAMES = [
  "content-length",
  "transfer-encoding",
  "trailer",
  "te",
  "connection",
  "upgrade",
  "host",
  "forwarded",
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
].map(asciiOctets);
const FORBIDDEN_PREFIX: Uint8Array = asciiOctets("x-forwarded-");

const NO_OCTETS: Uint8Array = new Uint8Array(0);

/**
 * Reads one trailer section, in as many pieces as it arrives. Offsets count from its first octet.
 *
 * A forbidden name is refused at its first octet as soon as its colon is there.
 */
export class TrailerReader extends FieldLines {
  #isEmpty = true;
  #kept: Uint8Array = NO_OCTETS;
  #judgedNames = 0;

  constructor(limits: ParserLimits) {
    super({
      fieldOctets: limits.fieldOctets,
      lines: limits.trailerLines,
      sectionOctets: limits.trailerOctets,
      tooManyFault: E_TOO_MANY,
      tooLargeFault: E_TOO_LARGE,
    });
  }

  override reset(): void {
    super.reset();
    this.#isEmpty = true;
    this.#kept = NO_OCTETS;
    this.#judgedNames = 0;
  }

  /** Reads `bytes[from .. end)`, which is not empty. */
  push(bytes: Uint8Array, from: number, end: number): HeadStatus {
    const before = this.octets;
    if (before === 0) this.#isEmpty = bytes[from] === CR;
    const status = this.pushLines(bytes, from - before, from, end);
    if (this.#isEmpty) return status;
    this.#keep(bytes, from, before);
    return this.#hasForbiddenName() ? INVALID : status;
  }

  /** The section of a complete push. It owns its octets. */
  takeSection(): FieldSection {
    const { fieldCount: count, octets, spans, highOctets } = this;
    if (count === 0) return FieldSection.empty;
    const kept = this.#kept;
    this.#kept = NO_OCTETS;
    return new FieldSection({
      bytes: kept,
      base: 0,
      octets,
      spans: spans.slice(0, 4 * count),
      count,
      highOctets,
    });
  }

  #keep(bytes: Uint8Array, from: number, before: number): void {
    const after = this.octets;
    if (after > this.#kept.length) {
      const grown = new Uint8Array(Math.max(after, 2 * this.#kept.length));
      grown.set(this.#kept.subarray(0, before));
      this.#kept = grown;
    }
    this.#kept.set(bytes.subarray(from, from + after - before), before);
  }

  /**
   * Judges the names that have become complete. They precede whatever else is wrong, so their fault
   * comes first.
   */
  #hasForbiddenName(): boolean {
    const { fieldCount, spans } = this;
    for (; this.#judgedNames < fieldCount; this.#judgedNames++) {
      const start = spans[4 * this.#judgedNames]!;
      const end = spans[4 * this.#judgedNames + 1]!;
      if (isForbidden(this.#kept, start, end)) {
        this.fault = E_NAME;
        this.faultOffset = start;
        return true;
      }
    }
    return false;
  }
}

function isForbidden(bytes: Uint8Array, start: number, end: number): boolean {
  const octets = end - start;
  if (octets >= FORBIDDEN_PREFIX.length && isFoldedText(bytes, start, FORBIDDEN_PREFIX))
    return true;
  return FORBIDDEN_NAMES.some((name) => name.length === octets && isFoldedText(bytes, start, name));
}
