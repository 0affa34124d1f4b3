// The head of a request: request-line and header section, resumable, spans instead of strings.
// Knows the grammar of RFC 9112 §2 to §5 and the limits. Must not know what any field, method or
// target means: request-head.ts does.

import { faultRow } from "./faults.ts";
import { FieldLines } from "./field-lines.ts";
import { METHOD_OCTETS, type ParserLimits, resolveLimits } from "./limits.ts";
import { CR, DIGIT_0, DIGIT_1, DIGIT_9, LF, SP, TARGET_OCTET, TCHAR } from "./octets.ts";
import { type HeadStatus, INVALID, NEED_MORE } from "./parse-status.ts";

// States, in wire order.
const LINE_START = 0;
const EMPTY_LINE_LF = 1;
const METHOD = 2;
const TARGET = 3;
const VERSION = 4;
const REQUEST_LINE_LF = 5;
const FIELD_LINES = 6;
const FAILED = 7;

const EMPTY_LINES_MOST = 2;

const VERSION_TEXT = "HTTP/1.1";
const VERSION_OCTETS = 8;
const MAJOR_AT = 5;
const MINOR_AT = 7;
const CRLF_OCTETS = 2;

const E_EMPTY_LINES: number = faultRow("ERR_EMPTY_LINES");
const E_BARE_CR: number = faultRow("ERR_BARE_CR");
const E_BARE_LF: number = faultRow("ERR_BARE_LF");
const E_METHOD: number = faultRow("ERR_METHOD");
const E_METHOD_TOO_LONG: number = faultRow("ERR_METHOD_TOO_LONG");
const E_TARGET: number = faultRow("ERR_TARGET");
const E_VERSION_MISSING: number = faultRow("ERR_VERSION_MISSING");
const E_VERSION: number = faultRow("ERR_VERSION");
const E_VERSION_UNSUPPORTED: number = faultRow("ERR_VERSION_UNSUPPORTED");
const E_REQUEST_LINE_TOO_LONG: number = faultRow("ERR_REQUEST_LINE_TOO_LONG");
const E_TOO_MANY_FIELDS: number = faultRow("ERR_TOO_MANY_FIELDS");
const E_HEAD_TOO_LARGE: number = faultRow("ERR_HEAD_TOO_LARGE");

/**
 * Reads one request head, in as many pieces as it arrives. All offsets are octets from the head's
 * first octet, skipped empty lines included. A later `push` reads no octet again, but keep them:
 * the spans point into them.
 *
 * Any split of the same octets gives the same outcome, the same spans and the same fault at the
 * same offset.
 * Faults: ERR_EMPTY_LINES to ERR_HEAD_TOO_LARGE. Grammar: RFC 9112 §2.2, §3, §5; RFC 9110 §5.5.
 */
export class HeadParser extends FieldLines {
  /** Whether an octet of a request-line has been seen, not only empty lines. */
  requestLineStarted = false;
  methodStart = 0;
  /** 0 until the method is complete. */
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /** 0 to 9; the major version is 1. */
  minorVersion = 0;

  #state = LINE_START;
  #emptyLines = 0;
  #majorVersion = 0;
  readonly #requestLineOctetsMost: number;
  readonly #headOctetsMost: number;

  /** Throws TypeError or RangeError for a limit that is not an integer within its range. */
  constructor(limits?: Partial<ParserLimits>) {
    const resolved = resolveLimits(limits);
    super({
      fieldOctets: resolved.fieldOctets,
      lines: resolved.fieldLines,
      sectionOctets: resolved.headOctets,
      tooManyFault: E_TOO_MANY_FIELDS,
      tooLargeFault: E_HEAD_TOO_LARGE,
    });
    this.#requestLineOctetsMost = resolved.requestLineOctets;
    this.#headOctetsMost = resolved.headOctets;
  }

  /** Makes ready for the next head. */
  override reset(): void {
    super.reset();
    this.requestLineStarted = false;
    this.methodStart = 0;
    this.methodEnd = 0;
    this.targetStart = 0;
    this.targetEnd = 0;
    this.minorVersion = 0;
    this.#state = LINE_START;
    this.#emptyLines = 0;
    this.#majorVersion = 0;
  }

