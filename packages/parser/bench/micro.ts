// Time per request head: this parser from its built files, beside http-parser-js and milo as
// WebAssembly. Run `node bench/micro.ts` or `bun bench/micro.ts` after a build. BENCH_ROUNDS sets
// the number of rounds.
//
// What each does for one head:
//   push              grammar, limits, offsets of method, target, names and values; no strings
//   push, judge       and Host, target form, framing, Connection, Expect; an object; no strings
//   push, judge, text and method, target, names and values as strings
//   http-parser-js    method, target, names, values as strings; framing; no limit but the head's
//   milo (wasm)       copies the octets into WebAssembly memory; calls JavaScript with the offsets
//                     of method, target, names and values; framing; no limits, no strings

import miloModule from "@perseveranza-pets/milo";
import httpParserJs from "http-parser-js";
import { COMPLETE, HeadParser, readRequestHead } from "../dist/index.js";

const SHORT = "GET / HTTP/1.1\r\nHost: localhost:3000\r\n\r\n";

const LONG = [
  "GET /articles/2026/incremental-parsing?page=2&sort=newest HTTP/1.1",
  "Host: www.example.com",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.9,de;q=0.8",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Referer: https://www.example.com/articles/2026/",
  "Connection: keep-alive",
  `Cookie: session=${"5f1c0a9e".repeat(24)}.5; theme=dark; seen=1`,
  "",
  "",
].join("\r\n");

/** One way to deliver a head: the ends of its pieces. */
interface Delivery {
  readonly head: Uint8Array;
  readonly fields: number;
  readonly ends: readonly number[];
}

/**
 * A parser under measurement: reads the head so many times and returns how many field lines it has
 * seen in all.
 */
type Reader = (delivery: Delivery, heads: number) => number;

const OPTIONS = { behindTls: false };

function pushReader(): Reader {
  const parser = new HeadParser();
  return ({ head, ends }, heads) => {
    let fields = 0;
    for (let n = 0; n < heads; n++) {
      parser.reset();
      let status = 0;
      for (let k = 0; k < ends.length; k++) status = parser.push(head, 0, ends[k]!);
      if (status === COMPLETE) fields += parser.fieldCount;
    }
    return fields;
  };
}

function judgeReader(): Reader {
  const parser = new HeadParser();
  return ({ head, ends }, heads) => {
    let fields = 0;
    for (let n = 0; n < heads; n++) {
      parser.reset();
      for (let k = 0; k < ends.length; k++) parser.push(head, 0, ends[k]!);
      const request = readRequestHead(parser, head, 0, OPTIONS);
      if (request?.persistent) fields += parser.fieldCount;
    }
    return fields;
  };
}

function textReader(): Reader {
  const parser = new HeadParser();
  return ({ head, ends }, heads) => {
    let fields = 0;
    for (let n = 0; n < heads; n++) {
      parser.reset();
      for (let k = 0; k < ends.length; k++) parser.push(head, 0, ends[k]!);
      const request = readRequestHead(parser, head, 0, OPTIONS)!;
      if (request.method === "" || request.target === "") continue;
      for (const [name, value] of request.fields) if (name !== "" && value !== "") fields++;
    }
    return fields;
  };
}

function httpParserJsReader(): Reader {
  const { HTTPParser } = httpParserJs;
  const parser = new HTTPParser(HTTPParser.REQUEST);
  let fields = 0;
  parser[HTTPParser.kOnHeadersComplete] = (info: { headers: string[] }) => {
    fields += info.headers.length / 2;
  };
  const cut = pieceCutter();
  return (delivery, heads) => {
    fields = 0;
    const pieces = cut(delivery);
    for (let n = 0; n < heads; n++) {
      for (let k = 0; k < pieces.length; k++) parser.execute(pieces[k]!);
    }
    return fields;
  };
}

