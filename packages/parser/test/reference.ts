// A second parser, written from the ABNF of RFC 9112, 9110 and 3986: whole buffer, regular
// expressions, slow and plain. It is the oracle of the tests, so it knows nothing of the parser it
// judges and imports none of its code. Two rules order faults: the earlier octet wins; on one octet
// the narrower limit wins, and any limit wins over grammar.

/** Limits in octets and counts, as the parser takes them. */
export interface ReferenceLimits {
  readonly requestLineOctets: number;
  readonly headOctets: number;
  readonly fieldOctets: number;
  readonly fieldLines: number;
  readonly trailerOctets: number;
  readonly trailerLines: number;
  readonly chunkLineOctets: number;
  readonly chunkExcessOctets: number;
}

export const REFERENCE_LIMITS: ReferenceLimits = {
  requestLineOctets: 8192,
  headOctets: 16384,
  fieldOctets: 8192,
  fieldLines: 100,
  trailerOctets: 4096,
  trailerLines: 32,
  chunkLineOctets: 4096,
  chunkExcessOctets: 16384,
};

export interface Refusal {
  readonly verdict: "fault";
  readonly code: string;
  /** Octets from the first octet of the head, or of the message body. */
  readonly offset: number;
}

export interface NeedMore {
  readonly verdict: "need more";
}

/** Offsets of a complete head, in octets from its first octet. */
export interface HeadSpans {
  readonly verdict: "complete";
  readonly octets: number;
  readonly methodStart: number;
  readonly methodEnd: number;
  readonly targetStart: number;
  readonly targetEnd: number;
  readonly minorVersion: number;
  /** Four per field line: name start, name end, value start, value end. */
  readonly spans: readonly number[];
}

export interface ChunkedReading {
  readonly verdict: "complete" | "need more" | "fault";
  readonly code: string;
  readonly offset: number;
  /** Content handed out before the end, the fault or the end of input. */
  readonly content: string;
  /** Octets consumed; -1 if there is a fault. */
  readonly octets: number;
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

/** One character per octet, so offsets in the text are offsets in octets. */
export function latin1(wire: Uint8Array): string {
  let text = "";
  for (const octet of wire) text += String.fromCharCode(octet);
  return text;
}

/** Rules that match at one place only, by their source: to make one takes longer than to use it. */
const stickyRules = new Map<string, RegExp>();

/** Something wrong with the octets. */
interface Candidate {
  /** The octet that gives it away. */
  readonly known: number;
  /** Orders the faults of one octet: the lower wins. */
  readonly rank: number;
  readonly code: string;
  /** The octet it is reported at. */
  readonly offset: number;
}

const RANK_METHOD = 0;
const RANK_LINE = 1;
const RANK_COUNT = 2;
const RANK_SECTION = 3;
const RANK_GRAMMAR = 4;

/**
 * Follows the grammar over a text and notes what is wrong with it. `at` never passes an octet that
 * does not fit; `reached` counts the octets that were looked at, the one at fault included. Once
 * `ended`, nothing is taken any more.
 */
class Walk {
  readonly text: string;
  at = 0;
  reached = 0;
  ended = false;
  readonly #faults: Candidate[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /**
   * Takes what fits `rule`, one octet at least. If the octet here does not fit, that is fault
   * `code`.
   */
  take(rule: RegExp, code: string): boolean {
    if (this.at === this.text.length) this.ended = true;
    if (this.ended) return false;
    const fitting = this.#fitting(rule);
    if (fitting === 0) {
      this.reached = this.at + 1;
      this.fault(this.at, RANK_GRAMMAR, code);
      this.ended = true;
      return false;
    }
    this.at += fitting;
    this.reached = this.at;
    return true;
  }

  /** Takes what fits `rule`, perhaps nothing. */
  skip(rule: RegExp): void {
    if (this.looksAt(rule)) this.take(rule, "");
  }

  looksAt(rule: RegExp): boolean {
    return !this.ended && this.#fitting(rule) > 0;
  }

  #fitting(rule: RegExp): number {
    const sticky = stickyRules.get(rule.source) ?? new RegExp(rule.source, "y");
    stickyRules.set(rule.source, sticky);
    sticky.lastIndex = this.at;
    return sticky.exec(this.text)?.[0].length ?? 0;
  }

