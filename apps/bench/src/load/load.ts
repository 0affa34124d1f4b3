// What every load tool is asked and gives. Types only.

import type { RequestPlan } from "../scenarios.ts";

export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly request: RequestPlan;
  readonly connections: number;
  readonly pipelined: number;
  /** A connection for each request. */
  readonly closes: boolean;
  readonly ratePerSecond?: number;
  readonly seconds: number;
  /** What the tool is run through, to keep it on its processor. */
  readonly pin: readonly string[];
}

/** What a tool counted. Where it does not say, NaN. */
export interface LoadFigures {
  /** Answers that are whole. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly errors: number;
  /** What went wrong, in the tool's words; "" when nothing did. */
  readonly errorText: string;
  /** Processor time the load took, by time passed. */
  readonly loadShare: number;
}

export interface LoadTool {
  readonly name: string;
  /** The Debian package that has it; "" for what is always there. */
  readonly debianPackage: string;
  version(): string;
  run(plan: LoadPlan): Promise<LoadFigures>;
}
