// What a row's rounds come to: medians, the interval from 10 to 90 %, and who was the limit. Numbers in, numbers out.

import type { RatioResult, Row } from "../result.ts";
import { median, quantile } from "../statistics.ts";

/** A median and the interval that 8 of 10 rounds lie in. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface Figures {
  readonly cpuUs: Spread;
  readonly perSecond: Spread;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly errors: number;
  /** What kept the throughput from being higher; "neither" when both had time to spare. */
  readonly limit: "server" | "load" | "neither";
}

/** Of one processor, from which on a process counts as busy. */
const BUSY_SHARE = 0.9;

/** NaN where no round has a figure. */
export function figuresOf({ rounds }: Row): Figures {
  const serverShare = median(rounds.map((round) => round.serverShare));
  const loadShare = median(rounds.map((round) => round.loadShare));
  const isLoad = loadShare >= BUSY_SHARE && loadShare >= serverShare;
  return {
    cpuUs: spread(rounds.map((round) => round.cpuUsPerRequest)),
    perSecond: spread(rounds.map((round) => round.requestsPerSecond)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    p999Ms: median(rounds.map((round) => round.p999Ms)),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    limit: isLoad ? "load" : serverShare >= BUSY_SHARE ? "server" : "neither",
  };
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: quantile(values, 0.1), high: quantile(values, 0.9) };
}

/** undefined when the ratio has no goal. A goal is met when the interval touches it. */
export function isMet({ perRound, goal }: RatioResult): boolean | undefined {
  return goal === undefined ? undefined : spread(perRound).low <= goal;
}