  fault(known: number, rank: number, code: string, offset: number = known): void {
    this.#faults.push({ known, rank, code, offset });
  }

  /**
   * Notes the first octet too many of a line that began at `from`. Its CR, right or wrong, ends the
   * count.
   */
  limitLine(from: number, octetsMax: number, code: string): void {
    const cr = this.text.indexOf("\r", from);
    const end = cr >= 0 && cr < this.reached ? cr : this.reached;
    if (from + octetsMax < end) this.fault(from + octetsMax, RANK_LINE, code);
  }

  /** Notes the first octet too many of a section that began at `from`, whatever octet it is. */
  limitSection(from: number, octetsMax: number, code: string): void {
    if (from + octetsMax < this.reached) this.fault(from + octetsMax, RANK_SECTION, code);
  }

  /** The fault that is known first; of one octet, the narrowest limit before grammar. */
  firstFault(): Refusal | undefined {
    const [first] = this.#faults.toSorted((a, b) => a.known - b.known || a.rank - b.rank);
    return first && { verdict: "fault", code: first.code, offset: first.offset };
  }
}

// ---------------------------------------------------------------------------------------- heads

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/;
const TARGET = /[!"$-~]+/;
const METHOD_OCTETS = 24;

/** Reads request-line and header section from the start of `wire`. RFC 9112 2.1, 2.2, 3, 5. */
export function readHead(
  wire: Uint8Array,
  limits: ReferenceLimits = REFERENCE_LIMITS,
): HeadSpans | NeedMore | Refusal {
  const walk = new Walk(latin1(wire));
  const line = walkRequestLine(walk, limits);
  const spans = walkFieldLines(walk, {
    octetsMax: limits.fieldOctets,
    linesMax: limits.fieldLines,
    linesCode: "ERR_TOO_MANY_FIELDS",
    refuses: undefined,
  });
  walk.limitSection(0, limits.headOctets, "ERR_HEAD_TOO_LARGE");
  const fault = walk.firstFault();
  if (fault !== undefined) return fault;
  if (walk.ended) return { verdict: "need more" };
  return { verdict: "complete", octets: walk.at, ...line, spans };
}

type RequestLineSpans = Pick<
  HeadSpans,
  "methodStart" | "methodEnd" | "targetStart" | "targetEnd" | "minorVersion"
>;

function walkRequestLine(walk: Walk, limits: ReferenceLimits): RequestLineSpans {
  for (let emptyLines = 0; emptyLines < 2 && walk.looksAt(/\r/); emptyLines++) {
    walk.take(/\r/, "");
    walk.take(/\n/, "ERR_BARE_CR");
  }
  const methodStart = walk.at;
  const noMethod = walk.looksAt(/\n/) ? "ERR_BARE_LF" : "ERR_METHOD";
  walk.take(TOKEN, walk.looksAt(/\r/) ? "ERR_EMPTY_LINES" : noMethod);
  const methodEnd = walk.at;
  if (methodEnd - methodStart > METHOD_OCTETS) {
    walk.fault(methodStart + METHOD_OCTETS, RANK_METHOD, "ERR_METHOD_TOO_LONG");
  }
  walk.take(/ /, "ERR_METHOD");
  const targetStart = walk.at;
  walk.take(TARGET, "ERR_TARGET");
  const targetEnd = walk.at;
  walk.take(/ /, walk.looksAt(/\r/) ? "ERR_VERSION_MISSING" : "ERR_TARGET");
  walk.take(/H/, walk.looksAt(/\r/) ? "ERR_VERSION_MISSING" : "ERR_VERSION");
  for (const rule of [/T/, /T/, /P/, /\//]) walk.take(rule, "ERR_VERSION");
  const major = walk.at;
  for (const rule of [/[0-9]/, /\./, /[0-9]/]) walk.take(rule, "ERR_VERSION");
  walk.take(/\r/, walk.looksAt(/\n/) ? "ERR_BARE_LF" : "ERR_VERSION");
  if (walk.take(/\n/, "ERR_BARE_CR") && walk.text[major] !== "1") {
    walk.fault(walk.at - 1, RANK_GRAMMAR, "ERR_VERSION_UNSUPPORTED");
    walk.ended = true;
  }
  walk.limitLine(methodStart, limits.requestLineOctets, "ERR_REQUEST_LINE_TOO_LONG");
  const minorVersion = Number(walk.text[major + 2]);
  return { methodStart, methodEnd, targetStart, targetEnd, minorVersion };
}

interface FieldLineRules {
  readonly octetsMax: number;
  readonly linesMax: number;
  readonly linesCode: string;
  /** Names that may not stand in this section. */
  readonly refuses: RegExp | undefined;
}

/** Field lines and the empty line behind them. RFC 9112 5, RFC 9110 5.5. */
function walkFieldLines(walk: Walk, rules: FieldLineRules): number[] {
  const spans: number[] = [];
  while (!walk.ended && !walk.looksAt(/\r/)) {
    const from = walk.at;
    if (spans.length === 4 * rules.linesMax && from < walk.text.length) {
      walk.fault(from, RANK_COUNT, rules.linesCode);
      walk.reached = from + 1;
      walk.ended = true;
    }
    const noName = walk.looksAt(/\n/) ? "ERR_BARE_LF" : "ERR_FIELD_NAME";
    const space = spans.length === 0 ? "ERR_FIELD_LEADING_SPACE" : "ERR_FIELD_FOLDED";
    walk.take(TOKEN, walk.looksAt(/[ \t]/) ? space : noName);
    const nameEnd = walk.at;
    const noColon = walk.looksAt(/[\r\n]/) ? "ERR_FIELD_COLON" : "ERR_FIELD_NAME";
    const named = walk.take(/:/, walk.looksAt(/[ \t]/) ? "ERR_FIELD_NAME_SPACE" : noColon);
    if (named && rules.refuses?.test(walk.text.slice(from, nameEnd))) {
      walk.fault(nameEnd, RANK_GRAMMAR, "ERR_TRAILER_NAME", from);
      walk.ended = true;
    }
    const rawStart = walk.at;
    walk.skip(/[\t\x20-\x7e\x80-\xff]+/);
    const raw = walk.text.slice(rawStart, walk.at);
    const value = raw.replace(/^[\t ]+/, "");
    const trimmed = value.replace(/[\t ]+$/, "");
    const valueStart = walk.at - value.length;
    spans.push(from, nameEnd, valueStart, valueStart + trimmed.length);
    walk.take(/\r/, walk.looksAt(/\n/) ? "ERR_BARE_LF" : "ERR_FIELD_VALUE");
    walk.take(/\n/, "ERR_BARE_CR");
    walk.limitLine(from, rules.octetsMax, "ERR_FIELD_TOO_LONG");
  }
  walk.take(/\r/, "");
  walk.take(/\n/, "ERR_BARE_CR");
  return spans;
}

// -------------------------------------------------------------------------------------- chunked

const REFUSED_TRAILERS =
  /^(?:content-length|transfer-encoding|trailer|te|connection|upgrade|host|forwarded|x-forwarded-.*|authorization|proxy-authorization|cookie|set-cookie)$/i;

/** Reads a message body in the chunked transfer coding. RFC 9112 7.1. */
export function readChunked(
  wire: Uint8Array,
  limits: ReferenceLimits = REFERENCE_LIMITS,
  contentLimit: number = Number.POSITIVE_INFINITY,
): ChunkedReading {
  const walk = new Walk(latin1(wire));
  let content = "";
  let excess = 0;
  let size = -1;
  while (!walk.ended && size !== 0) {
    const from = walk.at;
    size = walkChunkSize(walk, content.length, contentLimit);
    walkChunkExtensions(walk);
    walk.take(/\n/, "ERR_BARE_CR");
    walk.limitLine(from, limits.chunkLineOctets, "ERR_CHUNK_LINE_TOO_LONG");
    const justified = 16 + 2 * size;
    walk.limitSection(from, limits.chunkExcessOctets - excess + justified, "ERR_CHUNK_EXCESS");
    excess = Math.max(0, excess + walk.at - from - justified);
    if (walk.ended || size === 0 || walk.firstFault() !== undefined) break;
    const data = walk.text.slice(walk.at, walk.at + size);
    content += data;
    walk.at += data.length;
    walk.reached = walk.at;
    if (data.length < size) walk.ended = true;
    walk.take(/\r/, "ERR_CHUNK_END");
    walk.take(/\n/, "ERR_CHUNK_END");
  }
  const trailerStart = walk.at;
  const isLast = !walk.ended && walk.firstFault() === undefined;
  const spans = isLast ? walkTrailers(walk, limits) : [];
  if (isLast) walk.limitSection(trailerStart, limits.trailerOctets, "ERR_TRAILERS_TOO_LARGE");
  const fault = walk.firstFault();
  const isComplete = fault === undefined && !walk.ended;
  const trailers: [string, string][] = [];
  for (let i = 0; isComplete && i < spans.length; i += 4) {
    const name = walk.text.slice(spans[i], spans[i + 1]);
    trailers.push([name, walk.text.slice(spans[i + 2], spans[i + 3])]);
  }
  return {
    verdict: isComplete ? "complete" : (fault?.verdict ?? "need more"),
    code: fault?.code ?? "",
    offset: fault?.offset ?? -1,
    content,
    octets: fault === undefined ? walk.at : -1,
    trailers,
  };
}

function walkTrailers(walk: Walk, limits: ReferenceLimits): number[] {
  return walkFieldLines(walk, {
    octetsMax: limits.fieldOctets,
    linesMax: limits.trailerLines,
    linesCode: "ERR_TOO_MANY_TRAILERS",
    refuses: REFUSED_TRAILERS,
  });
}

/** chunk-size; returns the value of its first 16 digits. Big integers, so that nothing can wrap. */
function walkChunkSize(walk: Walk, contentOctets: number, contentLimit: number): number {
  const from = walk.at;
  walk.take(/[0-9A-Fa-f]+/, "ERR_CHUNK_SIZE");
  const digits = walk.text.slice(from, walk.at);
  if (digits.length > 16) walk.fault(from + 16, RANK_GRAMMAR, "ERR_CHUNK_SIZE_DIGITS");
  const sizeMax = Math.min(contentLimit - contentOctets, Number.MAX_SAFE_INTEGER);
  for (let count = 1; count <= Math.min(16, digits.length); count++) {
    if (BigInt(`0x${digits.slice(0, count)}`) <= sizeMax) continue;
    walk.fault(from + count - 1, RANK_SECTION, "ERR_CONTENT_TOO_LARGE");
    break;
  }
  if (walk.firstFault() !== undefined) walk.ended = true;
  return Number(`0x${digits.slice(0, 16) || "0"}`);
}

const BWS = /[\t ]+/;
const QUOTED_TEXT = /(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])+/;

/** chunk-ext and the CR behind it. RFC 9112 7.1.1: BWS stands only beside ";" and "=". */
function walkChunkExtensions(walk: Walk): void {
  if (!walk.looksAt(/[\t ;\r]/)) walk.take(/\r/, "ERR_CHUNK_SIZE");
  while (!walk.ended && !walk.looksAt(/\r/)) {
    walk.skip(BWS);
    walk.take(/;/, "ERR_CHUNK_EXTENSION");
    walk.skip(BWS);
    walk.take(TOKEN, "ERR_CHUNK_EXTENSION");
    if (walk.looksAt(/[\t ]*=/)) {
      walk.take(/[\t ]*=/, "");
      walk.skip(BWS);
      if (walk.looksAt(/"/)) walkQuotedString(walk);
      else walk.take(TOKEN, "ERR_CHUNK_EXTENSION");
    }
  }
  walk.take(/\r/, "ERR_CHUNK_EXTENSION");
}

function walkQuotedString(walk: Walk): void {
  walk.take(/"/, "");
  walk.skip(QUOTED_TEXT);
  if (walk.looksAt(/\\/)) {
    walk.take(/\\/, "");
    walk.take(/[\t\x20-\x7e\x80-\xff]/, "ERR_CHUNK_EXTENSION");
  }
  walk.take(/"/, "ERR_CHUNK_EXTENSION");
}
