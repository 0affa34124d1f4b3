// The chunked transfer coding (RFC 9112 §7.1): where content stands, chunk lines with their
// extensions, the trailer section. Resumable; content is never copied. Knows nothing of the head in
// front of it.

import { faultRow } from "./faults.ts";
import { FieldSection } from "./field-section.ts";
import { type ParserLimits, resolveLimits } from "./limits.ts";
import {
  BACKSLASH,
  CR,
  DQUOTE,
  EQUALS,
  FIELD_OCTET,
  HEXDIG_VALUE,
  HTAB,
  LF,
  QDTEXT,
  SEMICOLON,
  SP,
  TCHAR,
} from "./octets.ts";
import { type ChunkedStatus, COMPLETE, DATA, INVALID, NEED_MORE } from "./parse-status.ts";
import { TrailerReader } from "./trailer.ts";

// States, in wire order. Those of an extension lie between SIZE and LINE_LF.
const SIZE_FIRST = 0;
const SIZE = 1;
const EXTENSION_NAME_FIRST = 2;
const EXTENSION_NAME = 3;
const EXTENSION_NAME_BWS = 4;
const EXTENSION_VALUE_FIRST = 5;
const EXTENSION_TOKEN = 6;
const EXTENSION_QUOTED = 7;
const EXTENSION_QUOTED_PAIR = 8;
const EXTENSION_QUOTED_END = 9;
const EXTENSION_END_BWS = 10;
const LINE_LF = 11;
const CONTENT = 12;
const CONTENT_CR = 13;
const CONTENT_LF = 14;
const TRAILER = 15;
const DONE = 16;
const FAILED = 17;
const REFUSED = 18;

const SIZE_DIGITS_MOST = 16;
// What a chunk justifies beside its content: a size line of usual length, and twice its content.
const CHUNK_ALLOWANCE_OCTETS = 16;
const CONTENT_ALLOWANCE = 2;

const E_BARE_CR: number = faultRow("ERR_BARE_CR");
const E_SIZE: number = faultRow("ERR_CHUNK_SIZE");
const E_SIZE_DIGITS: number = faultRow("ERR_CHUNK_SIZE_DIGITS");
const E_EXTENSION: number = faultRow("ERR_CHUNK_EXTENSION");
const E_LINE_TOO_LONG: number = faultRow("ERR_CHUNK_LINE_TOO_LONG");
const E_EXCESS: number = faultRow("ERR_CHUNK_EXCESS");
const E_CONTENT_END: number = faultRow("ERR_CHUNK_END");
const E_CONTENT_TOO_LARGE: number = faultRow("ERR_CONTENT_TOO_LARGE");

/**
 * Decodes one chunked message body, in as many pieces as it arrives.
 *
 * `push` returns DATA for each run of content; call it again from `offset`. The decoder keeps the
 * octets of the trailer section itself, so consumed octets may be overwritten. Any split gives the
 * same content, trailers and fault.
 * Faults: ERR_CHUNK_SIZE to ERR_TRAILERS_TOO_LARGE and those of field lines. Grammar: RFC 9112
 * §7.1.
 */
export class ChunkedDecoder {
  /** Index in the bytes of the last push behind what it consumed. */
  offset = 0;
  /** Index of the first octet of content, after DATA. */
  dataStart = 0;
  /** Index behind the content, after DATA. */
  dataEnd = 0;
  /** Octets consumed since the message body's first. */
  octets = 0;
  /** Octets of content handed out. */
  contentOctets = 0;
  /**
   * Most octets of content; may be set at any time and counts from the next octet on. Beyond:
   * ERR_CONTENT_TOO_LARGE.
   */
  contentLimit: number = Number.POSITIVE_INFINITY;
  /** Row of FAULTS, 0 when there is none. */
  fault = 0;
  /** Octets from the message body's first to the fault, -1 when there is none. */
  faultOffset = -1;
  /** The trailer section, empty until COMPLETE. */
  trailers: FieldSection = FieldSection.empty;

  #state = SIZE_FIRST;
  /** The chunk-size as far as it has been read, then what is left of the chunk's content. */
  #chunkOctets = 0;
  #sizeDigits = 0;
  /** Offset of the chunk line's first octet. */
  #lineStart = 0;
  /** The running sum of `chunkExcessOctets`, without the current line. */
  #excessOctets = 0;
  readonly #lineOctetsMost: number;
  readonly #excessOctetsMost: number;
  readonly #trailer: TrailerReader;

  /** Throws TypeError or RangeError for a limit that is not an integer within its range. */
  constructor(limits?: Partial<ParserLimits>) {
    const resolved = resolveLimits(limits);
    this.#lineOctetsMost = resolved.chunkLineOctets;
    this.#excessOctetsMost = resolved.chunkExcessOctets;
    this.#trailer = new TrailerReader(resolved);
  }

