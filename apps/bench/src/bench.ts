// Processor time of the server per request: ours beside raw sockets and the runtimes' own servers, under three manners of
// load; then the parser's micro-bench, alone, so that nothing runs beside it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.ts";
import { CONTENDERS, RATIOS } from "./contenders.ts";
import { CONNECTIONS, loadTool, type Manner, PIPELINED } from "./load.ts";
import { printRatios, printSeries } from "./report.ts";
import { measure, type Setup } from "./rounds.ts";
import { bunCommand, nodeCommand, toolOnPath } from "./runtimes.ts";

const TITLES: Readonly<Record<Manner, string>> = {
  "keep-alive": `${CONNECTIONS} connections, kept`,
  pipelined: `${CONNECTIONS} connections, kept, ${PIPELINED} requests pipelined`,
  connection: `a new connection for each request, ${CONNECTIONS} at a time`,
};

const MANNERS = Object.keys(TITLES) as Manner[];
const PARTS = ["all", ...MANNERS, "micro"];

const asked = readArguments({ rounds: 3, seconds: 1, node: nodeCommand(), only: "all" });
if (!PARTS.includes(asked.only)) {
  console.error(`--only must be one of ${PARTS.join(", ")}, got ${asked.only}`);
  process.exit(2);
}
const isAsked = (part: string): boolean => asked.only === "all" || asked.only === part;
const commands = { node: asked.node, bun: bunCommand() };
const canPin = availableParallelism() > 1 && toolOnPath("taskset") !== undefined;
const setup: Setup = {
  rounds: asked.rounds,
  seconds: asked.seconds,
  commands,
  pinServer: canPin ? ["taskset", "-c", "0"] : [],
  pinLoad: canPin ? ["taskset", "-c", "1"] : [],
};

if (process.platform === "linux") {
  printMachine();
  for (const manner of MANNERS.filter(isAsked)) {
    const all = await measure(CONTENDERS, manner, setup);
    printSeries(`${TITLES[manner]}, by ${loadTool(manner)}`, all);
    printRatios(RATIOS, all);
  }
} else {
  console.log("Processor time of another process is read from Linux's /proc: servers are left out");
}
if (isAsked("micro")) runMicroBench();

function printMachine(): void {
  const { rounds, seconds } = setup;
  const date = new Date().toISOString().slice(0, 10);
  console.log(
    `${date}, ${cpus()[0]?.model}, ${availableParallelism()} processors, Linux ${release()}`,
  );
  console.log(`Node ${versionOf(commands.node)}, Bun ${versionOf(commands.bun)}`);
  console.log(`rounds of ${seconds} s in shuffled order, behind a warm-up: ${rounds}`);
  console.log(
    canPin ? "server on processor 0, load on processor 1" : "server and load share processors",
  );
  if (MANNERS.some((manner) => loadTool(manner) === "autocannon")) {
    console.log(
      "wrk or ab is missing: autocannon is the slower side there, its figures rank nothing",
    );
  }
}

function versionOf(command: string): string {
  return spawnSync(command, ["--version"], { encoding: "utf8" }).stdout.trim().replace("v", "");
}

/** Runs the parser's script of that name as a package manager would. */
function runMicroBench(): void {
  const file = fileURLToPath(import.meta.resolve("@hyperlane-ts/parser/package.json"));
  const script: string | undefined = JSON.parse(readFileSync(file, "utf8")).scripts["bench:micro"];
  if (script === undefined) throw new Error(`${file} has no script bench:micro`);
  console.log("\nthe parser alone");
  const cwd = join(file, "..");
  const bins = [join(cwd, "node_modules/.bin"), process.env["PATH"] ?? ""];
  const env = { ...process.env, PATH: bins.join(delimiter) };
  const { status } = spawnSync(script, { cwd, env, shell: true, stdio: "inherit" });
  process.exitCode = status ?? 1;
}
