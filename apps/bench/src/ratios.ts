// Which rows are compared with which, and how far ours may be above: the goals of the project. Ratios of processor time
// per request, each taken within its round. Numbers in, numbers out.

import type { RatioResult, Row } from "./result.ts";

interface Goal {
  readonly of: string;
  readonly to: readonly string[];
  /** By scenario; a scenario without one has the ratio without a goal. */
  readonly goals: Readonly<Record<string, number>>;
}

const NODE_SOCKET = ["node-net", "node-net-again"];
const BUN_SOCKET = ["bun-listen", "bun-listen-again"];

const RATIOS: readonly Goal[] = [
  { of: "ours-node", to: NODE_SOCKET, goals: { "keep-alive": 1.08, "new-connection": 1.08 } },
  { of: "ours-node", to: ["node-http"], goals: { "keep-alive": 0.75, pipelined: 0.12 } },
  { of: "ours-node", to: ["tokio"], goals: { "keep-alive": 1.4, "new-connection": 1.15 } },
  { of: "ours-node", to: ["go"], goals: { "keep-alive": 0.8 } },
  { of: "ours-bun", to: BUN_SOCKET, goals: { "keep-alive": 1.08, "new-connection": 1.08 } },
  { of: "ours-bun", to: ["bun-serve"], goals: { "keep-alive": 0.7, pipelined: 0.14 } },
  { of: "ours-bun", to: ["tokio"], goals: { "keep-alive": 1.08, "new-connection": 0.85 } },
  { of: "ours-bun", to: ["go"], goals: { "keep-alive": 0.6 } },
  { of: "ours-node-log", to: ["ours-node"], goals: { logging: 1.15 } },
  { of: "ours-bun-log", to: ["ours-bun"], goals: { logging: 1.15 } },
  { of: "node-net-again", to: ["node-net"], goals: {} },
  { of: "bun-listen-again", to: ["bun-listen"], goals: {} },
];

/** All ratios whose rows are there. `isJudged`: the load is one that a goal counts with. */
export function ratiosOf(scenario: string, rows: readonly Row[], isJudged: boolean): RatioResult[] {
  const results: RatioResult[] = [];
  for (const { of, to, goals } of RATIOS) {
    const own = rows.find((row) => row.peer === of);
    const others = to.flatMap((name) => rows.filter((row) => row.peer === name));
    if (own === undefined || others.length < to.length) continue;
    const perRound = ratioPerRound(own, others);
    if (perRound.length === 0) continue;
    const goal = isJudged ? goals[scenario] : undefined;
    results.push({ of, to, perRound, ...(goal === undefined ? {} : { goal }) });
  }
  return results;
}

/** The processor time of a row by the mean of the others', round by round, where all have one. */
export function ratioPerRound(own: Row, others: readonly Row[]): number[] {
  return own.rounds.flatMap(({ cpuUsPerRequest }, round) => {
    const them = others.map((row) => row.rounds[round]?.cpuUsPerRequest ?? Number.NaN);
    const ratio = cpuUsPerRequest / (them.reduce((sum, us) => sum + us, 0) / them.length);
    return Number.isFinite(ratio) ? [ratio] : [];
  });
}
