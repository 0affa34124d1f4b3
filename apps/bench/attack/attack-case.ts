// What an attack is to the program that runs it: types, and which servers are judged. Knows no attack and no server.

/** A server under attack: ours on the two runtimes, and the runtimes' own with their defaults. */
export type TargetKind = "node" | "bun" | "node-http" | "bun-serve";

/** One thing that was measured and what it had to be. */
export interface Judgement {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly ok: boolean;
}

export interface Outcome {
  readonly judgements: readonly Judgement[];
  /** What became of the attack, in a few words: a cell of the table. */
  readonly summary: string;
}

export interface AttackOptions {
  /** How long an attack goes on that has no length of its own. */
  readonly seconds: number;
  readonly soakMinutes: number;
}

export interface AttackCase {
  /** As given to `--only`. */
  readonly name: string;
  /** One line. */
  readonly says: string;
  /** Runs only when named: a part of another attack. */
  readonly onlyWhenNamed?: boolean;
  /** Rejects when the attack could not be made; what the server did wrong is a judgement. */
  run(target: TargetKind, options: AttackOptions): Promise<Outcome>;
}

/** The runtimes' own servers are reported, not judged. */
export function isJudged(target: TargetKind): boolean {
  return target === "node" || target === "bun";
}
