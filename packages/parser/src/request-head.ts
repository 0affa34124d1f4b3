// What a complete head means: Host, request-target, message framing, Connection, Expect. Judges
// spans in place and makes no string before somebody asks. Must not know limits, nor how a head is
// read.

import { isPortPart, isSameAuthority, uriHostEnd } from "./authority.ts";
import { faultRow } from "./faults.ts";
import { FieldSection } from "./field-section.ts";
import {
  codingFault,
  FRAMING_CHUNKED,
  FRAMING_LENGTH,
  FRAMING_NONE,
  type Framing,
  lengthFault,
  lengthValue,
} from "./framing.ts";
import type { HeadParser } from "./head.ts";
import { findKnownLines, type KnownLines } from "./known-lines.ts";
import { asciiOctets, COLON, isText, SLASH } from "./octets.ts";
import { readTarget, type TargetForm, type TargetParts } from "./request-target.ts";
import { recentText } from "./text.ts";

const E_HOST_MISSING: number = faultRow("ERR_HOST_MISSING");
const E_HOST_REPEATED: number = faultRow("ERR_HOST_REPEATED");
const E_HOST_EMPTY: number = faultRow("ERR_HOST_EMPTY");
const E_HOST: number = faultRow("ERR_HOST");
const E_HOST_MISMATCH: number = faultRow("ERR_HOST_MISMATCH");
const E_LENGTH_WITH_CODING: number = faultRow("ERR_LENGTH_WITH_CODING");
const E_CODING_VERSION: number = faultRow("ERR_CODING_VERSION");
const E_CODING_REPEATED: number = faultRow("ERR_CODING_REPEATED");
const E_LENGTH_REPEATED: number = faultRow("ERR_LENGTH_REPEATED");
const E_EXPECTATION: number = faultRow("ERR_EXPECTATION");

const EMPTY_LINE_OCTETS = 2;

const CONNECT: Uint8Array = asciiOctets("CONNECT");
const OPTIONS: Uint8Array = asciiOctets("OPTIONS");

// The most frequent first: each becomes a string without decoding.
const KNOWN_METHODS: readonly { readonly name: string; readonly sought: Uint8Array }[] = [
  "GET",
  "POST",
  "HEAD",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "CONNECT",
  "TRACE",
].map((name) => ({ name, sought: asciiOctets(name) }));

export interface HeadOptions {
  /** Whether a TLS gateway stands in front: then an https target is ours. */
  readonly behindTls: boolean;
}

/**
 * Judges a head that `parser` has read whole, in the octets `bytes[base .. base + parser.octets)`.
 *
 * Returns `undefined` for a refused one: `parser.fault` and `parser.faultOffset` then say why and
 * where. Order: Host, form of the target, its authority against Host, framing, expectation. Of one
 * field a repetition comes before its syntax. The fault stands at the first octet of the value at
 * fault (of the second line for a repetition, of Transfer-Encoding where Content-Length stands
 * beside it, of Host where it differs from the target), or of the target; for a missing Host at the
 * empty line.
 *
 * Faults: ERR_HOST_MISSING to ERR_EXPECTATION.
 */
export function readRequestHead(
  parser: HeadParser,
  bytes: Uint8Array,
  base: number,
  options: HeadOptions,
): RequestHead | undefined {
  const known = findKnownLines(parser, bytes, base);
  if (!acceptsHost(parser, bytes, base, known)) return undefined;
  const targetStart = base + parser.targetStart;
  let target: TargetParts | undefined;
  const isConnect = isMethod(parser, bytes, base, CONNECT);
  if (isConnect || bytes[targetStart] !== SLASH) {
    const isOptions = isMethod(parser, bytes, base, OPTIONS);
    const rules = { isConnect, isOptions, behindTls: options.behindTls };
    const read = readTarget(bytes, targetStart, base + parser.targetEnd, rules);
    if (typeof read === "number") {
      refuse(parser, read, parser.targetStart);
      return undefined;
    }
    if (!agreesWithHost(parser, bytes, base, known, read)) return undefined;
    target = read;
  }
  if (!acceptsFraming(parser, bytes, base, known)) return undefined;
  if (known.hasOtherExpectation) {
    refuse(parser, E_EXPECTATION, parser.spans[known.otherExpectation]!);
    return undefined;
  }
  return new RequestHead(parser, bytes, base, known, target);
}

