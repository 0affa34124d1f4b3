// Three times as many requests as the server can answer: it must refuse what is too much, cheaply, and answer the others
// as if there were no others. Handlers that take the processor for 5 ms, in a server that has one of them.

import {
  type LoopFigures,
  type LoopReport,
  loopFigures,
  runLoop,
} from "../../src/load/open-loop.ts";
import { cpuMicroseconds } from "../../src/process-facts.ts";
import type { AttackCase, TargetKind } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { errorText } from "../strict-clients.ts";
import type { Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { OverloadWatch } from "./overload/watch.ts";

const BURN_MS = 5;
const PATH = `/burn?ms=${BURN_MS}`;
/** Enough to keep the server busy, too few to make it late. */
const PEAK_CONNECTIONS = 16;
const PEAK_SECONDS = 3;
const CALM_SECONDS = 4;
const WARM_UP_SECONDS = 1;
/** The level rises when two ticks of 250 ms were late: what is due before is reported, not judged. */
const RISING_MS = 2000;
const LOAD_SECONDS_LEAST = 5;
const GOODPUT_LEAST = 0.8;
const P99_LEAST_MS = 100;
const P99_TIMES = 3;
/** What an answer takes at the peak is not counted. 400 refusals a second, so much each, leave 80 % for the others. */
const REFUSAL_MICROSECONDS = 500;
const CALM_AGAIN_MS = 5000;

interface Measured {
  readonly peak: number;
  readonly calm: LoopFigures;
  readonly rising: LoopFigures;
  readonly loaded: LoopFigures;
  readonly report: LoopReport;
  readonly refusalMicroseconds: number;
  /** Only of our server: the others have neither levels nor health paths, and may not even answer. */
  readonly watch: OverloadWatch | undefined;
  /** From the end of the load to level 0; NaN when it never came. */
  readonly calmAgainMs: number;
  readonly shedChanges: number;
  readonly shedLines: number;
}

export const overload: AttackCase = {
  name: "overload",
  says: "3 times the requests the server can answer, in an open loop",
  run: (kind: TargetKind, { seconds }) =>
    attempts(kind, async (attempt) => {
      const loadSeconds = Math.max(LOAD_SECONDS_LEAST, seconds);
      const server = { health: { live: "/live", ready: "/ready" } };
      const measured = await attempt.on({ server }, (target) => measure(target, loadSeconds));
      judge(attempt.verdict, measured);
      return summary(measured);
    }),
};

async function measure(target: Target, loadSeconds: number): Promise<Measured> {
  const loop = { port: target.port, path: PATH };
  await runLoop({ ...loop, connections: PEAK_CONNECTIONS, seconds: WARM_UP_SECONDS });
  const cpuAtFirst = target.cpu();
  const busy = await runLoop({ ...loop, connections: PEAK_CONNECTIONS, seconds: PEAK_SECONDS });
  const answerMs = cpuMicroseconds(cpuAtFirst, target.cpu()) / 1000 / busy.records.length;
  const peak = loopFigures(busy, 0, PEAK_SECONDS * 1000).goodput;
  const below = await runLoop({ ...loop, ratePerSecond: peak * 0.8, seconds: CALM_SECONDS });
  const cpuBefore = target.cpu();
  const watch = target.isOurs ? new OverloadWatch(target) : undefined;
  const report = await runLoop({ ...loop, ratePerSecond: peak * 3, seconds: loadSeconds });
  const cpuMs = cpuMicroseconds(cpuBefore, target.cpu()) / 1000;
  const calmAgainMs = (await watch?.untilCalm(CALM_AGAIN_MS)) ?? Number.NaN;
  await watch?.stop();
  const shedChanges = target.isOurs ? ((await target.stats()).shedChanges ?? 0) : 0;
  const all = loopFigures(report, 0, loadSeconds * 1000);
  return {
    peak,
    calm: loopFigures(below, 0, CALM_SECONDS * 1000),
    rising: loopFigures(report, 0, RISING_MS),
    loaded: loopFigures(report, RISING_MS, loadSeconds * 1000),
    report,
    refusalMicroseconds: ((cpuMs - all.accepted * answerMs) * 1000) / all.refused,
    watch,
    calmAgainMs,
    shedChanges,
    shedLines: target.output.split("load shedding level changed").length - 1,
  };
}

function judge(verdict: Verdict, measured: Measured): void {
  const { peak, calm, rising, loaded, report, watch } = measured;
  verdict.note(
    `peak ${peak.toFixed(0)}/s; at 80 % of it p50 ${ms(calm.p50Ms)}, p99 ${ms(calm.p99Ms)}; ` +
      `first ${RISING_MS / 1000} s: goodput ${rising.goodput.toFixed(0)}/s, p99 ${ms(rising.p99Ms)}, ` +
      `${rising.refused} refused; ${report.connects} connections, ${report.retries} retried`,
  );
  const share = loaded.goodput / peak;
  verdict.judge(
    "goodput",
    `${GOODPUT_LEAST * 100} % of the peak`,
    `${(share * 100).toFixed(0)} %, ${loaded.goodput.toFixed(0)}/s`,
    share >= GOODPUT_LEAST,
  );
  const limitMs = Math.max(P99_LEAST_MS, P99_TIMES * calm.p99Ms);
  verdict.judge(
    "p99 of what is accepted",
    ms(limitMs),
    `${ms(loaded.p99Ms)} (p50 ${ms(loaded.p50Ms)}, most ${ms(loaded.mostMs)}; ${loaded.accepted} requests)`,
    loaded.p99Ms <= limitMs,
  );
  const errors = errorText(report.errors);
  verdict.judge("errors", "0", errors, errors === "0");
  if (watch === undefined) return;
  verdict.judge(
    "refusals without Retry-After or close",
    "0",
    `${report.bare503} of ${loaded.refused + rising.refused}`,
    report.bare503 === 0 && loaded.refused > 0,
  );
  verdict.judge(
    "processor time of a refusal, its connection included",
    `${REFUSAL_MICROSECONDS} us`,
    `${measured.refusalMicroseconds.toFixed(0)} us`,
    measured.refusalMicroseconds <= REFUSAL_MICROSECONDS,
  );
  judgeLevel(verdict, measured);
  watch.judgeHealth(verdict);
}

function judgeLevel(verdict: Verdict, { calmAgainMs, shedChanges, shedLines }: Measured): void {
  verdict.judge(
    "level 0 again behind the load",
    `${CALM_AGAIN_MS} ms`,
    Number.isNaN(calmAgainMs) ? "never" : ms(calmAgainMs),
    calmAgainMs <= CALM_AGAIN_MS,
  );
  verdict.judge(
    "log lines for changes of the level",
    `one each (${shedChanges})`,
    `${shedLines}`,
    shedLines === shedChanges && shedChanges > 0,
  );
}

function summary({ peak, loaded, calm, report }: Measured): string {
  const errors = Object.values(report.errors).reduce((sum, count) => sum + count, 0);
  return (
    `goodput ${((loaded.goodput * 100) / peak).toFixed(0)} %, p99 ${ms(loaded.p99Ms)} ` +
    `(${ms(calm.p99Ms)} at 80 %), ${loaded.refused} refused, ${errors} errors`
  );
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