function miloReader(): Reader {
  const room = 4096;
  const milo = miloModule.load();
  const pointer = milo.alloc(room);
  const memory = new Uint8Array(milo.memory.buffer, pointer, room);
  const parser = milo.create();
  milo.setMode(parser, milo.MessageTypes.REQUEST);
  let fields = 0;
  let offsets = 0;
  const note = (_parser: number, from: number, octets: number) => {
    offsets += from + octets;
  };
  milo.setOnMethod(parser, note);
  milo.setOnUrl(parser, note);
  milo.setOnHeaderName(parser, note);
  milo.setOnHeaderValue(parser, (_parser: number, from: number, octets: number) => {
    offsets += from + octets;
    fields++;
  });
  const cut = pieceCutter();
  return (delivery, heads) => {
    fields = 0;
    const pieces = cut(delivery);
    // What it has not consumed is given again in front of the next piece, as its interface asks.
    let kept = 0;
    for (let n = 0; n < heads; n++) {
      for (let k = 0; k < pieces.length; k++) {
        memory.set(pieces[k]!, kept);
        kept += pieces[k]!.length;
        const consumed = milo.parse(parser, pointer, kept);
        memory.copyWithin(0, consumed, kept);
        kept -= consumed;
      }
    }
    return offsets > 0 ? fields : 0;
  };
}

/** Cuts a delivery once; whoever wants pieces gets them from outside the measured time. */
function pieceCutter(): (delivery: Delivery) => readonly Buffer[] {
  let last: Delivery | undefined;
  let pieces: Buffer[] = [];
  return (delivery) => {
    if (delivery !== last) {
      last = delivery;
      const { head, ends } = delivery;
      pieces = ends.map((end, k) => Buffer.from(head.subarray(k === 0 ? 0 : ends[k - 1], end)));
    }
    return pieces;
  };
}

const READERS: readonly (readonly [name: string, make: () => Reader])[] = [
  ["push", pushReader],
  ["push, judge", judgeReader],
  ["push, judge, text", textReader],
  ["http-parser-js", httpParserJsReader],
  ["milo (wasm)", miloReader],
];

function deliveries(
  wire: string,
  named: number,
  fields: number,
): (readonly [name: string, Delivery])[] {
  const head = new TextEncoder().encode(wire);
  const octets = head.length;
  if (octets !== named)
    throw new Error(`Cannot measure: the head has ${octets} octets, not ${named}`);
  const byOctet = Array.from({ length: octets }, (_, k) => k + 1);
  return [
    [`${octets} whole`, { head, fields, ends: [octets] }],
    [`${octets} in two`, { head, fields, ends: [octets >> 1, octets] }],
    [`${octets} by octet`, { head, fields, ends: byOctet }],
  ];
}

const ROUND_NS = 1_000_000;
const WARM_UP_ROUNDS = 30;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 200);

/** Nanoseconds per head of `heads` heads. */
function timeHeads(reader: Reader, delivery: Delivery, heads: number): number {
  const from = performance.now();
  const fields = reader(delivery, heads);
  const ns = ((performance.now() - from) * 1e6) / heads;
  if (fields !== heads * delivery.fields) throw new Error("Cannot measure: a head was misread");
  return ns;
}

interface Task {
  readonly reader: Reader;
  readonly delivery: Delivery;
  heads: number;
  bestNs: number;
}

const columns = [...deliveries(SHORT, 40, 1), ...deliveries(LONG, 703, 8)];
const rows = READERS.map(([name, make]) => ({
  name,
  // A reader of its own for every cell: what one has seen must not slow another.
  tasks: columns.map(([, delivery]): Task => {
    return { reader: make(), delivery, heads: 10, bestNs: Number.POSITIVE_INFINITY };
  }),
}));

// Rounds of a millisecond, all cells in turn, so that a disturbance hits all alike; the best round
// counts.
for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
  for (const { tasks } of rows) {
    for (const task of tasks) {
      const ns = timeHeads(task.reader, task.delivery, task.heads);
      task.heads = Math.max(1, Math.round(ROUND_NS / ns));
      if (round >= WARM_UP_ROUNDS) task.bestNs = Math.min(task.bestNs, ns);
    }
  }
}

const bun = process.versions["bun"];
console.log(bun === undefined ? `Node ${process.versions.node}` : `Bun ${bun}`);
console.log(
  `ns per request head, best of ${ROUNDS} rounds; columns are octets and how they arrive`,
);
console.log(["".padEnd(20), ...columns.map(([name]) => name.padStart(14))].join(""));
for (const { name, tasks } of rows) {
  const cells = tasks.map(({ bestNs }) => bestNs.toFixed(bestNs < 1000 ? 1 : 0).padStart(14));
  console.log([name.padEnd(20), ...cells].join(""));
}
