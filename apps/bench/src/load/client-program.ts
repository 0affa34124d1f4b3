// A program of clients in a process of its own: started with what it has to do as JSON, asked and answered by messages,
// ended with the process that started it. Knows no attack and no HTTP.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { within } from "../within.ts";

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ClientProgram {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #messages: unknown[] = [];
  #wakes: () => void = () => {};

  /** `file` is beside this one; `plan` is its first argument, as JSON; `pin` is a command it is run through. */
  constructor(file: string, plan: unknown, pin: readonly string[] = []) {
    this.#name = file;
    const [program, ...args] = [...pin, process.execPath];
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(plan)], {
      execPath: program!,
      execArgv: args,
    });
    running.add(this.#child);
    this.#child.once("exit", () => {
      running.delete(this.#child);
      this.#wakes();
    });
    this.#child.on("message", (message) => {
      this.#messages.push(message);
      this.#wakes();
    });
  }

  send(message: string): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** The next message it sends. Rejects when it ends without one, or sends none in time. */
  async next<T>(waitMs: number): Promise<T> {
    const came = new Promise<void>((resolve) => {
      this.#wakes = resolve;
    });
    const isRunning = running.has(this.#child);
    if (this.#messages.length === 0 && isRunning) await within(came, waitMs);
    if (this.#messages.length === 0) throw new Error(`${this.#name} sends no report`);
    return this.#messages.shift() as T;
  }

  /** Ends it, if it has not ended. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
