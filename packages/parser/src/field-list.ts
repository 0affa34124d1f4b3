// Comma-separated lists in field values (RFC 9110 §5.6.1), over text. Knows no field by its name.

import { FOLDED } from "./octets.ts";

const HTAB = 0x09;
const SP = 0x20;
const DQUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * The members of a list in order, without OWS around them; empty ones are dropped, quoted strings
 * kept whole.
 */
export function listMembers(value: string): string[] {
  const members: string[] = [];
  for (let from = 0; from < value.length; ) {
    const end = memberEnd(value, from);
    const start = owsEnd(value, from, end);
    const last = owsStart(value, start, end);
    if (last > start) members.push(value.slice(start, last));
    from = end + 1;
  }
  return members;
}

/** Reports whether a member of the list is `token`, ASCII letters without case. */
export function hasToken(value: string, token: string): boolean {
  for (let from = 0; from < value.length; ) {
    const end = memberEnd(value, from);
    const start = owsEnd(value, from, end);
    const last = owsStart(value, start, end);
    if (last > start && last - start === token.length && isFolded(value, start, token)) return true;
    from = end + 1;
  }
  return false;
}

/** Index of the comma that ends the member which begins at `from`, or of the end. */
function memberEnd(value: string, from: number): number {
  let isQuoted = false;
  for (let i = from; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit === DQUOTE) isQuoted = !isQuoted;
    else if (unit === BACKSLASH && isQuoted) i++;
    else if (unit === COMMA && !isQuoted) return i;
  }
  return value.length;
}

function owsEnd(value: string, from: number, end: number): number {
  let i = from;
  while (i < end && isOws(value.charCodeAt(i))) i++;
  return i;
}

function owsStart(value: string, from: number, end: number): number {
  let i = end;
  while (i > from && isOws(value.charCodeAt(i - 1))) i--;
  return i;
}

function isOws(unit: number): boolean {
  return unit === SP || unit === HTAB;
}

function isFolded(value: string, from: number, token: string): boolean {
  for (let k = 0; k < token.length; k++) {
    const a = value.charCodeAt(from + k);
    const b = token.charCodeAt(k);
    if (a !== b && (a > 0x7f || b > 0x7f || FOLDED[a] !== FOLDED[b])) return false;
  }
  return true;
}
