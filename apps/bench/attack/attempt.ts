// Makes one attack on one server: starts targets for it, and makes it again when it failed while other processes had the
// target's processor. A server that is not ours may hang or end: then that is the row of the table. Knows no attack.

import { isJudged, type Outcome, type TargetKind } from "./attack-case.ts";
import { processorWaitMs, stolenMs } from "./processor-wait.ts";
import { Target, type TargetOptions } from "./target.ts";
import { Verdict } from "./verdict.ts";

/** Above this share of waiting for the processor a failure says nothing of the server. */
const DISTURBED_SHARE = 0.05;
const ATTEMPTS = 3;

export class Attempt {
  readonly verdict: Verdict;
  #waitedMs = 0;
  #lastedMs = 0;

  constructor(kind: TargetKind) {
    this.verdict = new Verdict(kind);
  }

  /** Starts a target, does what `run` does with it, and ends it. */
  async on<T>(options: TargetOptions, run: (target: Target) => Promise<T>): Promise<T> {
    const target = await Target.start(this.verdict.target, options);
    const startMs = performance.now();
    const waitedMs = lostMs(target.pid);
    try {
      return await run(target);
    } finally {
      const wasMs = lostMs(target.pid) - waitedMs;
      if (!Number.isNaN(wasMs)) this.#waitedMs += wasMs;
      this.#lastedMs += performance.now() - startMs;
      await target.kill();
    }
  }

  /** What `run` gives; or, where it throws against a server that is not ours, that it did. */
  async reporting(run: () => Promise<string>): Promise<string> {
    try {
      return await run();
    } catch (error) {
      if (isJudged(this.verdict.target)) throw error;
      const [line = ""] = String(error).split("\n");
      this.verdict.note(`gave up: ${line}`);
      return `gave up: ${line.slice(0, 80)}`;
    }
  }

  /** The share of the time in which targets were ready to run and others, or the machine's host, had the processor. */
  get disturbedShare(): number {
    return this.#lastedMs === 0 ? 0 : this.#waitedMs / this.#lastedMs;
  }
}

function lostMs(pid: number): number {
  return processorWaitMs(pid) + (stolenMs() || 0);
}

/** `run` gives the cell of the table. */
export async function attempts(
  kind: TargetKind,
  run: (attempt: Attempt) => Promise<string>,
): Promise<Outcome> {
  for (let count = 1; ; count++) {
    const attempt = new Attempt(kind);
    const { verdict } = attempt;
    const summary = await attempt.reporting(() => run(attempt));
    const percent = (attempt.disturbedShare * 100).toFixed(0);
    const isDisturbed = attempt.disturbedShare > DISTURBED_SHARE;
    if (verdict.judgements.some(({ ok }) => !ok) && isDisturbed && count < ATTEMPTS) {
      verdict.note(`made again: other processes had the processor for ${percent} % of the time`);
      continue;
    }
    if (isDisturbed) verdict.note(`disturbed: processor taken for ${percent} % of the time`);
    return verdict.outcome(summary);
  }
}
