// Octets and the classes of octets that RFC 9110, 9112 and 3986 name: one table of 256 entries per
// rule. Knows nothing of messages, offsets or state.

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DQUOTE = 0x22;
export const PERCENT = 0x25;
export const ASTERISK = 0x2a;
export const COMMA = 0x2c;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const DIGIT_0 = 0x30;
export const DIGIT_1 = 0x31;
export const DIGIT_9 = 0x39;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const QUESTION_MARK = 0x3f;
export const AT = 0x40;
export const LEFT_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const RIGHT_BRACKET = 0x5d;

type OctetRange = readonly [first: number, last: number];

const ALPHA_UPPER: OctetRange = [0x41, 0x5a];
const ALPHA_LOWER: OctetRange = [0x61, 0x7a];
const DIGITS: OctetRange = [DIGIT_0, DIGIT_9];
const VCHAR: OctetRange = [0x21, 0x7e];
const OBS_TEXT: OctetRange = [0x80, 0xff];

function octetClass(...members: readonly (string | OctetRange)[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const member of members) {
    if (typeof member === "string") {
      for (let k = 0; k < member.length; k++) table[member.charCodeAt(k)] = 1;
    } else {
      table.fill(1, member[0], member[1] + 1);
    }
  }
  return table;
}

function without(octets: Uint8Array, ...members: readonly number[]): Uint8Array {
  const table = octets.slice();
  for (const octet of members) table[octet] = 0;
  return table;
}

/**
 * tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" /
 * DIGIT / ALPHA (RFC 9110 §5.6.2)
 */
export const TCHAR: Uint8Array = octetClass("!#$%&'*+-.^_`|~", DIGITS, ALPHA_UPPER, ALPHA_LOWER);

/**
 * HTAB / SP / VCHAR / obs-text: what a field value may hold, and a quoted-pair behind its backslash
 * (RFC 9110 §5.5, §5.6.4)
 */
export const FIELD_OCTET: Uint8Array = octetClass("\t ", VCHAR, OBS_TEXT);

/** qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text (RFC 9110 §5.6.4) */
export const QDTEXT: Uint8Array = without(FIELD_OCTET, DQUOTE, BACKSLASH);

/**
 * Departure: VCHAR but "#", so what RFC 3986 leaves out of path and query passes, as browsers send
 * it (RFC 9112 §3.2)
 */
export const TARGET_OCTET: Uint8Array = without(octetClass(VCHAR), 0x23);

/**
 * unreserved / sub-delims without "," (RFC 3986 §2.2, §2.3). Departure: a comma in a host would
 * read as a list
 */
export const REG_NAME_OCTET: Uint8Array = octetClass(
  "-._~!$&'()*+;=",
  DIGITS,
  ALPHA_UPPER,
  ALPHA_LOWER,
);

/** Value of a HEXDIG, either case; 16 for every other octet (RFC 5234 B.1) */
export const HEXDIG_VALUE: Uint8Array = hexdigValues();

function hexdigValues(): Uint8Array {
  const table = new Uint8Array(256).fill(16);
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16);
    table[digit.charCodeAt(0)] = value;
    table[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return table;
}

/** The octet itself, A to Z as a to z: ASCII only, whatever Unicode thinks of the Kelvin sign */
export const FOLDED: Uint8Array = foldedOctets();

function foldedOctets(): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  for (let octet = ALPHA_UPPER[0]; octet <= ALPHA_UPPER[1]; octet++) table[octet] = octet + 0x20;
  return table;
}

/** The octets of an ASCII text. */
export function asciiOctets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Reports whether `sought` stands at `bytes[from]`. */
export function isText(bytes: Uint8Array, from: number, sought: Uint8Array): boolean {
  for (let k = 0; k < sought.length; k++) {
    if (bytes[from + k] !== sought[k]) return false;
  }
  return true;
}

/**
 * Reports whether `lower`, of letters in lower case, digits and "-" only, stands at `bytes[from]`
 * in any case. There must be no control characters: setting 0x20 would make digits and "-" of some.
 */
export function isFoldedText(bytes: Uint8Array, from: number, lower: Uint8Array): boolean {
  for (let k = 0; k < lower.length; k++) {
    if ((bytes[from + k]! | 0x20) !== lower[k]) return false;
  }
  return true;
}

/** Reports whether `text` is a token: one tchar or more (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let k = 0; k < text.length; k++) {
    const unit = text.charCodeAt(k);
    if (unit > 0x7f || TCHAR[unit] === 0) return false;
  }
  return text.length > 0;
}

/**
 * Reports whether every character of `text` is HTAB, SP, VCHAR or obs-text (RFC 9110 §5.5); the
 * empty text is.
 */
export function isFieldValue(text: string): boolean {
  for (let k = 0; k < text.length; k++) {
    const unit = text.charCodeAt(k);
    if (unit > 0xff || FIELD_OCTET[unit] === 0) return false;
  }
  return true;
}
