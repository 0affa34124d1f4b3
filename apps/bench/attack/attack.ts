// The program behind `pnpm turbo attack`: runs each attack against each target, one after the other, prints what was
// judged as it comes and a table at the end. Ends with code 1 when a judgement failed. Knows no attack by name.

import { readArguments } from "../src/arguments.ts";
import type { AttackCase, Outcome, TargetKind } from "./attack-case.ts";
import { ATTACKS } from "./attacks/index.ts";
import { killGoodTraffic } from "./good-traffic.ts";
import { killTargets, pinClients, takeUnhandled } from "./target.ts";
import { Verdict } from "./verdict.ts";

const KINDS: readonly TargetKind[] = ["node", "bun", "node-http", "bun-serve"];

const isList = takeFlag("--list");
const isMarkdown = takeFlag("--markdown");
const args = readArguments({ only: "", targets: "node,bun", seconds: 10, "soak-minutes": 10 });
const options = { seconds: args.seconds, soakMinutes: args["soak-minutes"] };
const attacks = chosen();
const targets = chosenTargets();

if (isList) {
  for (const { name, says, onlyWhenNamed } of ATTACKS) {
    console.log(`${name.padEnd(24)}${says}${onlyWhenNamed ? " (only when named)" : ""}`);
  }
} else {
  await pinClients();
  const results: Result[] = [];
  for (const attack of attacks) results.push(await runAll(attack));
  printTable(results);
  // An attack that was broken off leaves timers and connections behind.
  process.exit(results.some(({ isBroken }) => isBroken) ? 1 : 0);
}

interface Result {
  readonly name: string;
  readonly cells: readonly string[];
  readonly isBroken: boolean;
}

/** One attack against all targets. */
async function runAll(attack: AttackCase): Promise<Result> {
  console.log(`\n${attack.name}: ${attack.says}`);
  const cells: string[] = [];
  let isBroken = false;
  for (const target of targets) {
    const { summary, judgements } = await runOne(attack, target);
    const failed = judgements.filter(({ ok }) => !ok).length;
    isBroken ||= failed > 0;
    cells.push(failed === 0 ? summary : `${failed} of ${judgements.length} FAILED; ${summary}`);
  }
  return { name: attack.name, cells, isBroken };
}

/** An attack that could not be made counts as failed, also against a server that is not judged. */
async function runOne(attack: AttackCase, target: TargetKind): Promise<Outcome> {
  const startMs = performance.now();
  let outcome: Outcome;
  try {
    outcome = await attack.run(target, options);
  } catch (error) {
    console.error(error);
    const measured = String(error);
    const failed = { what: "the attack could be made", limit: "yes", measured, ok: false };
    outcome = { judgements: [failed], summary: measured.slice(0, 80) };
  }
  killGoodTraffic();
  await killTargets();
  const verdict = new Verdict(target);
  const unhandled = takeUnhandled();
  if (unhandled.length > 0) {
    verdict.judge("unhandled errors", "0", `${unhandled.length}: ${unhandled[0]}`, false);
  }
  verdict.note(`${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return { ...outcome, judgements: [...outcome.judgements, ...verdict.judgements] };
}

function printTable(results: readonly Result[]): void {
  console.log("");
  if (isMarkdown) {
    console.log(`| attack | ${targets.join(" | ")} |`);
    console.log(`|---|${targets.map(() => "---|").join("")}`);
    for (const { name, cells } of results) console.log(`| ${name} | ${cells.join(" | ")} |`);
    return;
  }
  for (const { name, cells } of results) {
    for (const [i, cell] of cells.entries()) {
      console.log(`${(i === 0 ? name : "").padEnd(24)}${targets[i]!.padEnd(11)}${cell}`);
    }
  }
}

function chosen(): readonly AttackCase[] {
  if (args.only === "") return ATTACKS.filter(({ onlyWhenNamed }) => onlyWhenNamed !== true);
  return args.only.split(",").map((name) => {
    const attack = ATTACKS.find((one) => one.name === name);
    return attack ?? refuse(`there is no attack "${name}"; --list names them`);
  });
}

function chosenTargets(): readonly TargetKind[] {
  return args.targets.split(",").map((name) => {
    const kind = KINDS.find((one) => one === name);
    return kind ?? refuse(`there is no target "${name}", only ${KINDS.join(", ")}`);
  });
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

/** Takes a flag out of the arguments: those that are left have values. */
function takeFlag(name: string): boolean {
  const at = process.argv.indexOf(name);
  if (at !== -1) process.argv.splice(at, 1);
  return at !== -1;
}
