// The bench: chooses who is measured in which scenario, measures, prints and writes the result; then the parser's
// micro-bench, alone, so that nothing runs beside it. `--help` says what else it can do.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBenchArguments } from "./bench-arguments.ts";
import { buildPeers } from "./build-peers.ts";
import { commitRatios, ofCheckout, withCheckouts } from "./compare.ts";
import {
  type Chosen,
  type Contender,
  chooseContenders,
  contendersOf,
  versionsOf,
} from "./contenders.ts";
import { GUARD_ROUNDS, guard } from "./guard.ts";
import { AUTOCANNON } from "./load/autocannon.ts";
import { toolFor, toolVersions, whatIsMissing } from "./load-tools.ts";
import { checkedOutCommit, describeMachine, descriptorLimit, pins } from "./machine.ts";
import { NOISE_MOST, noise } from "./noise.ts";
import { Progress } from "./output/progress.ts";
import { updateReadme } from "./output/readme-section.ts";
import { terminalTable } from "./output/terminal-table.ts";
import { writeResult } from "./output/write-result.ts";
import { measureProcesses } from "./processes.ts";
import { ratiosOf } from "./ratios.ts";
import {
  type BenchResult,
  type RatioResult,
  type Row,
  SCHEMA,
  type ScenarioResult,
} from "./result.ts";
import { measureScenario, type Setup } from "./rounds.ts";
import { nodeCommand } from "./runtimes.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { measureStarts } from "./start-time.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const RESULTS = fileURLToPath(new URL("../results", import.meta.url));
/** Start, check and warm-up of a server, and what a round takes besides its seconds; for the time beforehand. */
const WARM_UP_SECONDS = 4;
const ROUND_MORE_SECONDS = 0.5;
const GOAL_ATTEMPTS = 3;
/** Descriptors a process needs besides its connections. */
const SPARE_DESCRIPTORS = 200;

const argv = process.argv.slice(2);
const asked = readBenchArguments(argv, nodeCommand());
process.exitCode = await main();

async function main(): Promise<number> {
  if (process.platform !== "linux") {
    console.log(
      "Processor time of other processes is read from Linux's /proc: servers are left out",
    );
    return runMicroBench();
  }
  const lack = whatIsMissing(asked.load);
  if (lack !== "") {
    console.error(lack);
    return 2;
  }
  if (asked.build) buildPeers(console.log);
  const runtimes = {
    node: asked.node,
    ...(asked.otherNode === undefined ? {} : { otherNode: asked.otherNode }),
  };
  if (asked.guard) return runGuard(chooseContenders(["default"], runtimes));
  const chosen = chooseContenders(asked.peers, runtimes);
  if (asked.compare !== undefined) {
    return withCheckouts(asked.compare, async ([a, b]) => {
      const sockets = chosen.contenders.filter((one) => one.isCanned && one.group !== "native");
      const both = [
        ...ofCheckout(a!, "A", chosen.contenders),
        ...ofCheckout(b!, "B", chosen.contenders),
      ];
      const contenders = [...both, ...sockets];
      await run({ contenders, missing: [] }, runtimes, commitRatios);
      return 0;
    });
  }
  for (const { peer, reason, howToGet } of chosen.missing) {
    console.log(`${peer} is left out: ${reason}. ${howToGet}`);
  }
  await run(chosen, runtimes);
  return asked.micro ? runMicroBench() : 0;
}

async function runGuard({ contenders }: Chosen): Promise<number> {
  const setup: Setup = {
    rounds: GUARD_ROUNDS,
    seconds: 1,
    tool: AUTOCANNON,
    pins: pins(),
    step: () => {},
  };
  return (await guard(contenders, setup, asked.accept)) ? 0 : 1;
}

