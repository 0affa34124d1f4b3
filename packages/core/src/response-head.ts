// From a response to the head on the wire: framing of its content, the fields the server owns (Date, Content-Length,
// Transfer-Encoding, Connection), status-line and field lines as text. Decides nothing about the connection.

import { hasToken } from "@hyperlane-ts/parser";
import { type Coding, codingNamed } from "./content-coding.ts";
import type { DateField } from "./date-field.ts";
import { encodeKnown, encodeStream } from "./encoded-content.ts";
import {
  CONNECTION,
  CONTENT_ENCODING,
  CONTENT_LENGTH,
  DATE,
  ETAG,
  ORDINARY,
} from "./field-name.ts";
import { isAscii } from "./field-value.ts";
import { KeptAnswer } from "./kept-answer.ts";
import type { ContentStream, Response } from "./response.ts";
import { isBodiless } from "./status.ts";

/** Text up to this size travels as text beside its head; longer text is encoded first. */
const TEXT_MAX = 16_384;
const encoder = new TextEncoder();

/** The content of a response, made ready for the wire. Exactly one of text, bytes, stream is set, or none. */
export interface OutgoingContent {
  readonly text: string;
  readonly bytes: Uint8Array | undefined;
  readonly stream: ContentStream | undefined;
  /** Octets of the content as GET would send it; -1 when unknown. */
  readonly octets: number;
}

const NOTHING: OutgoingContent = { text: "", bytes: undefined, stream: undefined, octets: 0 };
const UNKNOWN: OutgoingContent = { ...NOTHING, octets: -1 };

function hasKind(response: Response, kind: number): boolean {
  return (response.kinds & (1 << kind)) !== 0;
}

/** Reports whether no field needs to be looked at by the serializer. */
function hasOrdinaryLines({ kinds }: Response): boolean {
  return (kinds & ~(1 << ORDINARY)) === 0;
}

/** The coding that the server applies, none where Content-Encoding only describes the content. */
function codingOf(response: Response): Coding | undefined {
  if (response.encoded || !hasKind(response, CONTENT_ENCODING)) return undefined;
  for (const { name, value } of response.lines) {
    if (name.kind === CONTENT_ENCODING) {
      const coding = codingNamed(value);
      return coding === "identity" ? undefined : coding;
    }
  }
  return undefined;
}

/**
 * Makes the content ready: measures it, codes it when Content-Encoding asks. Throws `TypeError` when it contradicts the
 * Content-Length that was set.
 */
export function outgoingContent(response: Response, isHead: boolean): OutgoingContent {
  const plain = plainContent(response, isHead);
  if (isBodiless(response.statusCode)) return plain;
  const measured = agreedLength(response, plain);
  const coding = codingOf(response);
  if (coding === undefined) return measured;
  // What GET would send is known only to GET's handler.
  if (response.content === undefined && isHead) return UNKNOWN;
  return codedContent(measured, coding);
}

function plainContent({ content }: Response, isHead: boolean): OutgoingContent {
  if (content === undefined) return isHead ? UNKNOWN : NOTHING;
  if (typeof content === "string" && content.length <= TEXT_MAX && isAscii(content)) {
    return { text: content, bytes: undefined, stream: undefined, octets: content.length };
  }
  if (typeof content === "string" || content instanceof Uint8Array) {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    return { text: "", bytes, stream: undefined, octets: bytes.length };
  }
  return { text: "", bytes: undefined, stream: content, octets: -1 };
}

/** Holds the content against the Content-Length that was set. */
function agreedLength(response: Response, outgoing: OutgoingContent): OutgoingContent {
  const declared = declaredLength(response);
  if (declared < 0) return outgoing;
  if (outgoing.octets < 0) return { ...outgoing, octets: declared };
  if (outgoing.octets !== declared) {
    throw new TypeError(
      `Cannot send the response: Content-Length is ${declared}, the content has ${outgoing.octets} octets`,
    );
  }
  return outgoing;
}

/**
 * The content coded; empty content too, because nothing is no gzip. The length a handler set was that of the plain content
 * and goes. For HEAD only what is small is coded: streams do nothing before they are read (RFC 9110 §9.3.2 allows it).
 */
function codedContent(plain: OutgoingContent, coding: Coding): OutgoingContent {
  if (plain.stream !== undefined) {
    return { ...UNKNOWN, stream: encodeStream(plain.stream, coding, plain.octets) };
  }
  const coded = encodeKnown(plain.bytes ?? encoder.encode(plain.text), coding);
  return coded instanceof Uint8Array
    ? { ...NOTHING, bytes: coded, octets: coded.length }
    : { ...UNKNOWN, stream: coded };
}

/** The Content-Length a handler set, or -1. */
function declaredLength(response: Response): number {
  if (!hasKind(response, CONTENT_LENGTH)) return -1;
  for (const { name, value } of response.lines) {
    if (name.kind === CONTENT_LENGTH) return Number(value);
  }
  return -1;
}

/** Reports whether a handler asked for the connection to close after this response. */
export function asksToClose(response: Response): boolean {
  if (!hasKind(response, CONNECTION)) return false;
  return response.lines.some(
    ({ name, value }) => name.kind === CONNECTION && hasToken(value, "close"),
  );
}

