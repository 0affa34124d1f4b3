// Connections that are reset at every octet of a request and of its answer: whatever was under way must end once, without
// an error that nobody catches, and give back what it held.

import { within } from "../../src/within.ts";
import type { AttackCase } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "../good-traffic.ts";
import { RawPeer } from "../raw-peer.ts";
import { sleep, type Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { cutsOf, EXCHANGES, type ResetCut } from "./resets/cuts.ts";

const AT_ONCE = 50;
const CUTS_LEAST = 1000;
/** What the server has read of a request before the reset: as the system likes, and all of it. */
const PAUSES_MS = [0, 1, 4];
const ANSWER_MS = 5000;
const ECHOED_OCTETS = 40;
const LARGE_OCTETS = 64 * 2 ** 20;
const LARGE_CUTS = 40;
const LARGE_AT_ONCE = 10;
const LARGE_STEP_OCTETS = 150_000;

export const resets: AttackCase = {
  name: "resets",
  says: "connections reset at every octet of request and answer",
  run(kind) {
    return attempts(kind, (attempt) => attempt.on({}, (target) => attack(attempt.verdict, target)));
  },
};

async function attack(verdict: Verdict, target: Target): Promise<string> {
  await warmUp(target, AT_ONCE);
  // Heaps grow to what all of this takes.
  await cutEverything(target, new ResetCounts(), [0]);
  const before = await readGauges(target);
  const good = await GoodTraffic.start(target);
  const counts = new ResetCounts();
  await cutEverything(target, counts, PAUSES_MS);
  const report = await good.stop();
  verdict.judge(
    "connections reset",
    `at least ${CUTS_LEAST} in a request and in an answer each, all as planned`,
    `${counts.inRequest} and ${counts.inAnswer}, ${counts.wrong} otherwise`,
    counts.inRequest >= CUTS_LEAST && counts.inAnswer >= CUTS_LEAST && counts.wrong === 0,
  );
  judgeGood(verdict, report, good.quiet);
  const after = await judgeGauges(verdict, target, before);
  if (target.isOurs) judgeAccounts(verdict, after.stats);
  return `${counts.inRequest + counts.inAnswer} resets; ${goodSummary(report)}`;
}

async function cutEverything(
  target: Target,
  counts: ResetCounts,
  pausesMs: readonly number[],
): Promise<void> {
  for (const exchange of EXCHANGES) {
    const answerOctets = (await answerOf(target, exchange.request)).length;
    for (const pauseMs of pausesMs) {
      await cutAll(target, cutsOf(exchange, answerOctets, pauseMs), counts);
    }
  }
  await inLanes(Array(2 * ECHOED_OCTETS).fill(0), AT_ONCE, (_, i) =>
    cutWhileEchoing(target, i >> 1, i % 2 === 0, counts),
  );
  await inLanes(Array(LARGE_CUTS).fill(0), LARGE_AT_ONCE, (_, i) =>
    cutLarge(target, i * LARGE_STEP_OCTETS, counts),
  );
}

/** Each connection is counted once when it comes and once when it goes, whatever happened to it. */
function judgeAccounts(
  verdict: Verdict,
  { accepted = 0, connections, handlers, bufferedOctets, dropped, closes }: Stats,
): void {
  const open = connections?.open;
  const gone = sum(dropped) + sum(closes);
  verdict.judge(
    "connections accepted = open + closed + dropped",
    `${accepted}`,
    `${open} + ${sum(closes)} + ${sum(dropped)}`,
    open !== undefined && accepted === open + gone,
  );
  const gauges = [open, connections?.active, connections?.idle, handlers, bufferedOctets];
  verdict.judge(
    "gauges are at 0, none below",
    "0, 0, 0, 0, 0",
    gauges.join(", "),
    gauges.every((gauge) => gauge === 0),
  );
}

type Stats = Awaited<ReturnType<Target["stats"]>>;

function sum(counters: Readonly<Record<string, number>> = {}): number {
  return Object.values(counters).reduce((total, count) => total + count, 0);
}

class ResetCounts {
  inRequest = 0;
  inAnswer = 0;
  /** Ended otherwise before they were reset. */
  wrong = 0;
}

async function cutAll(
  target: Target,
  cuts: readonly ResetCut[],
  counts: ResetCounts,
): Promise<void> {
  await inLanes(cuts, AT_ONCE, async (cut) => {
    const { promise: came, resolve } = Promise.withResolvers<void>();
    const wanted = cut.answerOctets;
    const peer: RawPeer = await RawPeer.connect(target, {
      onData: () => peer.octetsReceived >= wanted && resolve(),
    });
    void peer.closed.then(resolve);
    await written(peer, cut.octets);
    if (wanted > 0) await within(came, ANSWER_MS);
    if (cut.pauseMs > 0) await sleep(cut.pauseMs);
    await reset(peer, counts, wanted > 0 ? "inAnswer" : "inRequest", wanted);
  });
}

/** Content is sent octet by octet, and each waited for: the answer is under way while the request is. */
async function cutWhileEchoing(
  target: Target,
  octets: number,
  isBehindEcho: boolean,
  counts: ResetCounts,
): Promise<void> {
  const peer = await RawPeer.connect(target);
  peer.send(
    `POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${ECHOED_OCTETS + 1}\r\n\r\n`,
  );
  for (let i = 0; i < octets; i++) {
    const before = peer.octetsReceived;
    await written(peer, Buffer.from("e"));
    const isLast = i === octets - 1;
    if (isLast && !isBehindEcho) break;
    for (let waits = 0; waits < 1000 && peer.octetsReceived === before; waits++) await sleep(1);
  }
  await reset(peer, counts, octets > 1 ? "inAnswer" : "inRequest", octets > 1 ? 1 : 0);
}

/** An answer so large that it is still being written, to a peer that reads nothing behind `octets`. */
async function cutLarge(target: Target, octets: number, counts: ResetCounts): Promise<void> {
  const { promise: came, resolve } = Promise.withResolvers<void>();
  const peer: RawPeer = await RawPeer.connect(target, {
    onData: () => {
      if (peer.octetsReceived < octets) return;
      peer.pause();
      resolve();
    },
  });
  void peer.closed.then(resolve);
  peer.send(`GET /stream?octets=${LARGE_OCTETS} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await within(came, ANSWER_MS);
  await sleep(20);
  await reset(peer, counts, "inAnswer", octets);
}

async function reset(
  peer: RawPeer,
  counts: ResetCounts,
  where: "inRequest" | "inAnswer",
  wanted: number,
): Promise<void> {
  if (!peer.isOpen || peer.octetsReceived < wanted) counts.wrong++;
  else counts[where]++;
  peer.reset();
  await peer.closed;
}

/** Resolves when the system has taken them. */
function written(peer: RawPeer, octets: Uint8Array): Promise<void> {
  if (octets.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    peer.socket.write(octets, () => resolve());
  });
}

async function answerOf(target: Target, request: Uint8Array): Promise<string> {
  const peer = await RawPeer.connect(target);
  peer.send(request);
  for (let waits = 0; waits < 250 && peer.octetsReceived === 0; waits++) await sleep(20);
  await sleep(50);
  peer.destroy();
  if (peer.status !== 200) throw new Error(`status ${peer.status} before the attack`);
  return peer.text;
}

/** Does `run` for all, `atOnce` at a time. */
async function inLanes<T>(
  all: readonly T[],
  atOnce: number,
  run: (one: T, i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < all.length) {
      const i = next++;
      await run(all[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
