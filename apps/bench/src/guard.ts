// A check against slow drift: the processor time of a request on our servers by that on the raw socket of the same runtime,
// in the same rounds, beside what guard.json has for the same processor. Wall time plays no part. A machine that is busy can
// only make one attempt fail; all have to.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contenders.ts";
import { describeMachine } from "./machine.ts";
import { ratioPerRound } from "./ratios.ts";
import { measureScenario, type Setup } from "./rounds.ts";
import { SCENARIOS } from "./scenarios.ts";
import { median } from "./statistics.ts";

/** Median ratios by scenario and server. */
export type Guarded = Record<string, Record<string, number>>;

export const GUARD_ROUNDS = 9;
const MARGIN = 0.15;
const ATTEMPTS = 3;
const SCENARIO_NAMES = ["keep-alive", "pipelined"];
const PAIRS = [
  ["ours-node", "node-net"],
  ["ours-bun", "bun-listen"],
] as const;
const FILE: string = fileURLToPath(new URL("../guard.json", import.meta.url));

/**
 * Resolves with whether no ratio is above what was recorded by more than the margin. What a socket costs beside JavaScript
 * differs between processors: on one that nothing was recorded for, ratios are shown and not judged.
 */
export async function guard(
  all: readonly Contender[],
  setup: Setup,
  accept: boolean,
): Promise<boolean> {
  const names: readonly string[] = PAIRS.flat();
  const contenders = all.filter(({ name }) => names.includes(name));
  const { processor } = describeMachine();
  const byProcessor: Record<string, Guarded> = existsSync(FILE)
    ? JSON.parse(readFileSync(FILE, "utf8"))
    : {};
  if (accept) {
    const measured = await measureRatios(contenders, setup);
    writeFileSync(FILE, `${JSON.stringify({ ...byProcessor, [processor]: measured }, null, 2)}\n`);
    console.log(`recorded for ${processor} in ${FILE}\n${text(measured)}`);
    return true;
  }
  const recorded = byProcessor[processor];
  if (recorded === undefined) {
    const measured = await measureRatios(contenders, setup);
    console.log(
      `guard: nothing is recorded for ${processor}, so nothing is judged\n${text(measured)}`,
    );
    return true;
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const measured = await measureRatios(contenders, setup);
    const above = breaches(measured, recorded);
    console.log(`guard, attempt ${attempt} of ${ATTEMPTS}\n${text(measured, recorded)}`);
    if (above.length === 0) return true;
    console.log(`above the recorded ratio by more than ${MARGIN * 100} %: ${above.join("; ")}`);
  }
  return false;
}

/** What is above its recorded ratio by more than the margin, or was not measured. */
export function breaches(measured: Guarded, recorded: Guarded): string[] {
  return Object.entries(recorded).flatMap(([scenario, servers]) =>
    Object.entries(servers).flatMap(([server, ratio]) => {
      const now = measured[scenario]?.[server] ?? Number.NaN;
      return now <= ratio * (1 + MARGIN) ? [] : [`${server}, ${scenario}`];
    }),
  );
}

async function measureRatios(contenders: readonly Contender[], setup: Setup): Promise<Guarded> {
  const measured: Guarded = {};
  for (const scenario of SCENARIOS.filter(({ name }) => SCENARIO_NAMES.includes(name))) {
    const rows = await measureScenario(scenario, contenders, setup);
    const servers: Record<string, number> = {};
    measured[scenario.name] = servers;
    for (const [ours, socket] of PAIRS) {
      const own = rows.find(({ peer }) => peer === ours);
      const other = rows.find(({ peer }) => peer === socket);
      if (own?.error !== undefined) console.log(`${ours}: ${own.error}`);
      if (own === undefined || other === undefined) continue;
      servers[ours] = Number(median(ratioPerRound(own, [other])).toFixed(3));
    }
  }
  return measured;
}

function text(measured: Guarded, recorded: Guarded = {}): string {
  const lines = Object.entries(measured).flatMap(([scenario, servers]) =>
    Object.entries(servers).map(([server, ratio]) => {
      const before = recorded[scenario]?.[server];
      const beside = before === undefined ? "" : `, recorded ${before.toFixed(2)}`;
      return `  ${server}, ${scenario}: ${ratio.toFixed(2)} times the raw socket${beside}`;
    }),
  );
  return lines.join("\n");
}