  /** Makes ready for the next message body. `contentLimit` stays. */
  reset(): void {
    this.offset = 0;
    this.dataStart = 0;
    this.dataEnd = 0;
    this.octets = 0;
    this.contentOctets = 0;
    this.fault = 0;
    this.faultOffset = -1;
    this.trailers = FieldSection.empty;
    this.#state = SIZE_FIRST;
    this.#chunkOctets = 0;
    this.#sizeDigits = 0;
    this.#lineStart = 0;
    this.#excessOctets = 0;
    this.#trailer.reset();
  }

  /**
   * Reads `bytes[from .. end)` up to the end of the next run of content, of the message body, or of
   * the input.
   */
  push(bytes: Uint8Array, from: number, end: number): ChunkedStatus {
    const base = from - this.octets;
    let i = from;
    if (this.#isOverContentLimit() && i < end && this.#state < DONE) {
      this.#fail(E_CONTENT_TOO_LARGE, i, base);
    }
    while (i < end && this.#state < DONE) {
      switch (this.#state) {
        case SIZE_FIRST:
        case SIZE:
          i = this.#size(bytes, base, i, end);
          break;
        case LINE_LF:
          i = this.#lineLf(bytes[i]!, base, i);
          break;
        case CONTENT:
          return this.#content(base, i, end);
        case CONTENT_CR:
          i = this.#contentEnd(bytes[i]!, base, i, CR, CONTENT_LF);
          break;
        case CONTENT_LF:
          i = this.#contentEnd(bytes[i]!, base, i, LF, SIZE_FIRST);
          break;
        case TRAILER:
          i = this.#trailerSection(bytes, base, i, end);
          break;
        default:
          i = this.#extension(bytes, base, i, end);
      }
    }
    this.offset = i;
    this.octets = i - base;
    if (this.#state < DONE) return NEED_MORE;
    return this.#state === DONE ? COMPLETE : INVALID;
  }

  /** chunk-size = 1*HEXDIG, at most 16 of them, and the octet behind it. */
  #size(bytes: Uint8Array, base: number, from: number, end: number): number {
    for (let i = from; i < end; i++) {
      const octet = bytes[i]!;
      const digit = HEXDIG_VALUE[octet]!;
      if (this.#state === SIZE_FIRST) {
        this.#lineStart = i - base;
        this.#chunkOctets = 0;
        this.#sizeDigits = 0;
        if (digit === 16) return this.#fail(E_SIZE, i, base);
        this.#state = SIZE;
      }
      if (this.#isOverLimit(octet, i, base)) return i;
      if (digit === 16) {
        this.#state = stateAfterSize(octet);
        return this.#state === REFUSED ? this.#fail(E_SIZE, i, base) : i + 1;
      }
      if (this.#sizeDigits === SIZE_DIGITS_MOST) return this.#fail(E_SIZE_DIGITS, i, base);
      this.#sizeDigits++;
      this.#chunkOctets = 16 * this.#chunkOctets + digit;
      if (this.#isOverContentLimit()) return this.#fail(E_CONTENT_TOO_LARGE, i, base);
    }
    return end;
  }

  /**
   * chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) up to its CR. Read
   * and forgotten.
   */
  #extension(bytes: Uint8Array, base: number, from: number, end: number): number {
    for (let i = from; i < end; i++) {
      const octet = bytes[i]!;
      if (this.#isOverLimit(octet, i, base)) return i;
      this.#state = stateInExtension(this.#state, octet);
      if (this.#state === REFUSED) return this.#fail(E_EXTENSION, i, base);
      if (this.#state === LINE_LF) return i + 1;
    }
    return end;
  }

  #lineLf(octet: number, base: number, i: number): number {
    const lineOctets = i - base - this.#lineStart;
    if (lineOctets >= this.#lineAllowance()) return this.#fail(E_EXCESS, i, base);
    if (octet !== LF) return this.#fail(E_BARE_CR, i, base);
    const used = this.#excessOctetsMost - this.#lineAllowance() + lineOctets + 1;
    this.#excessOctets = Math.max(0, used);
    this.#state = this.#chunkOctets > 0 ? CONTENT : TRAILER;
    return i + 1;
  }

  #content(base: number, from: number, end: number): ChunkedStatus {
    const octets = Math.min(this.#chunkOctets, end - from);
    this.dataStart = from;
    this.dataEnd = from + octets;
    this.offset = this.dataEnd;
    this.octets = this.dataEnd - base;
    this.contentOctets += octets;
    this.#chunkOctets -= octets;
    if (this.#chunkOctets === 0) this.#state = CONTENT_CR;
    return DATA;
  }

  #contentEnd(octet: number, base: number, i: number, due: number, next: number): number {
    if (octet !== due) return this.#fail(E_CONTENT_END, i, base);
    this.#state = next;
    return i + 1;
  }

  #trailerSection(bytes: Uint8Array, base: number, from: number, end: number): number {
    const trailer = this.#trailer;
    const trailerStart = from - trailer.octets;
    const status = trailer.push(bytes, from, end);
    if (status === COMPLETE) {
      this.#state = DONE;
      this.trailers = trailer.takeSection();
    } else if (status === INVALID) {
      this.#fail(trailer.fault, trailerStart + trailer.faultOffset, base);
    }
    return trailerStart + trailer.octets;
  }

  /**
   * Reports whether content and the chunk begun are beyond the limit, or beyond what a number
   * counts exactly.
   */
  #isOverContentLimit(): boolean {
    const octets = this.contentOctets + this.#chunkOctets;
    return octets > this.contentLimit || octets > Number.MAX_SAFE_INTEGER;
  }

  /**
   * Octets that the current chunk line may have with its CRLF before the running sum is above its
   * limit.
   */
  #lineAllowance(): number {
    const justified = CHUNK_ALLOWANCE_OCTETS + CONTENT_ALLOWANCE * this.#chunkOctets;
    return this.#excessOctetsMost - this.#excessOctets + justified;
  }

  /** Records the narrowest limit that the octet at `i` of a chunk line crosses. */
  #isOverLimit(octet: number, i: number, base: number): boolean {
    const lineOctets = i - base - this.#lineStart;
    if (lineOctets >= this.#lineOctetsMost && octet !== CR) {
      this.#fail(E_LINE_TOO_LONG, i, base);
      return true;
    }
    if (lineOctets >= this.#lineAllowance()) {
      this.#fail(E_EXCESS, i, base);
      return true;
    }
    return false;
  }

  #fail(fault: number, i: number, base: number): number {
    this.#state = FAILED;
    this.fault = fault;
    this.faultOffset = i - base;
    return i;
  }
}