/** Host: one line in 1.1, at most one in 1.0, with uri-host [ ":" port ] (RFC 9112 §3.2). */
function acceptsHost(
  parser: HeadParser,
  bytes: Uint8Array,
  base: number,
  known: KnownLines,
): boolean {
  if (known.hosts === 0) {
    if (parser.minorVersion === 0) return true;
    return refuse(parser, E_HOST_MISSING, parser.octets - EMPTY_LINE_OCTETS);
  }
  if (known.hosts > 1) return refuse(parser, E_HOST_REPEATED, parser.spans[known.secondHost]!);
  const offset = parser.spans[known.host]!;
  const from = base + offset;
  const end = base + parser.spans[known.host + 1]!;
  const hostEnd = uriHostEnd(bytes, from, end);
  if (hostEnd > from && isPortPart(bytes, hostEnd, end)) return true;
  const isEmpty = from === end || bytes[from] === COLON;
  return refuse(parser, isEmpty ? E_HOST_EMPTY : E_HOST, offset);
}

/**
 * Departure: an absolute-form target must agree with Host, where RFC 9112 §3.2.2 would ignore Host.
 */
function agreesWithHost(
  parser: HeadParser,
  bytes: Uint8Array,
  base: number,
  known: KnownLines,
  target: TargetParts,
): boolean {
  if (target.form !== "absolute" || known.hosts === 0) return true;
  const offset = parser.spans[known.host]!;
  const host = [base + offset, base + parser.spans[known.host + 1]!] as const;
  const named = [target.authorityStart, target.authorityEnd] as const;
  if (isSameAuthority(bytes, host, named, target.defaultPort)) return true;
  return refuse(parser, E_HOST_MISMATCH, offset);
}

/** Transfer-Encoding and Content-Length, at most one line of one of them (RFC 9112 §6.3). */
function acceptsFraming(
  parser: HeadParser,
  bytes: Uint8Array,
  base: number,
  known: KnownLines,
): boolean {
  const spans = parser.spans;
  if (known.codings > 0) {
    const offset = spans[known.coding]!;
    if (known.lengths > 0) return refuse(parser, E_LENGTH_WITH_CODING, offset);
    if (parser.minorVersion === 0) return refuse(parser, E_CODING_VERSION, offset);
    if (known.codings > 1) return refuse(parser, E_CODING_REPEATED, spans[known.secondCoding]!);
    const fault = codingFault(bytes, base + offset, base + spans[known.coding + 1]!);
    return fault === 0 || refuse(parser, fault, offset);
  }
  if (known.lengths === 0) return true;
  if (known.lengths > 1) return refuse(parser, E_LENGTH_REPEATED, spans[known.secondLength]!);
  const offset = spans[known.length]!;
  const fault = lengthFault(bytes, base + offset, base + spans[known.length + 1]!);
  return fault === 0 || refuse(parser, fault, offset);
}

function refuse(parser: HeadParser, fault: number, offset: number): false {
  parser.fault = fault;
  parser.faultOffset = offset;
  return false;
}

/** Methods are case-sensitive (RFC 9110 §9.1). */
function isMethod(
  parser: HeadParser,
  bytes: Uint8Array,
  base: number,
  method: Uint8Array,
): boolean {
  const octets = parser.methodEnd - parser.methodStart;
  return octets === method.length && isText(bytes, base + parser.methodStart, method);
}

/**
 * One accepted request head. Never reused; keeps `bytes[base .. base + octets)`, which must not
 * change while it is used.
 */
export class RequestHead {
  readonly bytes: Uint8Array;
  /** Index in `bytes` of the head's first octet. */
  readonly base: number;
  /** Length of the head with its empty line. */
  readonly octets: number;
  /** 0 to 9, as received; 2 to 9 mean what 1 means. */
  readonly minorVersion: number;
  readonly targetForm: TargetForm;
  readonly framing: Framing;
  /** Octets of the message body when `framing` is FRAMING_LENGTH, else 0. */
  readonly contentLength: number;
  /**
   * Whether the connection may go on: in 1.1 unless `close` is asked for, in 1.0 only if
   * `keep-alive` is (RFC 9112 §9.3).
   */
  readonly persistent: boolean;
  /** Whether Connection lists `keep-alive`. */
  readonly keepAliveRequested: boolean;
  /** Whether a 1.1 client may wait for 100 (RFC 9110 §10.1.1). */
  readonly expectContinue: boolean;

  readonly #methodStart: number;
  readonly #methodEnd: number;
  readonly #targetStart: number;
  readonly #targetEnd: number;
  readonly #pathStart: number;
  readonly #authorityStart: number;
  readonly #authorityEnd: number;
  readonly #spans: readonly number[];
  readonly #fieldCount: number;
  readonly #highOctets: boolean;
  #method: string | undefined = undefined;
  #target: string | undefined = undefined;
  #fields: FieldSection | undefined = undefined;

