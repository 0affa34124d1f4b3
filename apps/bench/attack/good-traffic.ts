// Polite clients beside an attack, in a process of their own: started before it, measured alone for the quiet values,
// then while the attack runs. Says what passes: no error, and p99 at most the larger of 100 ms and 3 times its quiet value.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { within } from "../src/within.ts";
import { sleep } from "./target.ts";
import type { Verdict } from "./verdict.ts";

export interface GoodOptions {
  /** Kept connections; default 8. */
  readonly connections?: number;
  /** A request is due on each connection every so many ms; default 40. */
  readonly everyMs?: number;
  readonly path?: string;
  /** Answers after which a client closes its connection and opens another; default: it keeps it. */
  readonly requestsPerConnection?: number;
  /** How long it is measured before the attack; default 2500. */
  readonly quietMs?: number;
}

/** What happened since the report before it. Latencies count from when a request was due. */
export interface GoodReport {
  readonly seconds: number;
  /** Answered 2xx. */
  readonly requests: number;
  /** How often, by what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  readonly connects: number;
  /** Requests sent again because an idle connection was closed under them: no errors. */
  readonly retries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly mostMs: number;
}

const PROGRAM = fileURLToPath(new URL("good-traffic-process.ts", import.meta.url));
const P99_LEAST_MS = 100;
const P99_TIMES = 3;
const REPORT_MS = 30_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class GoodTraffic {
  /** The same traffic before the attack. */
  readonly quiet: GoodReport;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, quiet: GoodReport) {
    this.#child = child;
    this.quiet = quiet;
  }

  /** Resolves when the quiet values are there; the traffic goes on. */
  static async start(
    target: { readonly port: number },
    options: GoodOptions = {},
  ): Promise<GoodTraffic> {
    const { connections = 8, everyMs = 40, path = "/", quietMs = 2500 } = options;
    const { requestsPerConnection = Number.POSITIVE_INFINITY } = options;
    const args = [target.port, connections, everyMs, path, requestsPerConnection].map(String);
    const child = fork(PROGRAM, args);
    running.add(child);
    child.once("exit", () => running.delete(child));
    await nextMessage(child);
    await sleep(500);
    await ask(child, "report");
    await sleep(quietMs);
    return new GoodTraffic(child, await ask(child, "report"));
  }

  /** What happened since `start` or the last report. */
  report(): Promise<GoodReport> {
    return ask(this.#child, "report");
  }

  /** Lets what is due be answered, for 5 s at most, and ends the process. */
  stop(): Promise<GoodReport> {
    return ask(this.#child, "stop");
  }
}

/** Ends what is left of good traffic, after an attack that failed. */
export function killGoodTraffic(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** The two rules for good traffic. `who`: which traffic, where there are several. */
export function judgeGood(
  verdict: Verdict,
  report: GoodReport,
  quiet: GoodReport,
  who = "good traffic",
): void {
  const errors = Object.entries(report.errors).map(([what, count]) => `${count} ${what}`);
  const count = `${report.requests} requests, ${report.retries} retried`;
  verdict.judge(
    `${who}, errors`,
    "0",
    `${errors.length === 0 ? "0" : errors.join(", ")} (${count})`,
    errors.length === 0 && report.requests > 0,
  );
  const limitMs = Math.max(P99_LEAST_MS, P99_TIMES * quiet.p99Ms);
  verdict.judge(
    `${who}, p99`,
    `${limitMs.toFixed(0)} ms`,
    `${report.p99Ms.toFixed(1)} ms (quiet ${quiet.p99Ms.toFixed(1)}; p50 ${report.p50Ms.toFixed(1)}, ` +
      `p99.9 ${report.p999Ms.toFixed(1)}, most ${report.mostMs.toFixed(0)})`,
    report.p99Ms <= limitMs,
  );
}

/** The cell of a table: `0 errors, p99 3 ms`. */
export function goodSummary(report: GoodReport): string {
  const errors = Object.values(report.errors).reduce((sum, count) => sum + count, 0);
  return `good traffic ${errors} errors, p99 ${report.p99Ms.toFixed(report.p99Ms < 10 ? 1 : 0)} ms`;
}

async function ask(child: ChildProcess, question: "report" | "stop"): Promise<GoodReport> {
  const answer = nextMessage(child);
  child.send(question);
  const report = (await answer) as GoodReport;
  // What JSON has no number for: the latencies of a report without answers.
  const { p50Ms = Number.NaN, p99Ms = Number.NaN, p999Ms = Number.NaN } = withoutNulls(report);
  return { ...report, p50Ms, p99Ms, p999Ms };
}

function withoutNulls(report: GoodReport): Partial<GoodReport> {
  return Object.fromEntries(Object.entries(report).filter(([, value]) => value !== null));
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const message = new Promise((resolve) => child.once("message", resolve));
  const answer = await within(message, REPORT_MS);
  if (answer === undefined) throw new Error("the good traffic's process does not answer");
  return answer;
}
