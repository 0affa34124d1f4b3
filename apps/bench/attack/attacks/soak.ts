// A little of everything for a long time, good and bad: what leaks shows as memory that grows, as a gauge that does not come
// back to 0, as a promise that nobody handles.

import type { AttackCase, TargetKind } from "../attack-case.ts";
import { Attempt } from "../attempt.ts";
import { judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "../good-traffic.ts";
import { sleep, type Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { BadTraffic } from "./soak/bad-traffic.ts";
import { type Sample, type Trend, trendOf } from "./soak/trend.ts";

const MIB = 2 ** 20;
const SAMPLE_MS = 1000;
const MIB_PER_MINUTE_MOST = 1;
/** A rise that is no more than this many standard deviations of what comes and goes anyway is none. */
const NOISE_TIMES = 2;
/**
 * V8 widens its young generation in steps for minutes, here to 48 MiB, with whatever is live beside it staying as it is:
 * kept small, it does not stand before what the trend looks for.
 */
const NODE_OPTIONS = "--max-semi-space-size=1";
/** The allocator keeps what many reads at once took, on node:http as much; the trend says whether that comes to an end. */
const SLACK_OCTETS = 128 * MIB;

export const soak: AttackCase = {
  name: "soak",
  says: "good and bad traffic of all kinds for --soak-minutes",
  async run(kind: TargetKind, { soakMinutes }) {
    const attempt = new Attempt(kind);
    const { verdict } = attempt;
    const summary = await attempt.reporting(() =>
      attempt.on({ through: ["env", `NODE_OPTIONS=${NODE_OPTIONS}`] }, (target) =>
        soaked(verdict, target, soakMinutes),
      ),
    );
    const percent = (attempt.disturbedShare * 100).toFixed(0);
    verdict.note(`other processes had the processor for ${percent} % of the time`);
    return verdict.outcome(summary);
  },
};

async function soaked(verdict: Verdict, target: Target, minutes: number): Promise<string> {
  await warmUp(target, 200);
  const before = await readGauges(target);
  const good = await GoodTraffic.start(target);
  const bad = new BadTraffic(target);
  const samples: Sample[] = [];
  const endMs = performance.now() + minutes * 60_000;
  while (performance.now() < endMs) {
    samples.push({ atMs: performance.now(), octets: target.residentOctets() });
    await sleep(SAMPLE_MS);
  }
  await bad.stop();
  const report = await good.stop();
  const made = Object.entries(bad.connections).map(([name, count]) => `${count} ${name}`);
  verdict.note(`connections of bad traffic: ${made.join(", ")}`);
  if (target.isOurs) await noteCounters(verdict, target);
  judgeGood(verdict, report, good.quiet);
  const trend = judgeTrend(verdict, samples);
  await judgeGauges(verdict, target, before, { slackOctets: SLACK_OCTETS });
  return (
    `${goodSummary(report)}; ${minutes} min, resident ` +
    `${mib(samples.at(-1)?.octets ?? 0)} MiB, ${mib(trend.octetsPerMinute)} MiB/min`
  );
}

/** The first half is for heaps to settle. */
function judgeTrend(verdict: Verdict, samples: readonly Sample[]): Trend {
  const trend = trendOf(samples.slice(Math.floor(samples.length / 2)));
  const { octetsPerMinute, riseOctets, noiseOctets } = trend;
  verdict.judge(
    "resident memory, trend of the second half",
    `${MIB_PER_MINUTE_MOST} MiB/min, or a rise within ${NOISE_TIMES} standard deviations`,
    `${mib(octetsPerMinute)} MiB/min, rise ${mib(riseOctets)} MiB, deviation ${mib(noiseOctets)} MiB`,
    octetsPerMinute <= MIB_PER_MINUTE_MOST * MIB || riseOctets <= NOISE_TIMES * noiseOctets,
  );
  return trend;
}

async function noteCounters(verdict: Verdict, target: Target): Promise<void> {
  const { requests, closes, faults, shedChanges } = await target.stats();
  verdict.note(
    `${requests} requests, ${shedChanges} changes of level; ` +
      `closes ${JSON.stringify(closes)}; faults ${JSON.stringify(faults)}`,
  );
}

function mib(octets: number): string {
  return (octets / MIB).toFixed(1);
}