  /** From what `readRequestHead` has accepted; `target` is undefined for origin-form. */
  constructor(
    parser: HeadParser,
    bytes: Uint8Array,
    base: number,
    known: KnownLines,
    target: TargetParts | undefined,
  ) {
    const spans = parser.spans;
    const minorVersion = parser.minorVersion;
    this.bytes = bytes;
    this.base = base;
    this.octets = parser.octets;
    this.minorVersion = minorVersion;
    this.targetForm = target === undefined ? "origin" : target.form;
    this.persistent = minorVersion > 0 ? !known.hasClose : known.hasKeepAlive && !known.hasClose;
    this.keepAliveRequested = known.hasKeepAlive;
    this.expectContinue = known.hasContinue;
    this.#methodStart = parser.methodStart;
    this.#methodEnd = parser.methodEnd;
    this.#targetStart = parser.targetStart;
    this.#targetEnd = parser.targetEnd;
    this.#spans = spans.slice(0, 4 * parser.fieldCount);
    this.#fieldCount = parser.fieldCount;
    this.#highOctets = parser.highOctets;
    if (known.codings > 0) {
      this.framing = FRAMING_CHUNKED;
      this.contentLength = 0;
    } else if (known.lengths > 0) {
      this.framing = FRAMING_LENGTH;
      const from = base + spans[known.length]!;
      this.contentLength = lengthValue(bytes, from, base + spans[known.length + 1]!);
    } else {
      this.framing = FRAMING_NONE;
      this.contentLength = 0;
    }
    const isFromTarget = target !== undefined && target.authorityEnd > target.authorityStart;
    if (isFromTarget) {
      this.#authorityStart = target.authorityStart - base;
      this.#authorityEnd = target.authorityEnd - base;
    } else {
      this.#authorityStart = known.hosts > 0 ? spans[known.host]! : 0;
      this.#authorityEnd = known.hosts > 0 ? spans[known.host + 1]! : 0;
    }
    this.#pathStart = isFromTarget ? this.#authorityEnd : this.#targetStart;
  }

  get method(): string {
    this.#method ??= this.#readMethod();
    return this.#method;
  }

  /** The request-target as received. */
  get target(): string {
    this.#target ??= this.#text(this.#targetStart, this.#targetEnd);
    return this.#target;
  }

  /**
   * The path, neither decoded nor normalized: "/" for an absolute-form without one, "*" for
   * asterisk-form and for OPTIONS with an absolute-form that ends behind its authority (RFC 9112
   * §3.2.4), "" for authority-form.
   */
  get path(): string {
    if (this.targetForm === "authority") return "";
    const target = this.target;
    const pathStart = this.#pathStart - this.#targetStart;
    const queryMark = target.indexOf("?", pathStart);
    const pathEnd = queryMark < 0 ? target.length : queryMark;
    if (pathStart === 0 && queryMark < 0) return target;
    if (pathEnd > pathStart) return target.slice(pathStart, pathEnd);
    return queryMark < 0 && this.method === "OPTIONS" ? "*" : "/";
  }

  /** What follows the first "?" of the target, not decoded; "" if there is none. */
  get query(): string {
    const target = this.target;
    const queryMark = target.indexOf("?");
    return queryMark < 0 ? "" : target.slice(queryMark + 1);
  }

  /** Host and port as received: of an absolute-form or authority-form target, else of Host. */
  get authority(): string | undefined {
    if (this.#authorityEnd === this.#authorityStart) return undefined;
    return this.#text(this.#authorityStart, this.#authorityEnd);
  }

  /** The header section. */
  get fields(): FieldSection {
    this.#fields ??= new FieldSection({
      bytes: this.bytes,
      base: this.base,
      octets: this.octets,
      spans: this.#spans,
      count: this.#fieldCount,
      highOctets: this.#highOctets,
    });
    return this.#fields;
  }

  #readMethod(): string {
    const octets = this.#methodEnd - this.#methodStart;
    const start = this.base + this.#methodStart;
    for (let i = 0; i < KNOWN_METHODS.length; i++) {
      const { name, sought } = KNOWN_METHODS[i]!;
      if (sought.length === octets && isText(this.bytes, start, sought)) return name;
    }
    return this.#text(this.#methodStart, this.#methodEnd);
  }

  #text(start: number, end: number): string {
    return recentText(this.bytes, this.base + start, this.base + end);
  }
}
