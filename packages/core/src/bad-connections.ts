// One log record for each connection that broke the protocol or was too slow, at most ten a second, so that whoever attacks
// cannot fill the log. What a record shows of the input is short, escaped, and never part of a credential.

import type { LogFields } from "./logger.ts";

const RECORDS_PER_SECOND = 10;
/** Octets shown before the one at fault. */
const SHOWN_OCTETS = 24;
/** Names of fields that may hold a credential; Host in its userinfo. */
const SECRET = /auth|cookie|token|key|secret|session|credential|^host$/i;

export class BadConnections {
  readonly #log: (fields: LogFields, message: string) => void;
  #second = -1;
  #records = 0;
  #suppressed = 0;

  constructor(log: (fields: LogFields, message: string) => void) {
    this.#log = log;
  }

  /** Logs, unless there have been enough this second: then the next record says how many were left out. */
  report(nowMs: number, message: string, fields: () => LogFields): void {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#records = 0;
    }
    if (this.#records >= RECORDS_PER_SECOND) {
      this.#suppressed++;
      return;
    }
    this.#records++;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    this.#log(suppressed === 0 ? fields() : { ...fields(), suppressed }, message);
  }
}

/**
 * The octets of a line up to and with the one at `fault`, as text: what is not printable ASCII, a quote or a backslash becomes
 * `\xNN`. Of a line that may hold a credential, or a query, or continues another, only its name and the octet at fault are
 * shown.
 */
export function excerpt(bytes: Uint8Array, start: number, fault: number): string {
  const end = Math.min(fault + 1, bytes.length);
  let lineStart = Math.max(start, end - 1);
  while (lineStart > start && bytes[lineStart - 1] !== 0x0a) lineStart--;
  let colon = lineStart;
  while (colon < end && bytes[colon] !== 0x3a) colon++;
  const name = colon < end ? escaped(bytes, lineStart, colon) : "";
  const isContinued = bytes[lineStart] === 0x20 || bytes[lineStart] === 0x09;
  if (SECRET.test(name)) return `${name}: ...${escaped(bytes, end - 1, end)}`;
  if (isContinued || holdsQuery(bytes, lineStart, end - 1)) return escaped(bytes, end - 1, end);
  // Before an "@", or before one that is still to come, there may be a password.
  const at = bytes.subarray(lineStart, end).lastIndexOf(0x40);
  if (at < 0 && mayHoldSecret(bytes, lineStart, end)) return escaped(bytes, end - 1, end);
  return escaped(bytes, Math.max(lineStart + Math.max(0, at), end - 1 - SHOWN_OCTETS), end);
}

/** Whether there is a "?": members of a query may be credentials, whatever their names are. */
function holdsQuery(bytes: Uint8Array, from: number, to: number): boolean {
  return bytes.subarray(from, to).includes(0x3f);
}

/** Whether there is a "//", behind which an authority begins. */
function mayHoldSecret(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (bytes[i] === 0x2f && bytes[i - 1] === 0x2f) return true;
  return false;
}

function escaped(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) {
    const octet = bytes[i]!;
    const isPlain = octet >= 0x20 && octet < 0x7f && octet !== 0x22 && octet !== 0x5c;
    text += isPlain ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, "0")}`;
  }
  return text;
}
