// Octets to text, each octet to the character of the same number, so that octet offsets are string
// offsets. Knows nothing of what the text means.

declare const TextDecoder: new (label?: string) => { decode(octets: Uint8Array): string };

// Octets per call: arguments live on the stack.
const APPLY_OCTETS = 4096;

const utf8 = /* @__PURE__ */ new TextDecoder("utf-8");

/**
 * `bytes[from .. end)`, of which none is from 0x80, as text: for such octets UTF-8 is the same
 * text, and fast.
 */
export function asciiText(bytes: Uint8Array, from: number, end: number): string {
  // The target "/": a tenth of the time of a decode.
  if (end - from === 1) return String.fromCharCode(bytes[from]!);
  return utf8.decode(bytes.subarray(from, end));
}

/**
 * `bytes[from .. end)` as text. A TextDecoder for "latin1" is no way: by its standard it decodes
 * windows-1252.
 */
export function latin1Text(bytes: Uint8Array, from: number, end: number): string {
  let text = "";
  for (let i = from; i < end; i += APPLY_OCTETS) {
    const octets = bytes.subarray(i, Math.min(end, i + APPLY_OCTETS));
    text += String.fromCharCode.apply(undefined, octets as unknown as number[]);
  }
  return text;
}

/** Longest text worth keeping, and how many are kept (a power of 2). */
const RECENT_OCTETS = 64;
const RECENT_TEXTS = 256;

const recent: string[] = /* @__PURE__ */ new Array(RECENT_TEXTS).fill("");

/**
 * `asciiText` of a span that is likely to come again, as targets are: a text made lately is found by its octets and used
 * again (15 ns for a short one, where decoding takes 170; Node 26). Two texts of one slot take turns.
 */
export function recentText(bytes: Uint8Array, from: number, end: number): string {
  const length = end - from;
  if (length > RECENT_OCTETS) return asciiText(bytes, from, end);
  let hash = length;
  for (let i = from; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  const slot = (hash ^ (hash >>> 8)) & (RECENT_TEXTS - 1);
  const kept = recent[slot]!;
  if (kept.length === length && holds(bytes, from, kept)) return kept;
  const text = asciiText(bytes, from, end);
  recent[slot] = text;
  return text;
}

function holds(bytes: Uint8Array, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[from + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}