  /**
   * Reads `bytes[base + octets .. end)`, where `base` is the head's first octet. Between calls the
   * head may move to another buffer or base. After COMPLETE or INVALID nothing more is read until
   * `reset`.
   */
  push(bytes: Uint8Array, base: number, end: number): HeadStatus {
    let i = base + this.octets;
    if (this.#state === LINE_START) i = this.#wholeRequestLine(bytes, base, i, end);
    if (this.#state < FIELD_LINES) i = this.#requestLineByState(bytes, base, i, end);
    if (this.#state === FIELD_LINES) return this.pushLines(bytes, base, i, end);
    this.octets = i - base;
    return this.#state === FAILED ? INVALID : NEED_MORE;
  }

  /**
   * The fast path: a request-line of version 1 that is there from method to LF and keeps within
   * limits. Returns `from` if it is not so: the states decide it, faults and all, from its first
   * octet.
   */
  #wholeRequestLine(bytes: Uint8Array, base: number, from: number, end: number): number {
    const headEnd = Math.min(end, base + this.#headOctetsMost);
    const stop = headEnd - VERSION_OCTETS - CRLF_OCTETS;
    let i = from;
    while (i < stop && TCHAR[bytes[i]!] !== 0) i++;
    const methodEnd = i;
    if (i >= stop || bytes[i] !== SP || i === from || i - from > METHOD_OCTETS) return from;
    i++;
    const targetStart = i;
    while (i < stop && TARGET_OCTET[bytes[i]!] !== 0) i++;
    if (i >= stop || bytes[i] !== SP || i === targetStart) return from;
    const targetEnd = i;
    i++;
    if (!isVersion1Line(bytes, i)) return from;
    if (i + VERSION_OCTETS - from > this.#requestLineOctetsMost) return from;
    this.requestLineStarted = true;
    this.methodStart = from - base;
    this.methodEnd = methodEnd - base;
    this.targetStart = targetStart - base;
    this.targetEnd = targetEnd - base;
    this.minorVersion = bytes[i + MINOR_AT]! - DIGIT_0;
    this.#state = FIELD_LINES;
    return i + VERSION_OCTETS + CRLF_OCTETS;
  }

  /**
   * request-line = method SP request-target SP HTTP-version CRLF, and the empty lines before it
   * (RFC 9112 §2.2, §3)
   */
  #requestLineByState(bytes: Uint8Array, base: number, from: number, end: number): number {
    let i = from;
    while (i < end && this.#state < FIELD_LINES) {
      switch (this.#state) {
        case LINE_START:
          i = this.#lineFirst(bytes[i]!, base, i);
          break;
        case EMPTY_LINE_LF:
          i = this.#lf(bytes[i]!, base, i, LINE_START);
          break;
        case METHOD:
          i = this.#method(bytes, base, i, end);
          break;
        case TARGET:
          i = this.#target(bytes, base, i, end);
          break;
        case VERSION:
          i = this.#version(bytes[i]!, base, i);
          break;
        case REQUEST_LINE_LF:
          i = this.#lf(bytes[i]!, base, i, FIELD_LINES);
          break;
      }
    }
    return i;
  }

  /** The first octet of a line: CR begins an empty one. Departure: a third is refused. */
  #lineFirst(octet: number, base: number, i: number): number {
    this.requestLineStarted = octet !== CR;
    if (i - base >= this.#headOctetsMost) return this.fail(E_HEAD_TOO_LARGE, base, i);
    if (octet === CR) {
      if (this.#emptyLines === EMPTY_LINES_MOST) return this.fail(E_EMPTY_LINES, base, i);
      this.#emptyLines++;
      this.#state = EMPTY_LINE_LF;
      return i + 1;
    }
    if (octet === LF) return this.fail(E_BARE_LF, base, i);
    this.methodStart = i - base;
    this.#state = METHOD;
    return i;
  }

  #method(bytes: Uint8Array, base: number, from: number, end: number): number {
    const lineStop = this.#lineStop(base, end);
    const stop = Math.min(lineStop, base + this.methodStart + METHOD_OCTETS);
    let i = from;
    while (i < stop && TCHAR[bytes[i]!] !== 0) i++;
    if (i === end) return i;
    const octet = bytes[i]!;
    const isToken = TCHAR[octet] !== 0;
    if (isToken && i - base - this.methodStart === METHOD_OCTETS) {
      return this.fail(E_METHOD_TOO_LONG, base, i);
    }
    if (i === lineStop && this.#isOverLimit(octet, base, i)) return i;
    if (octet !== SP || i - base === this.methodStart) return this.fail(E_METHOD, base, i);
    this.methodEnd = i - base;
    this.targetStart = i + 1 - base;
    this.#state = TARGET;
    return i + 1;
  }

  #target(bytes: Uint8Array, base: number, from: number, end: number): number {
    const stop = this.#lineStop(base, end);
    let i = from;
    while (i < stop && TARGET_OCTET[bytes[i]!] !== 0) i++;
    if (i === end) return i;
    const octet = bytes[i]!;
    if (i === stop && this.#isOverLimit(octet, base, i)) return i;
    if (i - base === this.targetStart) return this.fail(E_TARGET, base, i);
    if (octet === CR) return this.fail(E_VERSION_MISSING, base, i);
    if (octet !== SP) return this.fail(E_TARGET, base, i);
    this.targetEnd = i - base;
    this.#state = VERSION;
    return i + 1;
  }

  /** HTTP-version = "HTTP/" DIGIT "." DIGIT, then CR (RFC 9112 §2.3): one octet of it. */
  #version(octet: number, base: number, i: number): number {
    if (this.#isOverLimit(octet, base, i)) return i;
    const position = i - base - this.targetEnd - 1;
    if (position === VERSION_OCTETS) {
      if (octet !== CR) return this.fail(octet === LF ? E_BARE_LF : E_VERSION, base, i);
      this.#state = REQUEST_LINE_LF;
      return i + 1;
    }
    if (position === MAJOR_AT || position === MINOR_AT) {
      if (octet < DIGIT_0 || octet > DIGIT_9) return this.fail(E_VERSION, base, i);
      if (position === MAJOR_AT) this.#majorVersion = octet - DIGIT_0;
      else this.minorVersion = octet - DIGIT_0;
    } else if (octet !== VERSION_TEXT.charCodeAt(position)) {
      const isMissing = position === 0 && octet === CR;
      return this.fail(isMissing ? E_VERSION_MISSING : E_VERSION, base, i);
    }
    return i + 1;
  }

  /**
   * The LF of an empty line, or of the request-line: only there is a well-formed version refused
   * for its number.
   */
  #lf(octet: number, base: number, i: number, next: number): number {
    if (i - base >= this.#headOctetsMost) return this.fail(E_HEAD_TOO_LARGE, base, i);
    if (octet !== LF) return this.fail(E_BARE_CR, base, i);
    if (next === FIELD_LINES && this.#majorVersion !== 1) {
      return this.fail(E_VERSION_UNSUPPORTED, base, i);
    }
    this.#state = next;
    return i + 1;
  }

  /**
   * Index at which the line must pause: the end of the input, or the first octet that a limit may
   * forbid.
   */
  #lineStop(base: number, end: number): number {
    const lineStop = base + this.methodStart + this.#requestLineOctetsMost;
    return Math.min(end, lineStop, base + this.#headOctetsMost);
  }

  /**
   * Records the narrowest limit that the octet at `i` crosses. A CR crosses none of the line's: it
   * may end it.
   */
  #isOverLimit(octet: number, base: number, i: number): boolean {
    if (i - base - this.methodStart >= this.#requestLineOctetsMost && octet !== CR) {
      this.fail(E_REQUEST_LINE_TOO_LONG, base, i);
      return true;
    }
    if (i - base >= this.#headOctetsMost) {
      this.fail(E_HEAD_TOO_LARGE, base, i);
      return true;
    }
    return false;
  }

  protected override fail(fault: number, base: number, i: number): number {
    // A fault of a field line leaves the request-line as it is.
    if (this.#state < FIELD_LINES) this.#state = FAILED;
    return super.fail(fault, base, i);
  }
}

/** Reports whether "HTTP/1." DIGIT CRLF stands at `from`, where ten octets are. */
function isVersion1Line(bytes: Uint8Array, from: number): boolean {
  const minor = bytes[from + MINOR_AT]!;
  return (
    bytes[from] === 0x48 &&
    bytes[from + 1] === 0x54 &&
    bytes[from + 2] === 0x54 &&
    bytes[from + 3] === 0x50 &&
    bytes[from + 4] === 0x2f &&
    bytes[from + MAJOR_AT] === DIGIT_1 &&
    bytes[from + 6] === 0x2e &&
    minor >= DIGIT_0 &&
    minor <= DIGIT_9 &&
    bytes[from + VERSION_OCTETS] === CR &&
    bytes[from + VERSION_OCTETS + 1] === LF
  );
}
