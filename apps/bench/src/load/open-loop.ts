// Requests that are due at their own times, whether those before them were answered or not, as from many users; or as
// fast as they are answered, for the most a server can do. Starts the process that makes them (open-loop-process.ts) and
// sums up what it saw.

import { quantile } from "../statistics.ts";
import { ClientProgram } from "./client-program.ts";

export interface LoopPlan {
  readonly port: number;
  readonly path: string;
  readonly seconds: number;
  /** Open loop: requests due in a second, at random times. */
  readonly ratePerSecond?: number;
  /** Closed loop: so many connections, each of which asks again when it is answered. */
  readonly connections?: number;
  /** Of the random times. */
  readonly seed?: number;
  /** What is sent, a character an octet; a GET of `path` when left out. */
  readonly request?: string;
  /** What the process is run through, to keep it on a processor. */
  readonly pin?: readonly string[];
}

/** One request: ms since the start when it was due, ms from then to its answer, status. */
export type LoopRecord = readonly [dueMs: number, latencyMs: number, status: number];

export interface LoopReport {
  readonly records: readonly LoopRecord[];
  /** How often, by what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  readonly connects: number;
  /** Sent again because an idle connection was closed under them: no errors. */
  readonly retries: number;
  /** Answers 503 that did not say when to come again, or that did not close. */
  readonly bare503: number;
  /** Processor time the process took, by time passed. */
  readonly cpuShare: number;
}

export interface LoopFigures {
  readonly seconds: number;
  readonly accepted: number;
  readonly refused: number;
  /** Answers 200 in a second. */
  readonly goodput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly refusedP99Ms: number;
}

/** How long answers may be late at the end. */
export const LAST_ANSWERS_MS = 10_000;

export async function runLoop(plan: LoopPlan): Promise<LoopReport> {
  const program = new ClientProgram("open-loop-process.ts", plan, plan.pin);
  try {
    return await program.next<LoopReport>(plan.seconds * 1000 + LAST_ANSWERS_MS + 10_000);
  } finally {
    program.kill();
  }
}

/** Latencies of the requests that were due from `fromMs` to `toMs`; goodput of the answers that came in that time. */
export function loopFigures({ records }: LoopReport, fromMs: number, toMs: number): LoopFigures {
  const due = records.filter(([dueMs]) => dueMs >= fromMs && dueMs < toMs);
  const latencies = (status: number): number[] =>
    due.filter(([, , one]) => one === status).map(([, latencyMs]) => latencyMs);
  const accepted = latencies(200);
  const refused = latencies(503);
  const answered = records.filter(([dueMs, latencyMs, status]) => {
    const atMs = dueMs + latencyMs;
    return status === 200 && atMs >= fromMs && atMs < toMs;
  });
  const seconds = (toMs - fromMs) / 1000;
  return {
    seconds,
    accepted: accepted.length,
    refused: refused.length,
    goodput: answered.length / seconds,
    p50Ms: quantile(accepted, 0.5),
    p99Ms: quantile(accepted, 0.99),
    mostMs: quantile(accepted, 1),
    refusedP99Ms: quantile(refused, 0.99),
  };
}