async function run(
  chosen: Chosen,
  runtimes: Parameters<typeof versionsOf>[0],
  ratios?: (rows: readonly Row[]) => RatioResult[],
): Promise<void> {
  const startedAt = new Date().toISOString();
  const plan = asked.scenarios.map((name) => ({ name, seconds: expectedSeconds(name, chosen) }));
  const allSeconds = plan.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log(
    `${plan.length} scenarios, ${chosen.contenders.length} servers, ${asked.rounds} rounds: about ${Math.ceil(allSeconds / 60)} min`,
  );
  const progress = new Progress(plan);
  const scenarios: ScenarioResult[] = [];
  for (const { name } of plan) {
    progress.begin(name);
    const measured = await measureNamed(
      name,
      chosen.contenders,
      (text) => progress.step(text),
      ratios,
    );
    progress.end(name);
    scenarios.push(measured);
    console.log(terminalTable(measured));
  }
  const result: BenchResult = {
    schema: SCHEMA,
    startedAt,
    finishedAt: new Date().toISOString(),
    command: ["npm run bench --", ...argv.filter((arg) => arg !== "--").map(withoutFolder)].join(
      " ",
    ),
    commit: checkedOutCommit(ROOT),
    machine: describeMachine(),
    versions: { ...versionsOf(runtimes), ...toolVersions(asked.load) },
    rounds: asked.rounds,
    roundSeconds: asked.seconds,
    scenarios,
    missing: chosen.missing,
  };
  const folder = asked.results ?? RESULTS;
  if (folder === "") return;
  const written = writeResult(result, folder);
  console.log(`\nwritten: ${written}`);
  if (asked.readme) updateReadme(join(ROOT, "README.md"), result, written);
}

async function measureNamed(
  name: string,
  contenders: readonly Contender[],
  step: (text: string) => void,
  ratios?: (rows: readonly Row[]) => RatioResult[],
): Promise<ScenarioResult> {
  const { rounds, seconds } = asked;
  const setup = { rounds, seconds, pins: pins(), step };
  if (name === "start") return measureStarts(contenders, { ...setup, tool: AUTOCANNON });
  const scenario = fitted(SCENARIOS.find((one) => one.name === name) ?? SCENARIOS[1]!);
  const tool = toolFor(scenario, asked.load);
  if (name === "processes") return measureProcesses(contenders, { ...setup, tool });
  const isJudged = asked.load === "wrk";
  const those = contendersOf(scenario, contenders);
  let rows = await measureScenario(scenario, those, { ...setup, tool });
  const notes = [...scenario.notes];
  const unable = contenders.filter(({ without }) => without.includes(name));
  if (unable.length > 0) {
    notes.push(
      `Left out, for they cannot do this: ${unable.map(({ title }) => title).join(", ")}.`,
    );
  }
  for (let attempt = 1; asked.goals && noise(rows) > NOISE_MOST; attempt++) {
    if (attempt === GOAL_ATTEMPTS) {
      notes.push(
        `Unresolved: the raw sockets differed by more than ${NOISE_MOST * 100} % in ${attempt} attempts.`,
      );
      break;
    }
    rows = await measureScenario(scenario, those, { ...setup, tool });
  }
  return {
    name,
    title: scenario.title,
    tool: tool.name,
    connections: scenario.connections,
    notes,
    rows,
    ratios: ratios?.(rows) ?? ratiosOf(name, rows, isJudged),
  };
}

/** Where a program lies on this machine helps nobody elsewhere. */
function withoutFolder(arg: string): string {
  return isAbsolute(arg) ? basename(arg) : arg;
}

/** As many connections as the descriptors of a process allow. */
function fitted(scenario: Scenario): Scenario {
  const room = Math.max(1, descriptorLimit() - SPARE_DESCRIPTORS);
  const { connections, idle = 0 } = scenario;
  if (!(connections + idle > room)) return scenario;
  const note = `Descriptors of a process are limited to ${descriptorLimit()} here: fewer connections than in the title.`;
  const notes = [...scenario.notes, note];
  if (scenario.idle === undefined) return { ...scenario, connections: room, notes };
  return { ...scenario, idle: room - connections, notes };
}

function expectedSeconds(name: string, { contenders }: Chosen): number {
  const scenario = SCENARIOS.find((one) => one.name === name);
  const count =
    scenario === undefined ? contenders.length : contendersOf(scenario, contenders).length;
  if (name === "start") return count * asked.rounds * ROUND_MORE_SECONDS;
  return count * (WARM_UP_SECONDS + asked.rounds * (asked.seconds + ROUND_MORE_SECONDS));
}

/** Runs the parser's script of that name as a package manager would. */
function runMicroBench(): number {
  const file = fileURLToPath(import.meta.resolve("@hyperlane-ts/parser/package.json"));
  const script: string | undefined = JSON.parse(readFileSync(file, "utf8")).scripts["bench:micro"];
  if (script === undefined) throw new Error(`${file} has no script bench:micro`);
  console.log("\nthe parser alone");
  const cwd = join(file, "..");
  const bins = [join(cwd, "node_modules/.bin"), process.env["PATH"] ?? ""];
  const env = { ...process.env, PATH: bins.join(delimiter) };
  const { status } = spawnSync(script, { cwd, env, shell: true, stdio: "inherit" });
  return status ?? 1;
}
