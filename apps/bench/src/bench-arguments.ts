// Reads the arguments of the bench. Wrong ones end the program with what is allowed; nothing has been started then.

import { parseArgs } from "node:util";
import { peerNames } from "./contenders.ts";
import { SCENARIOS } from "./scenarios.ts";

export type LoadChoice = "autocannon" | "wrk";

export interface BenchArguments {
  readonly peers: readonly string[];
  readonly scenarios: readonly string[];
  readonly load: LoadChoice;
  readonly rounds: number;
  readonly seconds: number;
  readonly node: string;
  readonly otherNode: string | undefined;
  readonly build: boolean;
  readonly micro: boolean;
  readonly goals: boolean;
  readonly guard: boolean;
  /** Accept what the guard measures as its new base. */
  readonly accept: boolean;
  /** Two commits of this repository. */
  readonly compare: readonly [string, string] | undefined;
  readonly readme: boolean;
  /** Where results go; "" for nowhere. */
  readonly results: string | undefined;
}

const USAGE = `npm run bench -- [options]

what is measured
  --peers NAMES      default, npm, native, all, or names, with commas between
  --scenarios NAMES  default, all, or names, with commas between
  --all              every peer in every scenario
  --build            first build the native peers whose toolchain is there
  --node PATH        the Node that servers run on
  --other-node PATH  rows of ours, the raw socket and node:http on another Node beside
  --no-micro         leave out the parser's micro-bench
how
  --load TOOL        autocannon (default), or wrk: wrk, and ab for new connections
  --rounds N         rounds, in a new random order each (5)
  --seconds N        seconds of a round, a whole number (1)
what for
  --goals            judge the project's goals: wrk and ab, 9 rounds, repeated while raw sockets disagree
  --guard            compare with the recorded ratios to the raw sockets; fails above them by 15 %
  --guard --accept   record them
  --compare A B      two commits of this repository in interleaved rounds
  --results FOLDER   where results go (apps/bench/results); "" for nowhere
  --readme           write the README's section from the result`;

const GOAL_PEERS = "ours-node,node-net,node-http,ours-bun,bun-listen,bun-serve,tokio,go".split(",");
const GOAL_SCENARIOS = ["keep-alive", "pipelined", "new-connection"];
const GOAL_ROUNDS = 9;

/** Special scenarios that are no load on one process of each server. */
const OTHER_SCENARIOS: readonly string[] = ["start", "processes"];

export function readBenchArguments(argv: readonly string[], node: string): BenchArguments {
  try {
    return read(argv, node);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function read(argv: readonly string[], node: string): BenchArguments {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    // A package manager hands over the "--" that was meant for itself.
    args: argv.filter((arg, at) => at > 0 || arg !== "--"),
    allowPositionals: true,
    options: {
      peers: text,
      scenarios: text,
      all: flag,
      build: flag,
      node: text,
      "other-node": text,
      "no-micro": flag,
      load: text,
      rounds: text,
      seconds: text,
      goals: flag,
      guard: flag,
      accept: flag,
      compare: text,
      results: text,
      readme: flag,
      help: flag,
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const isMore = values.compare === undefined ? 0 : 1;
  if (positionals.length !== isMore) {
    throw new RangeError(
      isMore === 1
        ? "--compare takes two commits"
        : `unknown argument ${positionals[0]}: options begin with --`,
    );
  }
  const { goals } = values;
  const peers = values.all ? ["all"] : goals ? GOAL_PEERS : ["default"];
  const scenarios = values.all ? ["all"] : goals ? GOAL_SCENARIOS : ["default"];
  return {
    peers: names("peers", values.peers, peers, peerNames()),
    scenarios: scenarioNames(values.scenarios, scenarios),
    load: oneOf("load", values.load ?? (goals ? "wrk" : "autocannon"), ["autocannon", "wrk"]),
    rounds: whole("rounds", values.rounds, goals ? GOAL_ROUNDS : 5),
    seconds: whole("seconds", values.seconds, 1),
    node: values.node ?? node,
    otherNode: values["other-node"],
    build: values.build,
    micro: !values["no-micro"] && !goals && values.scenarios === undefined,
    goals,
    guard: values.guard,
    accept: values.accept,
    compare: values.compare === undefined ? undefined : [values.compare, positionals[0]!],
    readme: values.readme,
    results: values.results,
  };
}

function scenarioNames(text: string | undefined, otherwise: readonly string[]): string[] {
  const all = [...SCENARIOS.map(({ name }) => name), ...OTHER_SCENARIOS];
  const asked = names("scenarios", text, otherwise, ["default", "all", ...all]);
  if (asked.includes("all")) return all;
  const isDefault = (name: string): boolean =>
    asked.includes("default") &&
    SCENARIOS.some((scenario) => scenario.name === name && scenario.isDefault === true);
  return all.filter((name) => asked.includes(name) || isDefault(name));
}

function names(
  option: string,
  text: string | undefined,
  otherwise: readonly string[],
  allowed: readonly string[],
): string[] {
  const asked = text === undefined ? [...otherwise] : text.split(",").filter((name) => name !== "");
  for (const name of asked) oneOf(option, name, allowed);
  if (asked.length === 0) throw new RangeError(`--${option} names nothing`);
  return asked;
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new RangeError(`--${option} must be one of ${allowed.join(", ")}, got ${value}`);
}

function whole(option: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`--${option} must be a whole number above 0, got ${text}`);
}