/** The state behind a chunk-size, by the octet that ends it. */
function stateAfterSize(octet: number): number {
  if (octet === CR) return LINE_LF;
  if (octet === SEMICOLON) return EXTENSION_NAME_FIRST;
  return isBws(octet) ? EXTENSION_END_BWS : REFUSED;
}

/** The state behind `octet` of a chunk extension, REFUSED where the grammar has no place for it. */
function stateInExtension(state: number, octet: number): number {
  switch (state) {
    case EXTENSION_NAME_FIRST:
      if (isBws(octet)) return EXTENSION_NAME_FIRST;
      return TCHAR[octet] !== 0 ? EXTENSION_NAME : REFUSED;
    case EXTENSION_NAME:
      if (TCHAR[octet] !== 0) return EXTENSION_NAME;
      if (octet === EQUALS) return EXTENSION_VALUE_FIRST;
      if (octet === SEMICOLON) return EXTENSION_NAME_FIRST;
      if (octet === CR) return LINE_LF;
      return isBws(octet) ? EXTENSION_NAME_BWS : REFUSED;
    case EXTENSION_NAME_BWS:
      if (isBws(octet)) return EXTENSION_NAME_BWS;
      if (octet === EQUALS) return EXTENSION_VALUE_FIRST;
      return octet === SEMICOLON ? EXTENSION_NAME_FIRST : REFUSED;
    case EXTENSION_VALUE_FIRST:
      if (isBws(octet)) return EXTENSION_VALUE_FIRST;
      if (octet === DQUOTE) return EXTENSION_QUOTED;
      return TCHAR[octet] !== 0 ? EXTENSION_TOKEN : REFUSED;
    case EXTENSION_TOKEN:
      return TCHAR[octet] !== 0 ? EXTENSION_TOKEN : stateAfterSize(octet);
    case EXTENSION_QUOTED:
      if (octet === DQUOTE) return EXTENSION_QUOTED_END;
      if (octet === BACKSLASH) return EXTENSION_QUOTED_PAIR;
      return QDTEXT[octet] !== 0 ? EXTENSION_QUOTED : REFUSED;
    case EXTENSION_QUOTED_PAIR:
      return FIELD_OCTET[octet] !== 0 ? EXTENSION_QUOTED : REFUSED;
    case EXTENSION_QUOTED_END:
      return stateAfterSize(octet);
    default:
      if (isBws(octet)) return EXTENSION_END_BWS;
      return octet === SEMICOLON ? EXTENSION_NAME_FIRST : REFUSED;
  }
}

function isBws(octet: number): boolean {
  return octet === SP || octet === HTAB;
}
