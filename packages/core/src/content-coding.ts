// Content codings that setting Content-Encoding applies to known content (RFC 9110 §8.4). Off the hot path: only
// responses that ask for a coding come here.

import { gzipSync } from "node:zlib";

/** Reports whether setting Content-Encoding to `coding` is understood; `identity` leaves the content as it is. */
export function isContentCoding(coding: string): boolean {
  const folded = coding.toLowerCase();
  return folded === "gzip" || folded === "identity";
}

/** Codes known content. The level is gzip's usual 6. */
export function encodeContent(content: Uint8Array, coding: string): Uint8Array {
  return coding.toLowerCase() === "gzip" ? gzipSync(content, { level: 6 }) : content;
}
