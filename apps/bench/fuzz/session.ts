// Plays cases to one target, many at a time, and looks at its totals in between. Ends at its time, at its number of cases,
// or when enough was found. Knows nothing of how a finding is made small.

import { type FuzzCase, makeCase } from "./cases.ts";
import { difference } from "./compare.ts";
import { judgeRun, type Reading, readRun } from "./judge.ts";
import { impossible, leftOver } from "./judge-totals.ts";
import { play } from "./play.ts";
import type { TargetProcess } from "./target-process.ts";
import { escaped } from "./wire-text.ts";

/** Cases that are under way at a time: most of a case's time is waiting. */
const AT_A_TIME = 64;
/** How often all clients go and every gauge has to come back to 0: soon for the first time, then more rarely. */
const FIRST_BARRIER_MS = 3000;
const BARRIER_MS = 15_000;
/** How long that may take: longer than any linger. */
const QUIET_MS = 6000;
/** Those that may have ended the target: all that were under way, and some before. */
const LAST_CASES = 4 * AT_A_TIME;
const RECEIVED_SHOWN = 3000;

export interface SessionOptions {
  readonly seed: number;
  /** What inputs are made from. */
  readonly seeds: readonly string[];
  /** So many findings end the session. */
  readonly findingsMax: number;
  /** Hears of each finding at once. */
  readonly onFound?: (text: string) => void;
}

export interface Finding {
  readonly text: string;
  /** Cases that may be the cause: one, or all that were played when it was noticed. */
  readonly suspects: readonly FuzzCase[];
}

export interface Tally {
  cases: number;
  connections: number;
  answers: number;
}

/** What a finding is about, without what differs from case to case. */
export function signatureOf(finding: string): string {
  const [, row = "", rest = ""] = /^(\w+: )(.*)/.exec(finding) ?? ["", "", finding];
  const general = rest.replace(/["[{].*|, (?:from|profile) .*/, "").replace(/\d+/g, "N");
  return row + general.slice(0, 60).trimEnd();
}

/** Plays one case as its kind asks for; gives what is wrong. */
export async function playCase(
  target: TargetProcess,
  one: FuzzCase,
  tally?: Tally,
): Promise<string[]> {
  const { cuts, cut } = one;
  const runs =
    one.kind === "split"
      ? [
          { cuts: [], cut },
          { cuts, cut },
        ]
      : [{ cuts, cut }];
  const readings = await Promise.all(
    runs.map(async (run): Promise<Reading> => readRun(one, await play(target, one, run))),
  );
  if (tally !== undefined) {
    tally.cases++;
    tally.connections += runs.length;
    for (const { answers } of readings) tally.answers += answers.finals.length;
  }
  const found = readings.flatMap((reading) => judgeRun(one, reading));
  const [whole, split] = readings;
  if (whole !== undefined && split !== undefined) {
    const differs = difference(whole, split);
    if (differs !== undefined) found.push(differs);
  }
  const received = readings.map(({ played }, i) => {
    return `\n; received, run ${i + 1}: ${escaped(played.received).slice(0, RECEIVED_SHOWN)}`;
  });
  return found.map((text) => text + received.join(""));
}

/** Waits until nothing is open; gives what stays, and what the target found by itself. */
export async function quiet(target: TargetProcess): Promise<string[]> {
  const dueMs = performance.now() + QUIET_MS;
  for (;;) {
    const totals = await target.totals();
    if (target.hasEnded) return [await endedText(target)];
    const found = [...totals.flatMap(impossible), ...target.violations.splice(0)];
    if (found.length > 0) return found;
    const left = totals.flatMap(leftOver);
    if (left.length === 0 || performance.now() > dueMs) return [...left, ...(await target.sweep())];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function endedText(target: TargetProcess): Promise<string> {
  return target.violations.shift() ?? `C15: the target process has ended: ${await target.ended}`;
}

export class Session {
  readonly tally: Tally = { cases: 0, connections: 0, answers: 0 };
  readonly findings: Finding[] = [];
  readonly #target: TargetProcess;
  readonly #options: SessionOptions;
  readonly #signatures: Set<string> = new Set();
  /** Cases since everything was last seen to be in order. */
  #played: FuzzCase[] = [];
  #next = 0;
  #stop: () => void = () => {};

  constructor(target: TargetProcess, options: SessionOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Resolves at `endMs` (of `performance.now()`) when all is over, or as soon as enough was found. */
  async run(endMs: number): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    let barrierMs = FIRST_BARRIER_MS;
    while (performance.now() < endMs && !this.#isEnough) {
      const untilMs = Math.min(endMs, performance.now() + barrierMs);
      barrierMs = BARRIER_MS;
      const work = Array.from({ length: AT_A_TIME }, () => this.#work(untilMs));
      // Cases that hang need not be waited for then.
      await Promise.race([Promise.all(work), enough]);
      if (this.#isEnough) break;
      const left = await quiet(this.#target);
      // What a case left behind shows in the totals too.
      if (this.findings.length === 0) for (const text of left) this.#found(text, this.#played);
      this.#played = [];
    }
    if (this.#target.hasEnded) {
      this.#found(await endedText(this.#target), this.#played.slice(-LAST_CASES));
    }
  }

  get #isEnough(): boolean {
    return this.findings.length >= this.#options.findingsMax || this.#target.hasEnded;
  }

  async #work(untilMs: number): Promise<void> {
    while (performance.now() < untilMs && !this.#isEnough) {
      const { seed, seeds } = this.#options;
      const one = makeCase(seed, this.#next++, seeds);
      this.#played.push(one);
      const found = await playCase(this.#target, one, this.tally);
      if (this.#target.hasEnded) return;
      if (found[0] !== undefined) this.#found(found[0], [one]);
      if (this.tally.cases % 100 === 0) await this.#look();
    }
  }

  /** Between barriers: what can be told at any moment. */
  async #look(): Promise<void> {
    const wrong = (await this.#target.totals()).flatMap(impossible);
    for (const text of [...wrong, ...this.#target.violations.splice(0)]) {
      this.#found(text, this.#played);
    }
  }

  #found(text: string, suspects: readonly FuzzCase[]): void {
    const signature = signatureOf(text);
    if (this.#signatures.has(signature)) return;
    this.#signatures.add(signature);
    this.findings.push({ text, suspects: [...suspects] });
    this.#options.onFound?.(text);
    if (this.#isEnough) this.#stop();
  }
}
