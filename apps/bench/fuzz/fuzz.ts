// The program: plays mutated requests to targets on Node and on Bun at the same time and says what breaks an invariant.
// Arguments: --seed N (repeats a run's cases), --seconds 60, --target node|bun|both, --case N (plays that one case only).

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FAULTS } from "@hyperlane-ts/parser";
import { readArguments } from "../src/arguments.ts";
import { makeCase } from "./cases.ts";
import { readSeeds } from "./corpus.ts";
import { explain } from "./explain.ts";
import { impossible, leftOver } from "./judge-totals.ts";
import { playCase, quiet, Session } from "./session.ts";
import { type RuntimeName, TargetProcess } from "./target-process.ts";

const args = readArguments({
  seed: 1 + Math.floor(Math.random() * 0x7fff_ffff),
  seconds: 60,
  target: "both",
  case: "",
});
const PROGRESS_MS = 10_000;
const FINDINGS_MAX = 3;
/** How long the target may take to end by itself once its servers are closed. */
const EXIT_MS = 5000;

function runtimesOf(asked: string): RuntimeName[] {
  if (asked === "both") return ["node", "bun"];
  if (asked === "node" || asked === "bun") return [asked];
  console.error(`--target is node, bun or both, got ${asked}`);
  process.exit(2);
}

const seeds = readSeeds();

/** Fuzzes one runtime; gives what was found, written out. */
async function fuzz(runtime: RuntimeName): Promise<string[]> {
  const target = await TargetProcess.start(runtime);
  const session = new Session(target, {
    seed: args.seed,
    seeds,
    findingsMax: FINDINGS_MAX,
    onFound: (text) => console.log(`${runtime}: found ${firstLine(text)}`),
  });
  const { tally, findings } = session;
  const startMs = performance.now();
  const told = (): string => {
    const seconds = Math.round((performance.now() - startMs) / 1000);
    return `${runtime}: ${seconds} s, ${tally.cases} cases, ${tally.connections} connections, ${tally.answers} answers, ${findings.length} findings`;
  };
  const progress = setInterval(() => console.log(told()), PROGRESS_MS);
  await session.run(startMs + args.seconds * 1000);
  clearInterval(progress);
  console.log(`${told()}; ${await reached(target)}`);
  const left = target.hasEnded ? [] : await closeOf(target);
  const texts = await Promise.all(findings.map((finding) => explain(runtime, args.seed, finding)));
  return [...texts, ...left].map((text) => `${runtime}: ${text}`);
}

/** How far the inputs reached: faults that were not met, and why connections were closed. */
async function reached(target: TargetProcess): Promise<string> {
  const faults = new Set<string>(FAULTS.slice(1).map(({ code }) => code));
  const closes = new Set<string>();
  for (const { stats } of await target.totals()) {
    for (const code of Object.keys(stats.faults)) faults.delete(code);
    for (const reason of Object.keys(stats.closes)) closes.add(reason);
  }
  return `closed for ${[...closes].sort().join(" ")}; faults not met: ${[...faults].join(" ") || "none"}`;
}

/** Clients that are in the middle of something when the servers close. */
const LAST_CASES = 40;

/** The servers close under way, and the process ends by itself; tells what they do instead. */
async function closeOf(target: TargetProcess): Promise<string[]> {
  for (let index = 0; index < LAST_CASES; index++) {
    // What they are answered is the draining's business; nobody may be left behind.
    void playCase(target, makeCase(args.seed, index, seeds));
  }
  await new Promise((resolve) => setTimeout(resolve, 30));
  const totals = await target.close();
  const timer = setTimeout(() => target.kill(), EXIT_MS);
  const how = await target.ended;
  clearTimeout(timer);
  const found = [...totals.flatMap(impossible), ...totals.flatMap(leftOver), ...target.violations];
  if (!how.startsWith("code 0,")) found.push(`C15: the closed target does not end: ${how}`);
  return found.map((text) => `${text}, while the servers closed`);
}

/** One case, and all that is known about it. */
async function playOne(runtime: RuntimeName, index: number): Promise<string[]> {
  const target = await TargetProcess.start(runtime);
  const one = makeCase(args.seed, index, seeds);
  console.log(runtime, one);
  const found = [...(await playCase(target, one)), ...(await quiet(target))];
  target.kill();
  return found.map((text) => `${runtime}: ${text}`);
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.slice(0, 300);
}

/** One test per runtime, for whoever counts them. */
function writeResult(runtimes: readonly RuntimeName[], texts: readonly string[]): void {
  const failed = runtimes.filter((runtime) => texts.some((text) => text.startsWith(`${runtime}:`)));
  const folder = new URL("../.results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    fileURLToPath(new URL("fuzz.xml", folder)),
    `<testsuites name="fuzz" tests="${runtimes.length}" failures="${failed.length}"></testsuites>\n`,
  );
}

if (process.platform !== "linux") {
  console.log("fuzz: skipped, its clients need Linux, where all of 127.0.0.0/8 is the loopback");
  process.exit(0);
}
const runtimes = runtimesOf(args.target);
console.log(
  `fuzz: seed ${args.seed}, ${args.seconds} s, ${seeds.length} seeds, on ${runtimes.join(" and ")}`,
);
const texts =
  args.case === ""
    ? (await Promise.all(runtimes.map(fuzz))).flat()
    : (await Promise.all(runtimes.map((runtime) => playOne(runtime, Number(args.case))))).flat();
if (args.case === "") writeResult(runtimes, texts);
for (const text of texts) console.log(`\n== finding, seed ${args.seed}\n${text}`);
console.log(
  texts.length === 0
    ? `fuzz: nothing found, seed ${args.seed}`
    : `fuzz: ${texts.length} findings, seed ${args.seed}`,
);
process.exit(texts.length === 0 ? 0 : 1);
