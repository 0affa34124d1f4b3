// uri-host [ ":" port ] of RFC 3986 §3.2, as Host and a request-target hold it: its syntax, and
// whether two name the same host and port. Knows nothing of requests; userinfo is no part of it.

import {
  COLON,
  DOT,
  FOLDED,
  HEXDIG_VALUE,
  LEFT_BRACKET,
  PERCENT,
  REG_NAME_OCTET,
  RIGHT_BRACKET,
} from "./octets.ts";

const DIGIT_0 = 0x30;
const PORT_MOST = 65535;
const IPV6_GROUPS = 8;
const LETTER_V = 0x76;

/**
 * Index behind the uri-host that begins at `from`; `from` itself if there is none or an IP-literal
 * is malformed.
 *
 * uri-host = IP-literal / IPv4address / reg-name. Every IPv4address is a reg-name too.
 */
export function uriHostEnd(bytes: Uint8Array, from: number, end: number): number {
  if (from < end && bytes[from] === LEFT_BRACKET) return ipLiteralEnd(bytes, from, end);
  let i = from;
  for (;;) {
    while (i < end && REG_NAME_OCTET[bytes[i]!] !== 0) i++;
    if (!isPctEncoded(bytes, i, end)) return i;
    i += 3;
  }
}

/**
 * Reports whether `bytes[hostEnd .. end)` is empty or ":" port, where port is empty or a number up
 * to 65535.
 */
export function isPortPart(bytes: Uint8Array, hostEnd: number, end: number): boolean {
  if (hostEnd === end) return true;
  if (bytes[hostEnd] !== COLON) return false;
  let port = 0;
  for (let i = hostEnd + 1; i < end; i++) {
    const digit = bytes[i]! - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
    port = 10 * port + digit;
    if (port > PORT_MOST) return false;
  }
  return true;
}

/**
 * Reports whether `bytes[from .. end)` is uri-host ":" port with a port that is not empty (RFC 9112
 * §3.2.3).
 */
export function isHostAndPort(bytes: Uint8Array, from: number, end: number): boolean {
  const hostEnd = uriHostEnd(bytes, from, end);
  return hostEnd > from && hostEnd + 1 < end && isPortPart(bytes, hostEnd, end);
}

/**
 * Reports whether two well-formed authorities, given by their first octet and end, name the same
 * host without case and the same port, an empty or missing one being `defaultPort`.
 */
export function isSameAuthority(
  bytes: Uint8Array,
  a: readonly [from: number, end: number],
  b: readonly [from: number, end: number],
  defaultPort: number,
): boolean {
  const hostEndA = uriHostEnd(bytes, a[0], a[1]);
  const hostEndB = uriHostEnd(bytes, b[0], b[1]);
  const hostOctets = hostEndA - a[0];
  if (hostEndB - b[0] !== hostOctets) return false;
  for (let k = 0; k < hostOctets; k++) {
    if (FOLDED[bytes[a[0] + k]!] !== FOLDED[bytes[b[0] + k]!]) return false;
  }
  return portOf(bytes, hostEndA, a[1], defaultPort) === portOf(bytes, hostEndB, b[1], defaultPort);
}

function portOf(bytes: Uint8Array, hostEnd: number, end: number, defaultPort: number): number {
  if (end - hostEnd < 2) return defaultPort;
  let port = 0;
  for (let i = hostEnd + 1; i < end; i++) port = 10 * port + bytes[i]! - DIGIT_0;
  return port;
}

/** pct-encoded = "%" HEXDIG HEXDIG */
function isPctEncoded(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    at + 2 < end &&
    bytes[at] === PERCENT &&
    HEXDIG_VALUE[bytes[at + 1]!]! < 16 &&
    HEXDIG_VALUE[bytes[at + 2]!]! < 16
  );
}

/** IP-literal = "[" ( IPv6address / IPvFuture ) "]". Departure: no zone identifiers. */
function ipLiteralEnd(bytes: Uint8Array, from: number, end: number): number {
  let close = from + 1;
  while (close < end && bytes[close] !== RIGHT_BRACKET) close++;
  if (close === end) return from;
  const isAddress =
    FOLDED[bytes[from + 1]!] === LETTER_V
      ? isIpvFuture(bytes, from + 1, close)
      : isIpv6Address(bytes, from + 1, close);
  return isAddress ? close + 1 : from;
}

/** IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
function isIpvFuture(bytes: Uint8Array, from: number, end: number): boolean {
  let i = from + 1;
  while (i < end && HEXDIG_VALUE[bytes[i]!]! < 16) i++;
  if (i === from + 1 || i >= end - 1 || bytes[i] !== DOT) return false;
  for (i++; i < end; i++) {
    if (REG_NAME_OCTET[bytes[i]!] === 0 && bytes[i] !== COLON) return false;
  }
  return true;
}

/**
 * IPv6address: eight groups of one to four HEXDIG, or at most seven and one "::", the last two
 * perhaps as IPv4address
 */
function isIpv6Address(bytes: Uint8Array, from: number, end: number): boolean {
  let i = from;
  let groups = 0;
  let isElided = false;
  if (end - from >= 2 && bytes[from] === COLON && bytes[from + 1] === COLON) {
    isElided = true;
    i += 2;
    if (i === end) return true;
  }
  for (;;) {
    const groupStart = i;
    while (i < end && HEXDIG_VALUE[bytes[i]!]! < 16) i++;
    if (i < end && bytes[i] === DOT) {
      if (!isIpv4Address(bytes, groupStart, end)) return false;
      groups += 2;
      break;
    }
    if (i === groupStart || i - groupStart > 4) return false;
    groups++;
    if (i === end) break;
    if (bytes[i] !== COLON) return false;
    i++;
    if (i < end && bytes[i] === COLON) {
      if (isElided) return false;
      isElided = true;
      i++;
      if (i === end) break;
    }
  }
  return isElided ? groups < IPV6_GROUPS : groups === IPV6_GROUPS;
}

/**
 * IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet, each 0 to 255 without leading
 * zeros
 */
function isIpv4Address(bytes: Uint8Array, from: number, end: number): boolean {
  let i = from;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (i >= end || bytes[i] !== DOT) return false;
      i++;
    }
    const partStart = i;
    let value = 0;
    while (i < end && i - partStart < 3) {
      const digit = bytes[i]! - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      value = 10 * value + digit;
      i++;
    }
    const hasLeadingZero = i - partStart > 1 && bytes[partStart] === DIGIT_0;
    if (i === partStart || hasLeadingZero || value > 255) return false;
  }
  return i === end;
}