/** How the message body is framed (RFC 9112 §6). */
export type OutgoingFraming = "none" | "length" | "chunked" | "close";

/** Decides the framing. `minorVersion` is the request's. */
export function outgoingFraming(
  response: Response,
  content: OutgoingContent,
  isHead: boolean,
  minorVersion: number,
): OutgoingFraming {
  const status = response.statusCode;
  if (status === 204 || status === 304) return "none";
  if (status === 205) return "length";
  if (content.octets >= 0) return "length";
  // To a 1.0 client GET's length would be told by closing, so HEAD closes too.
  if (minorVersion < 1) return "close";
  return isHead ? "none" : "chunked";
}

/** What of the content goes out: nothing for HEAD and for statuses without content. */
export function sendsContent(response: Response, isHead: boolean): boolean {
  return !isHead && !isBodiless(response.statusCode);
}

/** Status-lines and Date together, rebuilt when the second changes: most answers begin with the same text. */
export class HeadWriter {
  readonly #date: DateField;
  #dateText = "";
  /** By status code. */
  readonly #starts: string[] = new Array(600).fill("");
  readonly #kept = new KeptAnswer();

  constructor(date: DateField) {
    this.#date = date;
  }

  /**
   * The head as text, the empty line included, and `content` behind it; characters up to U+00FF when `response.latin1`.
   * `connection` is the value of the Connection field to send, `""` for none; `nowMs` is the monotonic time that Date is
   * taken from.
   */
  text(
    response: Response,
    framing: OutgoingFraming,
    octets: number,
    connection: string,
    content: string,
    nowMs: number,
  ): string {
    const isUsual = framing === "length" && connection === "" && !response.hasOwnReason;
    if (!isUsual || !hasOrdinaryLines(response)) {
      return this.#head(response, framing, octets, connection, nowMs) + content;
    }
    const start = this.#start(response, nowMs);
    const { lines } = response;
    const known = this.#kept.find(start, lines, octets, content);
    if (known !== undefined) return known;
    const text = this.#head(response, framing, octets, connection, nowMs) + content;
    this.#kept.keep(start, lines, octets, content, text);
    return text;
  }

  #head(
    response: Response,
    framing: OutgoingFraming,
    octets: number,
    connection: string,
    nowMs: number,
  ): string {
    const { lines } = response;
    const isCoded = codingOf(response) !== undefined;
    // A coded answer's length is not the one a handler knows.
    const keepsLength = framing === "none" && response.statusCode === 304 && !isCoded;
    let hasDate = false;
    let text = "";
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      const { kind, prefix } = line.name;
      if (kind !== ORDINARY) {
        if (kind === CONTENT_LENGTH && !keepsLength) continue;
        if (kind === CONNECTION && isOurs(line.value)) continue;
        if (kind === DATE) hasDate = true;
        if (kind === ETAG && isCoded) {
          text += `${prefix}${weakTag(line.value)}\r\n`;
          continue;
        }
      }
      text += line.text;
    }
    const start = hasDate
      ? statusLine(response.statusCode, response.reasonPhrase)
      : this.#start(response, nowMs);
    if (framing === "length") {
      const length = response.statusCode === 205 ? 0 : octets;
      if (connection === "") return start + text + lengthEnd(length);
      text += `Content-Length: ${length}\r\n`;
    } else if (framing === "chunked") text += "Transfer-Encoding: chunked\r\n";
    if (connection !== "") text += `Connection: ${connection}\r\n`;
    return `${start}${text}\r\n`;
  }

  #start(response: Response, nowMs: number): string {
    const date = this.#date.text(nowMs);
    if (date !== this.#dateText) {
      this.#starts.fill("");
      this.#dateText = date;
    }
    const { statusCode } = response;
    const known = response.hasOwnReason ? "" : this.#starts[statusCode]!;
    if (known !== "") return known;
    const start = `${statusLine(statusCode, response.reasonPhrase)}Date: ${date}\r\n`;
    if (!response.hasOwnReason) this.#starts[statusCode] = start;
    return start;
  }
}

/** How most heads end, by the length of their content; made when first needed. */
const LENGTH_ENDS: string[] = new Array(1024).fill("");

function lengthEnd(octets: number): string {
  const known = LENGTH_ENDS[octets];
  if (known !== undefined && known !== "") return known;
  const end = `Content-Length: ${octets}\r\n\r\n`;
  if (known === "") LENGTH_ENDS[octets] = end;
  return end;
}

function statusLine(statusCode: number, reason: string): string {
  return `HTTP/1.1 ${statusCode} ${reason}\r\n`;
}

/** Coded, the representation is another one, equal only in meaning (RFC 9110 §8.8.1, §8.8.3.3). */
function weakTag(etag: string): string {
  return etag.startsWith('"') ? `W/${etag}` : etag;
}

/** Reports whether a Connection value is about persistence alone; the server says that itself. */
function isOurs(value: string): boolean {
  return hasToken(value, "close") || hasToken(value, "keep-alive");
}
