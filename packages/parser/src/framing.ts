// Message framing (RFC 9112 §6): what the values of Transfer-Encoding and Content-Length say of the
// message body. Knows one value at a time; which lines there are is for request-head.ts.

import { faultRow } from "./faults.ts";
import {
  asciiOctets,
  BACKSLASH,
  COMMA,
  DQUOTE,
  EQUALS,
  FIELD_OCTET,
  HTAB,
  isFoldedText,
  QDTEXT,
  SEMICOLON,
  SP,
  TCHAR,
} from "./octets.ts";

/** No message body. */
export const FRAMING_NONE = 0;
/** As many octets as Content-Length says. */
export const FRAMING_LENGTH = 1;
/** Chunked transfer coding. */
export const FRAMING_CHUNKED = 2;

export type Framing = typeof FRAMING_NONE | typeof FRAMING_LENGTH | typeof FRAMING_CHUNKED;

const E_LENGTH: number = faultRow("ERR_LENGTH");
const E_LENGTH_DIGITS: number = faultRow("ERR_LENGTH_DIGITS");
const E_CODING: number = faultRow("ERR_CODING");
const E_NOT_CHUNKED: number = faultRow("ERR_CODING_NOT_CHUNKED");
const E_CHUNKED_TWICE: number = faultRow("ERR_CODING_CHUNKED_TWICE");
const E_CHUNKED_PARAMETERS: number = faultRow("ERR_CODING_CHUNKED_PARAMETERS");
const E_UNSUPPORTED: number = faultRow("ERR_CODING_UNSUPPORTED");

const CHUNKED: Uint8Array = asciiOctets("chunked");

// Fifteen digits stay below 2^53, so every length is exact.
const LENGTH_DIGITS_MOST = 15;
const DIGIT_0 = 0x30;

/**
 * Row of FAULTS for which the Content-Length `bytes[from .. end)` is refused, 0 if it is 1*DIGIT of
 * at most 15.
 */
export function lengthFault(bytes: Uint8Array, from: number, end: number): number {
  if (from === end) return E_LENGTH;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - DIGIT_0;
    if (digit < 0 || digit > 9) return E_LENGTH;
  }
  return end - from > LENGTH_DIGITS_MOST ? E_LENGTH_DIGITS : 0;
}

/** Value of a Content-Length that `lengthFault` passes. */
export function lengthValue(bytes: Uint8Array, from: number, end: number): number {
  let length = 0;
  for (let i = from; i < end; i++) length = 10 * length + (bytes[i]! - DIGIT_0);
  return length;
}

/**
 * Row of FAULTS for which the Transfer-Encoding `bytes[from .. end)` is refused, 0 if it is
 * `chunked` alone, in any case.
 */
export function codingFault(bytes: Uint8Array, from: number, end: number): number {
  if (isChunked(bytes, from, end)) return 0;
  let others = 0;
  let chunked = 0;
  let isLastChunked = false;
  let hasParameters = false;
  let i = from;
  for (;;) {
    const nameEnd = tokenEnd(bytes, i, end);
    const codingEnd = nameEnd > i ? parametersEnd(bytes, nameEnd, end) : i;
    if (codingEnd === i) return E_CODING;
    isLastChunked = isChunked(bytes, i, nameEnd);
    if (isLastChunked) {
      chunked++;
      if (codingEnd > nameEnd) hasParameters = true;
    } else {
      others++;
    }
    const comma = owsEnd(bytes, codingEnd, end);
    if (comma === end) break;
    if (bytes[comma] !== COMMA) return E_CODING;
    i = owsEnd(bytes, comma + 1, end);
  }
  if (!isLastChunked) return E_NOT_CHUNKED;
  if (chunked > 1) return E_CHUNKED_TWICE;
  if (hasParameters) return E_CHUNKED_PARAMETERS;
  return others > 0 ? E_UNSUPPORTED : 0;
}

function isChunked(bytes: Uint8Array, from: number, end: number): boolean {
  return end - from === CHUNKED.length && isFoldedText(bytes, from, CHUNKED);
}

/**
 * Index behind *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) ) (RFC 9112 §7): `from`
 * when there is none. A parameter that is not whole is left standing, where neither a comma nor the
 * end follows.
 */
function parametersEnd(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  for (;;) {
    const semicolon = owsEnd(bytes, i, end);
    if (semicolon === end || bytes[semicolon] !== SEMICOLON) return i;
    const name = owsEnd(bytes, semicolon + 1, end);
    const nameEnd = tokenEnd(bytes, name, end);
    const equals = owsEnd(bytes, nameEnd, end);
    if (nameEnd === name || equals === end || bytes[equals] !== EQUALS) return i;
    const value = owsEnd(bytes, equals + 1, end);
    const isQuoted = value < end && bytes[value] === DQUOTE;
    const valueEnd = isQuoted ? quotedStringEnd(bytes, value, end) : tokenEnd(bytes, value, end);
    if (valueEnd === value) return i;
    i = valueEnd;
  }
}

function owsEnd(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] === SP || bytes[i] === HTAB)) i++;
  return i;
}

function tokenEnd(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && TCHAR[bytes[i]!] !== 0) i++;
  return i;
}

/**
 * Index behind the quoted-string that begins at `from`; `from` itself if it is not closed (RFC 9110
 * §5.6.4).
 */
function quotedStringEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let i = from + 1; i < end; i++) {
    const octet = bytes[i]!;
    if (octet === DQUOTE) return i + 1;
    if (octet === BACKSLASH) {
      i++;
      if (i === end || FIELD_OCTET[bytes[i]!] === 0) return from;
    } else if (QDTEXT[octet] === 0) {
      return from;
    }
  }
  return from;
}
