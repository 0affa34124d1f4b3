// One line for one request, in three formats. Whatever the request holds, it is one line: what is not printable ASCII is
// escaped, and so are the characters that would end a value.

import type { AccessFormat } from "./log-options.ts";

/** What an access line tells. Octets as counted on the wire, times in microseconds. */
export interface AccessEntry {
  /** Wall-clock ms since 1970 when the exchange ended. */
  readonly dateMs: number;
  readonly requestId: string;
  readonly remoteAddress: string | undefined;
  readonly method: string;
  readonly target: string;
  /** `1.0` or `1.1`. */
  readonly version: string;
  /** 0 when no answer had begun. */
  readonly status: number;
  readonly octetsIn: number;
  readonly octetsOut: number;
  /** From the request's head to the head of its answer, -1 without one; and to the end of both. */
  readonly firstOctetUs: number;
  readonly totalUs: number;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  /** `sent`, or why the connection ended before. */
  readonly outcome: string;
}

/** Characters that stand for themselves in a value between quotes. */
const UNSAFE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const UNSAFE_ALL = new RegExp(UNSAFE.source, "g");
/** User agent and referer are cut behind this many octets. */
const CUT_OCTETS = 256;

function jsonEscape(char: string): string {
  if (char === '"' || char === "\\") return `\\${char}`;
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** As Apache writes them: `\"`, `\\`, `\xNN`. */
function apacheEscape(char: string): string {
  if (char === '"' || char === "\\") return `\\${char}`;
  const code = char.charCodeAt(0);
  const digits = code.toString(16).padStart(code < 256 ? 2 : 4, "0");
  return code < 256 ? `\\x${digits}` : `\\u${digits}`;
}

function jsonText(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, jsonEscape) : text;
}

function apacheText(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, apacheEscape) : text;
}

function cut(text: string): string {
  return text.length > CUT_OCTETS ? text.slice(0, CUT_OCTETS) : text;
}

/** Times as text, made once for all lines of a millisecond or second. */
let isoMs = Number.NaN;
let isoText = "";
let clfSecond = Number.NaN;
let clfText = "";

function isoTime(dateMs: number): string {
  if (dateMs !== isoMs) {
    isoMs = dateMs;
    isoText = new Date(dateMs).toISOString();
  }
  return isoText;
}

/** `23/Nov/2026:10:00:00 +0000`, the Common Log Format's. */
function clfTime(dateMs: number): string {
  const second = Math.floor(dateMs / 1000);
  if (second !== clfSecond) {
    clfSecond = second;
    // "Mon, 23 Nov 2026 10:00:00 GMT"
    const [, day, month, year, time] = new Date(second * 1000).toUTCString().split(" ");
    clfText = `${day}/${month}/${year}:${time} +0000`;
  }
  return clfText;
}

/** A member of the object, or nothing when it has no value. */
function member(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":"${jsonText(value)}"`;
}

/** A method is a token and needs no escapes (RFC 9110 §9.1). */
function jsonLine(entry: AccessEntry): string {
  const { method, version, status, octetsIn, octetsOut, userAgent, referer } = entry;
  const from = member("remoteAddress", entry.remoteAddress);
  const first = entry.firstOctetUs < 0 ? "" : `,"firstOctetUs":${entry.firstOctetUs}`;
  const agent = userAgent === undefined ? "" : member("userAgent", cut(userAgent));
  const referring = referer === undefined ? "" : member("referer", cut(referer));
  return `{"time":"${isoTime(entry.dateMs)}","requestId":"${entry.requestId}"${from},"method":"${method}","target":"${jsonText(entry.target)}","version":"${version}","status":${status},"octetsIn":${octetsIn},"octetsOut":${octetsOut}${first},"totalUs":${entry.totalUs}${agent}${referring},"outcome":"${entry.outcome}"}\n`;
}

/** `host ident user [time] "request-line" status octets`; octets are those of the whole answer. */
function commonLine(entry: AccessEntry): string {
  const from = apacheText(entry.remoteAddress ?? "-");
  const request = `${entry.method} ${apacheText(entry.target)} HTTP/${entry.version}`;
  const status = entry.status === 0 ? "-" : entry.status;
  return `${from} - - [${clfTime(entry.dateMs)}] "${request}" ${status} ${entry.octetsOut}`;
}

function combinedLine(entry: AccessEntry): string {
  const referer = entry.referer === undefined ? "-" : apacheText(cut(entry.referer));
  const userAgent = entry.userAgent === undefined ? "-" : apacheText(cut(entry.userAgent));
  return `${commonLine(entry)} "${referer}" "${userAgent}"\n`;
}

/** The writer of a format's lines, each with its LF, in ASCII alone. */
export function accessLine(format: AccessFormat): (entry: AccessEntry) => string {
  if (format === "json") return jsonLine;
  return format === "combined" ? combinedLine : (entry) => `${commonLine(entry)}\n`;
}
