// Requests without end on a connection whose client reads no answer: the server must stop reading, hold what it has, and
// answer everything, in order, once the client reads.

import { AnswerReader } from "../../src/load/answer-reader.ts";
import { within } from "../../src/within.ts";
import type { AttackCase } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { type Gauges, GaugeWatch, judgeGauges, judgeMostMemory, readGauges } from "../gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "../good-traffic.ts";
import { RawPeer } from "../raw-peer.ts";
import { sleep, type Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";

interface Flood {
  readonly what: string;
  readonly connections: number;
  /** On each. */
  readonly requests: number;
  /** Octets that each request is longer for, so that reading without bound would show. */
  readonly paddingOctets: number;
  /** Octets of content of the answer to request `i`, which tell the answers apart; 0 is GET /. */
  readonly contentOctets: (i: number) => number;
}

const FLOODS: readonly Flood[] = [
  {
    what: "1 connection",
    connections: 1,
    requests: 100_000,
    paddingOctets: 0,
    contentOctets: (i) => (i % 100 === 99 ? 1000 + (i - 99) / 100 : 0),
  },
  {
    // Kernels take some MiB of answers that nobody reads: with small answers none of these would ever wait.
    what: "50 connections",
    connections: 50,
    requests: 300,
    paddingOctets: 7000,
    contentOctets: (i) => 65_536 + i,
  },
];

const ENDLESS = { server: { limits: { requestsPerConnection: 1_000_000_000 } } };
const KIB = 1024;
const MIB = 1024 * KIB;
const HELLO_OCTETS = 5;
const STALL_MS = 3000;
const READ_MS = 20_000;
/**
 * Read-ahead of 64 KiB and the piece that crossed it, an output of 64 KiB and the answer that crossed it. Node reads 64 KiB
 * at a time, Bun 512.
 */
const BUFFERED_EACH_OCTETS = { node: 256 * KIB, bun: 704 * KIB };
const SLACK_OCTETS = 32 * MIB;
/** Before its garbage is collected, a server may hold this much, and what it has buffered so many times. */
const GARBAGE_OCTETS = 64 * MIB;
const GARBAGE_TIMES = 4;

export const pipeliningFlood: AttackCase = {
  name: "pipelining-flood",
  says: "100,000 requests on one connection before an answer is read; 300 large ones on each of 50",
  run(kind) {
    return attempts(kind, (attempt) =>
      attempt.on(ENDLESS, (target) => attack(attempt.verdict, target)),
    );
  },
};

async function attack(verdict: Verdict, target: Target): Promise<string> {
  // Heaps grow to what the requests take when they are read at once.
  for (const flood of FLOODS) {
    const pipelines = await send(target, flood);
    for (const { peer } of pipelines) peer.resume();
    await allRead(pipelines, flood.requests);
  }
  await sleep(500);
  const before = await readGauges(target);
  const good = await GoodTraffic.start(target);
  const cells: string[] = [];
  for (const flood of FLOODS) cells.push(await floodOnce(verdict, target, before, flood));
  const report = await good.stop();
  judgeGood(verdict, report, good.quiet);
  await judgeGauges(verdict, target, before);
  return `${goodSummary(report)}; ${cells.join("; ")}`;
}

async function floodOnce(
  verdict: Verdict,
  target: Target,
  before: Gauges,
  flood: Flood,
): Promise<string> {
  const { what, connections, requests } = flood;
  const watch = new GaugeWatch(target);
  const pipelines = await send(target, flood);
  await sleep(STALL_MS);
  const held = await readGauges(target);
  const startMs = performance.now();
  for (const { peer } of pipelines) peer.resume();
  const wrong = await allRead(pipelines, flood.requests);
  const seconds = (performance.now() - startMs) / 1000;
  await watch.stop();
  judgeHeld(verdict, target, before, held, watch, flood);
  const count = pipelines.reduce((sum, { answers }) => sum + answers, 0);
  verdict.judge(
    `${what}: answers, in order`,
    `${connections * requests}`,
    `${count} in ${seconds.toFixed(1)} s${wrong === undefined ? "" : `; ${wrong}`}`,
    wrong === undefined,
  );
  const more = ((watch.mostResidentOctets - before.residentOctets) / MIB).toFixed(0);
  return `${what}: ${count} answers, most +${more} MiB`;
}

/** What the server held while nothing was read. */
function judgeHeld(
  verdict: Verdict,
  target: Target,
  before: Gauges,
  held: Gauges,
  watch: GaugeWatch,
  { what, connections, requests }: Flood,
): void {
  const { kind } = target;
  const each =
    kind === "bun" || kind === "bun-serve" ? BUFFERED_EACH_OCTETS.bun : BUFFERED_EACH_OCTETS.node;
  const most = connections * each;
  if (target.isOurs) {
    const handled = (held.stats.requests ?? 0) - (before.stats.requests ?? 0);
    verdict.note(`${what}: ${handled} requests, good traffic's too, before an answer was read`);
    verdict.judge(
      `${what}: octets buffered, most`,
      `${most / KIB} KiB`,
      `${(watch.mostBufferedOctets / KIB).toFixed(0)} KiB of ${connections * requests} requests`,
      watch.mostBufferedOctets <= most,
    );
  }
  verdict.note(`${what}, garbage collected:`);
  judgeMostMemory(verdict, before, held.residentOctets, SLACK_OCTETS + most);
  verdict.note(`${what}, with garbage:`);
  judgeMostMemory(verdict, before, watch.mostResidentOctets, GARBAGE_OCTETS + GARBAGE_TIMES * most);
}

interface Pipeline {
  readonly peer: RawPeer;
  /** Right ones, in order. */
  answers: number;
  /** The first that was wrong. */
  wrong: string | undefined;
  /** All answers are here, one was wrong, or the connection has ended. */
  readonly done: Promise<void>;
}

/** Sends all requests on all connections. Nothing is read until `resume`. */
async function send(target: Target, flood: Flood): Promise<Pipeline[]> {
  const octets = Buffer.from(
    Array.from({ length: flood.requests }, (_, i) => request(flood, i)).join(""),
    "latin1",
  );
  const pipelines = Array.from({ length: flood.connections }, () => connect(target, flood));
  for (const { peer } of await Promise.all(pipelines)) peer.send(octets);
  return Promise.all(pipelines);
}

function request({ contentOctets, paddingOctets }: Flood, i: number): string {
  const octets = contentOctets(i);
  const path = octets === 0 ? "/" : `/stream?octets=${octets}`;
  const padding = paddingOctets === 0 ? "" : `X-Padding: ${"x".repeat(paddingOctets)}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${padding}\r\n`;
}

async function connect(target: Target, { requests, contentOctets }: Flood): Promise<Pipeline> {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const reader = new AnswerReader(({ status, octets }) => {
    const expected = contentOctets(pipeline.answers) || HELLO_OCTETS;
    if (status === 200 && octets === expected) pipeline.answers++;
    else pipeline.wrong ??= `answer ${pipeline.answers}: ${status} with ${octets} octets`;
    if (pipeline.answers === requests || pipeline.wrong !== undefined) resolve();
  });
  const peer = await RawPeer.connect(target, {
    isPaused: true,
    staysOpen: false,
    onData: (piece) => reader.push(piece),
  });
  void peer.closed.then(resolve);
  const pipeline: Pipeline = { peer, answers: 0, wrong: undefined, done };
  return pipeline;
}

/** Waits until all is there, or the time is up, and closes. Gives the first thing that is not as it must be. */
async function allRead(
  pipelines: readonly Pipeline[],
  requests: number,
): Promise<string | undefined> {
  await within(Promise.all(pipelines.map(({ done }) => done)), READ_MS);
  for (const { peer } of pipelines) peer.destroy();
  const wrong = pipelines.find(({ wrong }) => wrong !== undefined)?.wrong;
  const few = pipelines.find(({ answers }) => answers < requests);
  return wrong ?? (few && `${few.answers} of ${requests} answers, connection: ${few.peer.end}`);
}
