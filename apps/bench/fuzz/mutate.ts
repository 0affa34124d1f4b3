// Changes an input in the ways that have broken servers: flipped bits, tokens of HTTP in the wrong place, lines doubled and
// removed, lengths and chunk sizes edited, requests spliced. Texts are Latin-1: one character is one octet.

import type { Random } from "./random.ts";
import { makePipeline, makeRequest } from "./requests.ts";

const INPUT_OCTETS_MAX = 6000;

const TOKENS = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\r",
  "\r\r\n",
  "\0",
  " ",
  "\t",
  "\x0b",
  "\x7f",
  "\x80",
  "\xff",
  ":",
  ";",
  ",",
  '"',
  "\\",
  "#",
  "%",
  "%00",
  "//",
  "?",
  "*",
  "@",
  "0",
  "0\r\n\r\n",
  "0\r\n",
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/1.9",
  "HTTP/2.0",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "HEAD ",
  "CONNECT h:80 HTTP/1.1\r\n",
  "TRACE ",
  "Host: h\r\n",
  "Host: other\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Content-Length: 65537\r\n",
  "Content-Length: 4294967301\r\n",
  "Transfer-Encoding: chunked\r\n",
  "transfer-encoding:chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Expect: 100-continue\r\n",
  "Upgrade: websocket\r\n",
  "__proto__: 1\r\n",
  "X: \xe9\r\n",
  " folded\r\n",
  ';a="\r\n',
  "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
] as const;

const NUMBERS = [
  "0",
  "1",
  "00",
  "+1",
  "-1",
  "0x5",
  "1e1",
  "5 5",
  "65536",
  "65537",
  "99999999999999999999",
  "100000005",
  "ffffffffffffffff",
  "10000000000000000",
  "9007199254740993",
  "",
] as const;

type Mutation = (random: Random, text: string, seeds: readonly string[]) => string;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setOctet,
  insertToken,
  insertToken,
  replaceByToken,
  removeRange,
  repeatRange,
  moveRange,
  doubleLine,
  removeLine,
  swapLines,
  editNumber,
  editNumber,
  editLineEnd,
  changeCase,
  grow,
  splice,
  appendRequest,
  truncate,
];

/** An input: a transcript's or a pipeline of its own, changed a few times or, one in eight, not at all. */
export function makeInput(random: Random, seeds: readonly string[]): string {
  let text = random.chance(55) ? random.pick(seeds) : makePipeline(random);
  if (random.chance(20)) text += random.chance(50) ? random.pick(seeds) : makePipeline(random);
  if (!random.chance(12)) {
    for (let count = 1 + random.below(random.chance(80) ? 3 : 10); count > 0; count--) {
      text = random.pick(MUTATIONS)(random, text, seeds);
    }
  }
  return text.slice(0, INPUT_OCTETS_MAX);
}

function replaced(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** A place and a length: short mostly, any now and then. */
function range(random: Random, text: string): readonly [from: number, to: number] {
  const from = random.below(text.length + 1);
  const most = random.chance(70) ? 8 : text.length;
  return [from, Math.min(text.length, from + 1 + random.below(most + 1))];
}

function flipBit(random: Random, text: string): string {
  const at = random.below(text.length);
  const code = (text.charCodeAt(at) || 0) ^ (1 << random.below(8));
  return replaced(text, at, at + 1, String.fromCharCode(code));
}

function setOctet(random: Random, text: string): string {
  const at = random.below(text.length);
  return replaced(text, at, at + 1, String.fromCharCode(random.below(256)));
}

function insertToken(random: Random, text: string): string {
  const at = random.chance(50) ? lineStart(random, text) : random.below(text.length + 1);
  return replaced(text, at, at, random.pick(TOKENS));
}

function replaceByToken(random: Random, text: string): string {
  const [from, to] = range(random, text);
  return replaced(text, from, to, random.pick(TOKENS));
}

function removeRange(random: Random, text: string): string {
  const [from, to] = range(random, text);
  return replaced(text, from, to, "");
}

function repeatRange(random: Random, text: string): string {
  const [from, to] = range(random, text);
  return replaced(text, to, to, text.slice(from, to).repeat(1 + random.below(4)));
}

function moveRange(random: Random, text: string): string {
  const [from, to] = range(random, text);
  const rest = replaced(text, from, to, "");
  const at = random.below(rest.length + 1);
  return replaced(rest, at, at, text.slice(from, to));
}

/** Where lines begin, whatever they end with. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineStart(random: Random, text: string): number {
  return random.pick(lineStarts(text));
}

/** A line with its end. */
function lineRange(random: Random, text: string): readonly [from: number, to: number] {
  const from = lineStart(random, text);
  const end = text.indexOf("\n", from);
  return [from, end < 0 ? text.length : end + 1];
}

function doubleLine(random: Random, text: string): string {
  const [from, to] = lineRange(random, text);
  return replaced(text, to, to, text.slice(from, to));
}

function removeLine(random: Random, text: string): string {
  const [from, to] = lineRange(random, text);
  return replaced(text, from, to, "");
}

function swapLines(random: Random, text: string): string {
  const [from, to] = lineRange(random, text);
  const rest = replaced(text, from, to, "");
  const at = lineStart(random, rest);
  return replaced(rest, at, at, text.slice(from, to));
}

/** Lengths, chunk sizes, versions, ports: any run of digits; a bit more, a bit less, or something of its own. */
function editNumber(random: Random, text: string): string {
  const runs = [...text.matchAll(/(?:0x)?[0-9a-f]*\d[0-9a-f]*/gi)];
  if (runs.length === 0) return insertToken(random, text);
  const run = random.pick(runs);
  const isHex = /\n$/.test(text.slice(0, run.index));
  const value = Number.parseInt(run[0], isHex ? 16 : 10) || 0;
  const near = Math.max(0, value + random.below(7) - 3).toString(isHex ? 16 : 10);
  const by = random.chance(60) ? near : random.pick(NUMBERS);
  return replaced(text, run.index, run.index + run[0].length, by);
}

function editLineEnd(random: Random, text: string): string {
  const ends = [...text.matchAll(/\r?\n/g)];
  if (ends.length === 0) return insertToken(random, text);
  const end = random.pick(ends);
  const by = random.pick([
    "\n",
    "\r",
    "\r\r\n",
    "\r\n\r\n",
    "\n\r",
    "\r\n ",
    " \r\n",
    "",
    "\r\n\t",
  ]);
  return replaced(text, end.index, end.index + end[0].length, by);
}

function changeCase(random: Random, text: string): string {
  const [from, to] = range(random, text);
  const part = text.slice(from, to).replace(/[a-z]/gi, (letter) => {
    return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  });
  return replaced(text, from, to, part);
}

/** Up to a limit and beyond: a field doubled many times, or one octet. */
function grow(random: Random, text: string): string {
  if (random.chance(40)) {
    const at = lineStart(random, text);
    const field = `X-A: ${"1".repeat(1 + random.below(random.chance(50) ? 2 : 110))}\r\n`;
    return replaced(text, at, at, field.repeat(1 + random.below(random.chance(50) ? 9 : 120)));
  }
  const at = random.below(text.length + 1);
  const octet = text.charAt(at) || "x";
  return replaced(text, at, at, octet.repeat(1 + random.below(random.chance(80) ? 200 : 5000)));
}

function splice(random: Random, text: string, seeds: readonly string[]): string {
  const other = random.pick(seeds);
  return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1));
}

function appendRequest(random: Random, text: string): string {
  return text + makeRequest(random, true);
}

function truncate(random: Random, text: string): string {
  return text.slice(0, random.below(text.length + 1));
}
