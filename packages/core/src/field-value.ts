// Whether text may stand in a field value or reason phrase, and whether it is plain ASCII. One pass over short strings.

export const NOT_ALLOWED = 0;
/** HTAB, SP and VCHAR only. */
export const ASCII = 1;
/** Some characters are obs-text (U+0080 to U+00FF): sent as one octet each (RFC 9110 §5.5). */
export const LATIN1 = 2;

/** Says which of the three `text` is. */
export function fieldValueClass(text: string): 0 | 1 | 2 {
  let found: 1 | 2 = ASCII;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code < 0x7f) continue;
    if (code >= 0x80 && code <= 0xff) found = LATIN1;
    else if (code !== 0x09) return NOT_ALLOWED;
  }
  return found;
}

/** Above this length a compiled regular expression beats the loop. */
const LOOP_MAX = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const NOT_ASCII = /[^\x00-\x7f]/;

/** Reports whether every character of `text` is below U+0080. */
export function isAscii(text: string): boolean {
  if (text.length > LOOP_MAX) return !NOT_ASCII.test(text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

/** Text of characters up to U+00FF as one octet each. */
export function latin1Octets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
