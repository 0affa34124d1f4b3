// From a finding to a case somebody can work with: finds the one case that causes it, makes it small, writes it down. Plays
// to fresh targets only, because the one that showed the finding may be broken by it.

import type { FuzzCase } from "./cases.ts";
import { minimize } from "./minimize.ts";
import { play } from "./play.ts";
import { type Finding, playCase, quiet, signatureOf } from "./session.ts";
import { type RuntimeName, TargetProcess } from "./target-process.ts";
import { escaped, transcriptOf } from "./wire-text.ts";

/** What is spent on one finding. */
const EXPLAIN_MS = 60_000;
/** What depends on timing does not fail each time. */
const TRIES = 6;
const AT_A_TIME = 64;

/** The text to print. Says so when no single case gives the finding again. */
export async function explain(
  runtime: RuntimeName,
  seed: number,
  { text, suspects }: Finding,
): Promise<string> {
  const dueMs = performance.now() + EXPLAIN_MS;
  const bench = new Bench(runtime, signatureOf(text));
  try {
    const culprit = await bench.culprit(suspects, dueMs);
    if (culprit === undefined) {
      const shown = suspects.length === 1 ? described(suspects[0]!, seed, runtime) : "";
      return `${text}\n; did not happen again with any of ${suspects.length} cases of seed ${seed}\n${shown}`;
    }
    const small = await minimize(culprit, (smaller) => bench.fails([smaller], TRIES), dueMs);
    const lines = [
      text,
      described(culprit, seed, runtime),
      "",
      "Made small, as a transcript whose expectations are what came and not what should:",
      "",
      transcriptOf(small, signatureOf(text), await bench.answers(small)),
    ];
    return lines.join("\n");
  } finally {
    bench.end();
  }
}

function described(one: FuzzCase, seed: number, runtime: RuntimeName): string {
  const { index, kind, profile, cuts, cut, sendsOn, holdMs, input } = one;
  const manner = JSON.stringify({ kind, profile, cut, sendsOn, holdMs, cuts: cuts.length });
  return [
    `; again: npm run fuzz -- --target ${runtime} --seed ${seed} --case ${index}`,
    `; seed ${seed}, case ${index}, ${manner}`,
    `; input: ${escaped(input).slice(0, 2000)}`,
  ].join("\n");
}

/** Plays cases again, each time to a target that has nothing wrong with it yet. */
class Bench {
  readonly #runtime: RuntimeName;
  readonly #signature: string;
  #target: TargetProcess | undefined;

  constructor(runtime: RuntimeName, signature: string) {
    this.#runtime = runtime;
    this.#signature = signature;
  }

  end(): void {
    this.#target?.kill();
    this.#target = undefined;
  }

  /** The one of these cases that gives the finding by itself. */
  async culprit(suspects: readonly FuzzCase[], dueMs: number): Promise<FuzzCase | undefined> {
    let group = suspects;
    while (group.length > 1 && performance.now() < dueMs) {
      const middle = group.length >> 1;
      const half = group.slice(middle);
      group = (await this.fails(half, 1)) ? half : group.slice(0, middle);
    }
    const [one] = group;
    if (one === undefined || group.length > 1) return undefined;
    return (await this.fails([one], TRIES * 4)) ? one : undefined;
  }

  /** Reports whether the finding comes again within so many tries. */
  async fails(cases: readonly FuzzCase[], tries: number): Promise<boolean> {
    for (let i = 0; i < tries; i++) {
      const target = await this.#fresh();
      const found: string[] = [];
      const rest = cases.values();
      const work = async (): Promise<void> => {
        for (const one of rest) found.push(...(await playCase(target, one)));
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, work));
      const left = await quiet(target);
      // What is left behind once stays: the next try needs another process.
      if (left.length > 0) this.end();
      if ([...found, ...left].some((text) => signatureOf(text) === this.#signature)) return true;
    }
    return false;
  }

  /** What the server sends, by the way the case is played. */
  async answers(one: FuzzCase): Promise<Record<string, string>> {
    const { cuts, cut } = one;
    const target = await this.#fresh();
    const inPieces = (await play(target, one, { cuts, cut })).received;
    if (one.kind !== "split") return { "in these pieces": inPieces };
    const whole = (await play(target, one, { cuts: [], cut })).received;
    return { whole, "in these pieces": inPieces };
  }

  async #fresh(): Promise<TargetProcess> {
    if (this.#target === undefined || this.#target.hasEnded) {
      this.#target = await TargetProcess.start(this.#runtime);
    }
    return this.#target;
  }
}
