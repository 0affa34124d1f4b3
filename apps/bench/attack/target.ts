// A server under attack, as a process of its own on a processor of its own: starts it, asks it over standard input what
// it counts, reads what Linux says of it, ends it. Knows nothing of attacks.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type CpuReading, readCpu, residentOctets } from "../src/process-facts.ts";
import { bunCommand, nodeCommand, toolOnPath } from "../src/runtimes.ts";
import type { Exit } from "../src/server-process.ts";
import { within } from "../src/within.ts";
import { isJudged, type TargetKind } from "./attack-case.ts";

export interface TargetOptions {
  /** Goes to `new Server` as JSON; of it the runtimes' own servers take only `port`. */
  readonly server?: Readonly<Record<string, unknown>>;
  /** Goes to `server.handleSignals`. */
  readonly close?: Readonly<Record<string, number>>;
  /** A command that the target is run through, such as prlimit; it must keep its process id (exec). */
  readonly through?: readonly string[];
}

/** What `server.stats()` counts. Of the runtimes' own servers hardly anything is known. */
export interface TargetStats {
  readonly connections?: {
    readonly open?: number;
    readonly idle?: number;
    readonly active?: number;
  };
  readonly handlers?: number;
  readonly bufferedOctets?: number;
  readonly shedLevel?: number;
  readonly timerLagMs?: number;
  readonly accepted?: number;
  readonly dropped?: Readonly<Record<string, number>>;
  readonly requests?: number;
  readonly refused?: Readonly<Record<string, number>>;
  readonly shedChanges?: number;
  readonly octetsIn?: number;
  readonly octetsOut?: number;
  readonly closes?: Readonly<Record<string, number>>;
  readonly faults?: Readonly<Record<string, number>>;
}

const ADDRESS = /listens on http:\/\/([^\s:]+):(\d+)/;
const START_MS = 20_000;
const ANSWER_MS = 20_000;
/** Log lines beyond it are dropped, oldest first. */
const OUTPUT_CHARACTERS = 65_536;

const running = new Set<Target>();
const unhandled: string[] = [];
process.on("exit", () => {
  for (const target of running) target.signal("SIGKILL");
});

/** Targets get processor 1, clients all others. */
const PINS:
  | { readonly tool: string; readonly target: string; readonly clients: string }
  | undefined = pins();

export class Target {
  readonly kind: TargetKind;
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #output: Output;

  private constructor(
    kind: TargetKind,
    child: ChildProcess,
    output: Output,
    exited: Promise<Exit>,
  ) {
    this.kind = kind;
    this.#child = child;
    this.#output = output;
    this.pid = child.pid!;
    this.port = Number(ADDRESS.exec(output.text)![2]);
    this.exited = exited;
    running.add(this);
    void exited.then(() => running.delete(this));
  }

  /** Rejects with what was printed when the target ends or is silent before it listens. */
  static async start(kind: TargetKind, options: TargetOptions = {}): Promise<Target> {
    const pinned = PINS === undefined ? [] : [PINS.tool, "-c", PINS.target];
    const [program = "", ...args] = [...pinned, ...(options.through ?? []), ...commandOf(kind)];
    const child = spawn(program, args, {
      env: { ...process.env, ATTACK_OPTIONS: JSON.stringify(options) },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const output = new Output(child);
    const exited = once(child, "close").then(
      ([code, signal]): Exit => ({ code, signal }),
      (error): Exit => {
        output.text += String(error);
        return { code: -1, signal: null };
      },
    );
    const isUp = Promise.race([output.matches(ADDRESS).then(() => true), exited.then(() => false)]);
    if (await within(isUp, START_MS)) return new Target(kind, child, output, exited);
    child.kill("SIGKILL");
    throw new Error(`the target ${kind} does not listen: ${output.text}`);
  }

  /** Ours, so that its numbers are known and it is judged. */
  get isOurs(): boolean {
    return isJudged(this.kind);
  }

  /** The last of what it printed, its log included. */
  get output(): string {
    return this.#output.text;
  }

  /** Rejects when it does not answer for 20 s or has ended. */
  async stats(): Promise<TargetStats> {
    return (await this.#ask("stats")) as TargetStats;
  }

  /** Runs its garbage collector, so that its memory can be compared. */
  async collectGarbage(): Promise<void> {
    await this.#ask("gc");
  }

  residentOctets(): number {
    return residentOctets([this.pid]);
  }

  /** Open descriptors; NaN once it has ended. */
  descriptors(): number {
    try {
      return readdirSync(`/proc/${this.pid}/fd`).length;
    } catch {
      return Number.NaN;
    }
  }

  /** For `cpuMicroseconds` of process-facts.ts. */
  cpu(): CpuReading {
    return readCpu([this.pid]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  async #ask(question: string): Promise<unknown> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      throw new Error(`the target ${this.kind} has ended: ${this.output.slice(-2000)}`);
    }
    const answer = this.#output.nextAnswer();
    this.#child.stdin!.write(`${question}\n`);
    const ended = this.exited.then(() => undefined);
    const line = await within(Promise.race([answer, ended]), ANSWER_MS);
    if (line === undefined)
      throw new Error(`the target ${this.kind} does not answer "${question}"`);
    return JSON.parse(line);
  }
}

/** What nobody caught in any target since this was last asked. */
export function takeUnhandled(): string[] {
  return unhandled.splice(0);
}

/** Ends all targets that are still there. */
export async function killTargets(): Promise<void> {
  await Promise.all([...running].map((target) => target.kill()));
}

/** Keeps this process, and all clients it starts, off the targets' processor. */
export async function pinClients(): Promise<void> {
  if (PINS === undefined) return;
  const arguments_ = ["-a", "-p", "-c", PINS.clients, `${process.pid}`];
  await once(spawn(PINS.tool, arguments_, { stdio: "ignore" }), "close");
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lines of a target: answers, what nobody caught, and the rest. */
class Output {
  text = "";
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #watchers: (() => void)[] = [];

  constructor(child: ChildProcess) {
    let rest = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(line);
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#keep(text));
    child.stdin!.on("error", () => {});
  }

  nextAnswer(): Promise<string> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  matches(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push(() => {
        if (pattern.test(this.text)) resolve();
      });
    });
  }

  #take(line: string): void {
    if (line.startsWith("CONTROL ")) {
      this.#waiting.shift()?.(line.slice("CONTROL ".length));
      return;
    }
    if (line.startsWith("UNHANDLED ")) unhandled.push(line);
    this.#keep(`${line}\n`);
  }

  #keep(text: string): void {
    this.text = (this.text + text).slice(-OUTPUT_CHARACTERS);
    for (const look of this.#watchers) look();
  }
}

function commandOf(kind: TargetKind): string[] {
  const file = fileURLToPath(new URL(`targets/${kind}.ts`, import.meta.url));
  return kind === "node" || kind === "node-http"
    ? [nodeCommand(), "--expose-gc", file]
    : [bunCommand(), file];
}

function pins(): typeof PINS {
  const processors = availableParallelism();
  const tool = toolOnPath("taskset");
  if (processors < 2 || tool === undefined) return undefined;
  return { tool, target: "1", clients: processors === 2 ? "0" : `0,2-${processors - 1}` };
}
