// Far more connections than the server may have descriptors: it must not spin on the ones it cannot accept, must let polite
// clients in while the flood holds, and must be as before when it has gone.

import { cpuMicroseconds } from "../../src/process-facts.ts";
import { toolOnPath } from "../../src/runtimes.ts";
import { within } from "../../src/within.ts";
import type { AttackCase } from "../attack-case.ts";
import { type Attempt, attempts } from "../attempt.ts";
import { judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "../good-traffic.ts";
import { HeldConnections, type HeldPlan } from "../held-connections.ts";
import { RawPeer } from "../raw-peer.ts";
import { sleep, type Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";

interface DescriptorFlood {
  readonly descriptors: number;
  readonly plan: HeldPlan;
}

/** Half heads keep the table full for as long as a head may take; then they are let go. */
const FLOODS: readonly DescriptorFlood[] = [
  { descriptors: 64, plan: { silent: 100, answered: 50, halfHead: 50 } },
  { descriptors: 256, plan: { silent: 300, answered: 150, halfHead: 150 } },
];

const IDLE_MS = 6000;
const CPU_MOST_MS = 100;
const GOOD_MS = 3000;
const FRESH = 20;
const FRESH_MS = 3000;

export const descriptors: AttackCase = {
  name: "descriptors",
  says: "200 connections at 64 descriptors, 600 at 256: no spinning, polite clients get in, all is given back",
  async run(kind) {
    const prlimit = toolOnPath("prlimit");
    if (prlimit === undefined) {
      const summary = "skipped: there is no prlimit (Debian: util-linux)";
      return { judgements: [], summary };
    }
    return attempts(kind, async (attempt) => {
      const cells: string[] = [];
      for (const flood of FLOODS) cells.push(await floodOnce(attempt, prlimit, flood));
      return cells.join("; ");
    });
  },
};

/** A server that is not ours may hang with one limit and not with the other. */
async function floodOnce(
  attempt: Attempt,
  prlimit: string,
  flood: DescriptorFlood,
): Promise<string> {
  const through = [prlimit, `--nofile=${flood.descriptors}:${flood.descriptors}`];
  attempt.verdict.note(`${flood.descriptors} descriptors:`);
  const cell = await attempt.reporting(() =>
    attempt.on({ through }, (target) => attack(attempt.verdict, target, flood)),
  );
  return `${flood.descriptors}: ${cell}`;
}

async function attack(
  verdict: Verdict,
  target: Target,
  { descriptors: most, plan }: DescriptorFlood,
): Promise<string> {
  await warmUp(target, 10);
  const before = await readGauges(target);
  const quiet = await GoodTraffic.start(target, { quietMs: 1000 });
  await quiet.stop();
  const idle = new HeldConnections(target, plan, false);
  await idle.allOpened(5000);
  await sleep(500);
  const held = `${target.descriptors()} descriptors`;
  const cpuMs = await cpuWhileIdle(target);
  verdict.judge(
    `processor time in ${IDLE_MS / 1000} idle seconds`,
    `below ${CPU_MOST_MS} ms`,
    `${cpuMs.toFixed(0)} ms (${held} at first)`,
    cpuMs < CPU_MOST_MS,
  );
  await idle.stop();
  // No half heads: the polite clients come into a table that is full of idle connections.
  const answered = plan.answered + plan.halfHead;
  const flood = new HeldConnections(target, { silent: plan.silent, answered, halfHead: 0 }, true);
  await flood.allOpened(3000);
  const { opened } = flood;
  const full = target.descriptors();
  const good = await GoodTraffic.start(target, { quietMs: 1 });
  await sleep(GOOD_MS);
  const report = await good.stop();
  judgeGood(verdict, report, quiet.quiet, "good traffic beside the flood");
  verdict.note(
    `flood: ${opened} opened and ${full} descriptors before the good traffic; in all opened ` +
      `${flood.opened}, let go ${flood.ended}, refused ${flood.refused}`,
  );
  await flood.stop();
  const fresh = await freshAnswers(target);
  verdict.judge(
    "answers when the flood has gone",
    `${FRESH} within ${FRESH_MS / 1000} s`,
    `${fresh}`,
    fresh === FRESH,
  );
  const after = await judgeGauges(verdict, target, before);
  if (target.isOurs) {
    const { closes = {}, dropped = {} } = after.stats;
    verdict.note(
      `limit ${most}; evicted ${closes["evicted"] ?? 0}, dropped ${dropped["connections"]}`,
    );
  }
  return `${cpuMs.toFixed(0)} ms, ${goodSummary(report)}, ${fresh} of ${FRESH} answers afterwards`;
}

async function cpuWhileIdle(target: Target): Promise<number> {
  const before = target.cpu();
  await sleep(IDLE_MS);
  return cpuMicroseconds(before, target.cpu()) / 1000;
}

/** How many of new connections get their answer in time. */
async function freshAnswers(target: Target): Promise<number> {
  const peers: RawPeer[] = [];
  const connecting = Array.from({ length: FRESH }, async () => {
    const peer = await RawPeer.connect(target);
    peers.push(peer);
    peer.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    await peer.closed;
  });
  for (const one of connecting) one.catch(() => {});
  const whole = (): number => peers.filter(({ text }) => text.endsWith("\r\n\r\nhello")).length;
  const endMs = performance.now() + FRESH_MS;
  while (whole() < FRESH && performance.now() < endMs) await sleep(20);
  for (const peer of peers) peer.destroy();
  await within(Promise.allSettled(connecting), 100);
  return whole();
}
