// A target as the fuzzer sees it: a process with three listeners, and questions to it over stdin and stdout. Knows nothing
// of what is played to the listeners.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { RUNTIMES } from "../src/runtimes.ts";
import type { ProfileName } from "./profiles.ts";
import type { ConnectionState } from "./records.ts";
import type { Announcement, Question, States, Totals } from "./target.ts";

export type RuntimeName = (typeof RUNTIMES)[number]["name"];

const START_MS = 20_000;
/** How long a question may wait: a loop that is busy for so long does not come round any more. */
const ANSWER_MS = 15_000;

type Line =
  | Announcement
  | { readonly event?: undefined; readonly id: number; readonly answer: unknown };

interface Waiting {
  readonly address: string;
  resolve(state: ConnectionState | undefined): void;
}

const running = new Set<ChildProcessByStdio<Writable, Readable, Readable>>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class TargetProcess {
  readonly runtime: RuntimeName;
  ports: Readonly<Record<ProfileName, number>> | undefined;
  /** What the target found wrong by itself and nobody has taken yet. */
  readonly violations: string[] = [];
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  hasEnded = false;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: Map<number, (answer: unknown) => void> = new Map();
  #waiting: Waiting[] = [];
  #isAsking = false;
  #ids = 0;
  #connections = 0;
  #errorText = "";

  private constructor(runtime: RuntimeName, program: string, args: readonly string[]) {
    this.runtime = runtime;
    const { command } = RUNTIMES.find(({ name }) => name === runtime)!;
    const file = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(command, [file, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    running.add(child);
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(line));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errorText = `${this.#errorText}${text}`.slice(-4000);
    });
    // A process that has gone cannot be asked; `ended` tells.
    child.stdin.on("error", () => {});
    this.ended = this.#end();
  }

  /** Rejects with what was printed when the process ends, or says nothing for too long, before it listens. */
  static async start(
    runtime: RuntimeName,
    program = `target-${runtime}.ts`,
    args: readonly string[] = [],
  ): Promise<TargetProcess> {
    const target = new TargetProcess(runtime, program, args);
    const dueMs = performance.now() + START_MS;
    while (target.ports === undefined) {
      if (target.hasEnded || performance.now() > dueMs) {
        target.kill();
        throw new Error(`The target on ${runtime} does not listen: ${await target.ended}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return target;
  }

  /** A client's address that no connection has had. */
  nextAddress(): string {
    const n = this.#connections++ % 0x7e_0000;
    return `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
  }

  /** What the target knows of the connection from there; `undefined` when it has seen none, or has gone. */
  state(address: string): Promise<ConnectionState | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push({ address, resolve });
      if (!this.#isAsking) void this.#askForStates();
    });
  }

  async totals(): Promise<readonly Totals[]> {
    return ((await this.#ask({ op: "totals" })) ?? []) as Totals[];
  }

  /** Every client has gone: what was wrong about connections nobody asked for. */
  async sweep(): Promise<readonly string[]> {
    return ((await this.#ask({ op: "sweep" })) ?? []) as string[];
  }

  /** Closes all servers; gives their last totals. The process has to end by itself. */
  async close(): Promise<readonly Totals[]> {
    return ((await this.#ask({ op: "close" })) ?? []) as Totals[];
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** One question at a time for everybody who waits: a turn of the target serves them all. */
  async #askForStates(): Promise<void> {
    this.#isAsking = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const addresses = waiting.map(({ address }) => address);
      const states = ((await this.#ask({ op: "states", addresses })) ?? []) as States;
      for (const [i, { resolve }] of waiting.entries()) resolve(states[i] ?? undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isAsking = false;
  }

  #ask(question: Question): Promise<unknown> {
    if (this.hasEnded) return Promise.resolve(undefined);
    const id = this.#ids++;
    this.#child.stdin.write(`${JSON.stringify({ id, question })}\n`);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.violations.push(`C15: the target stands still: no answer for ${ANSWER_MS} ms`);
        this.kill();
      }, ANSWER_MS);
      this.#answers.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  #hear(line: string): void {
    let said: Line;
    try {
      said = JSON.parse(line);
    } catch {
      this.violations.push(`C15: the target printed: ${line}`);
      return;
    }
    if (said.event === "listening") this.ports = said.ports;
    else if (said.event === "violation") this.violations.push(said.text);
    else {
      this.#answers.get(said.id)?.(said.answer);
      this.#answers.delete(said.id);
    }
  }

  async #end(): Promise<string> {
    let how: string;
    try {
      const [code, signal] = await once(this.#child, "close");
      how = `code ${code}, signal ${signal}`;
    } catch (error) {
      how = String(error);
    }
    running.delete(this.#child);
    this.hasEnded = true;
    for (const resolve of this.#answers.values()) resolve(undefined);
    this.#answers.clear();
    return `${how}\n${this.#errorText}`;
  }
}
