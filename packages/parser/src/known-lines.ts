// The field lines of a head that decide Host, framing, persistence and expectations: where they
// stand, found in one pass over the spans. Knows their names and the lists of Connection and
// Expect; judges no other value.

import type { HeadParser } from "./head.ts";
import { asciiOctets, COMMA, HTAB, isFoldedText, SP } from "./octets.ts";

const HOST: Uint8Array = asciiOctets("host");
const EXPECT: Uint8Array = asciiOctets("expect");
const CONNECTION: Uint8Array = asciiOctets("connection");
const CONTENT_LENGTH: Uint8Array = asciiOctets("content-length");
const TRANSFER_ENCODING: Uint8Array = asciiOctets("transfer-encoding");
const CLOSE: Uint8Array = asciiOctets("close");
const KEEP_ALIVE: Uint8Array = asciiOctets("keep-alive");
const CONTINUE: Uint8Array = asciiOctets("100-continue");

/**
 * Lines of the fields a server must know. A span is an index into `HeadParser.spans`: value start,
 * then value end.
 */
export class KnownLines {
  hosts = 0;
  /** Span of the first Host line. */
  host = 0;
  /** Span of the second Host line, 0 if there is none. */
  secondHost = 0;
  lengths = 0;
  length = 0;
  secondLength = 0;
  codings = 0;
  coding = 0;
  secondCoding = 0;
  /** Whether Connection lists `close`. */
  hasClose = false;
  /** Whether Connection lists `keep-alive`. */
  hasKeepAlive = false;
  /** Whether Expect lists `100-continue`. */
  hasContinue = false;
  /** Whether Expect lists anything else, and the span of the first such line. */
  hasOtherExpectation = false;
  otherExpectation = 0;

  reset(): void {
    this.hosts = 0;
    this.host = 0;
    this.secondHost = 0;
    this.lengths = 0;
    this.length = 0;
    this.secondLength = 0;
    this.codings = 0;
    this.coding = 0;
    this.secondCoding = 0;
    this.hasClose = false;
    this.hasKeepAlive = false;
    this.hasContinue = false;
    this.hasOtherExpectation = false;
    this.otherExpectation = 0;
  }
}

// The one record, for it is used up before the next head is looked at; a new one for each cost 20 ns.
const known: KnownLines = /* @__PURE__ */ new KnownLines();

/**
 * One pass over the field lines of a complete head. The record is overwritten by the next call. Their lengths tell names apart almost alone.
 */
export function findKnownLines(parser: HeadParser, bytes: Uint8Array, base: number): KnownLines {
  known.reset();
  const spans = parser.spans;
  const spansEnd = 4 * parser.fieldCount;
  for (let name = 0; name < spansEnd; name += 4) {
    const start = base + spans[name]!;
    const value = name + 2;
    switch (base + spans[name + 1]! - start) {
      case 4:
        if (isFoldedText(bytes, start, HOST)) {
          if (known.hosts++ === 0) known.host = value;
          else if (known.secondHost === 0) known.secondHost = value;
        }
        break;
      case 6:
        if (parser.minorVersion > 0 && isFoldedText(bytes, start, EXPECT)) {
          noteExpectations(known, bytes, base, spans, value);
        }
        break;
      case 10:
        if (isFoldedText(bytes, start, CONNECTION)) {
          noteOptions(known, bytes, base + spans[value]!, base + spans[value + 1]!);
        }
        break;
      case 14:
        if (isFoldedText(bytes, start, CONTENT_LENGTH)) {
          if (known.lengths++ === 0) known.length = value;
          else if (known.secondLength === 0) known.secondLength = value;
        }
        break;
      case 17:
        if (isFoldedText(bytes, start, TRANSFER_ENCODING)) {
          if (known.codings++ === 0) known.coding = value;
          else if (known.secondCoding === 0) known.secondCoding = value;
        }
        break;
    }
  }
  return known;
}

/** Connection = #connection-option (RFC 9110 §7.6.1) */
function noteOptions(known: KnownLines, bytes: Uint8Array, from: number, end: number): void {
  if (isMember(bytes, from, end, KEEP_ALIVE)) {
    known.hasKeepAlive = true;
    return;
  }
  for (let i = from; i < end; ) {
    const start = memberStart(bytes, i, end);
    i = memberEnd(bytes, start, end);
    const optionEnd = trimmedEnd(bytes, start, i);
    if (isMember(bytes, start, optionEnd, CLOSE)) known.hasClose = true;
    else if (isMember(bytes, start, optionEnd, KEEP_ALIVE)) known.hasKeepAlive = true;
  }
}

/**
 * Expect = #expectation (RFC 9110 §10.1.1). A comma in a quoted string cuts a member that is
 * refused anyway.
 */
function noteExpectations(
  known: KnownLines,
  bytes: Uint8Array,
  base: number,
  spans: readonly number[],
  value: number,
): void {
  const end = base + spans[value + 1]!;
  for (let i = base + spans[value]!; i < end; ) {
    const start = memberStart(bytes, i, end);
    i = memberEnd(bytes, start, end);
    const expectationEnd = trimmedEnd(bytes, start, i);
    if (isMember(bytes, start, expectationEnd, CONTINUE)) {
      known.hasContinue = true;
    } else if (expectationEnd > start && !known.hasOtherExpectation) {
      known.hasOtherExpectation = true;
      known.otherExpectation = value;
    }
  }
}

function isMember(bytes: Uint8Array, from: number, end: number, lower: Uint8Array): boolean {
  return end - from === lower.length && isFoldedText(bytes, from, lower);
}

/** Index behind OWS and empty members. */
function memberStart(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] === COMMA || isOws(bytes[i]!))) i++;
  return i;
}

function memberEnd(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && bytes[i] !== COMMA) i++;
  return i;
}

function trimmedEnd(bytes: Uint8Array, from: number, end: number): number {
  let i = end;
  while (i > from && isOws(bytes[i - 1]!)) i--;
  return i;
}

function isOws(octet: number): boolean {
  return octet === SP || octet === HTAB;
}
