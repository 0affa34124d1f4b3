// The form of a request-target and where its parts stand (RFC 9112 §3.2). The head's grammar has
// already kept out what may stand in no target. Knows the two methods that have a form of their
// own, and no fields.

import { isHostAndPort, isPortPart, uriHostEnd } from "./authority.ts";
import { faultRow } from "./faults.ts";
import {
  ASTERISK,
  AT,
  asciiOctets,
  COLON,
  FOLDED,
  isFoldedText,
  QUESTION_MARK,
  SLASH,
} from "./octets.ts";

const E_FORM: number = faultRow("ERR_TARGET_FORM");
const E_ASTERISK: number = faultRow("ERR_TARGET_ASTERISK");
const E_AUTHORITY_FORM: number = faultRow("ERR_TARGET_AUTHORITY_FORM");
const E_CONNECT: number = faultRow("ERR_TARGET_CONNECT");
const E_SCHEME: number = faultRow("ERR_TARGET_SCHEME");
const E_MISDIRECTED: number = faultRow("ERR_TARGET_MISDIRECTED");
const E_USERINFO: number = faultRow("ERR_TARGET_USERINFO");
const E_HOST_EMPTY: number = faultRow("ERR_TARGET_HOST_EMPTY");
const E_AUTHORITY: number = faultRow("ERR_TARGET_AUTHORITY");

const HTTP: Uint8Array = asciiOctets("http");
const HTTPS: Uint8Array = asciiOctets("https");

export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

/** Where the parts of a target that is not in origin-form stand: indices into the same bytes. */
export interface TargetParts {
  readonly form: TargetForm;
  readonly authorityStart: number;
  readonly authorityEnd: number;
  /** Port that an authority without one means. */
  readonly defaultPort: number;
}

/** What decides which forms are due. */
export interface TargetRules {
  readonly isConnect: boolean;
  readonly isOptions: boolean;
  readonly behindTls: boolean;
}

/**
 * Parts of the target `bytes[from .. end)`, which is not empty and not in origin-form unless the
 * method is CONNECT; or the row of FAULTS for which it is refused.
 */
export function readTarget(
  bytes: Uint8Array,
  from: number,
  end: number,
  rules: TargetRules,
): TargetParts | number {
  if (rules.isConnect) {
    if (!isHostAndPort(bytes, from, end)) return E_CONNECT;
    return { form: "authority", authorityStart: from, authorityEnd: end, defaultPort: 0 };
  }
  if (bytes[from] === ASTERISK && end - from === 1) {
    if (!rules.isOptions) return E_ASTERISK;
    return { form: "asterisk", authorityStart: from, authorityEnd: from, defaultPort: 0 };
  }
  if (isHostAndPort(bytes, from, end)) return E_AUTHORITY_FORM;
  const schemeEnd = schemeEndOf(bytes, from, end);
  if (schemeEnd === from) return E_FORM;
  const isHttp = schemeEnd - from === HTTP.length && isFoldedText(bytes, from, HTTP);
  const isHttps = schemeEnd - from === HTTPS.length && isFoldedText(bytes, from, HTTPS);
  if (!isHttp && !isHttps) return E_SCHEME;
  const authorityStart = schemeEnd + 3;
  const hasAuthority =
    authorityStart <= end && bytes[schemeEnd + 1] === SLASH && bytes[schemeEnd + 2] === SLASH;
  if (!hasAuthority) return E_FORM;
  if (isHttps && !rules.behindTls) return E_MISDIRECTED;
  return readAuthority(bytes, authorityStart, end, isHttp ? 80 : 443);
}

function readAuthority(
  bytes: Uint8Array,
  authorityStart: number,
  end: number,
  defaultPort: number,
): TargetParts | number {
  let authorityEnd = authorityStart;
  let hasUserinfo = false;
  while (authorityEnd < end) {
    const octet = bytes[authorityEnd]!;
    if (octet === SLASH || octet === QUESTION_MARK) break;
    if (octet === AT) hasUserinfo = true;
    authorityEnd++;
  }
  if (hasUserinfo) return E_USERINFO;
  if (authorityEnd === authorityStart || bytes[authorityStart] === COLON) return E_HOST_EMPTY;
  const hostEnd = uriHostEnd(bytes, authorityStart, authorityEnd);
  if (hostEnd === authorityStart || !isPortPart(bytes, hostEnd, authorityEnd)) return E_AUTHORITY;
  return { form: "absolute", authorityStart, authorityEnd, defaultPort };
}

/**
 * Index of the colon behind scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) (RFC 3986 §3.1);
 * `from` if there is none.
 */
function schemeEndOf(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && isSchemeOctet(FOLDED[bytes[i]!]!, i === from)) i++;
  return i < end && bytes[i] === COLON ? i : from;
}

function isSchemeOctet(folded: number, isFirst: boolean): boolean {
  if (folded >= 0x61 && folded <= 0x7a) return true;
  if (isFirst) return false;
  const isDigit = folded >= 0x30 && folded <= 0x39;
  return isDigit || folded === 0x2b || folded === 0x2d || folded === 0x2e;
}
