// Every transcript of core over Bun.listen, whole and octet by octet. The servers run in one Bun process, the clients on
// Node. BUN_BINARY names another Bun than the installed one.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ServerOptions, ServerStats } from "@hyperlane-ts/core";
import { conformance, type LiveServer } from "@hyperlane-ts/core/testing";
import { afterAll, describe, test } from "vitest";
import { connectSocket } from "../../adapter-node/test/fixture/socket-client.ts";

const installed = createRequire(import.meta.url).resolve("bun/package.json");
const bun = process.env["BUN_BINARY"] ?? join(installed, "..", "bin", "bun.exe");

interface Order {
  readonly id: number;
  readonly options?: ServerOptions;
  readonly do?: "stats" | "close";
}

interface Answer {
  readonly id: number;
  readonly port?: number;
  readonly stats?: ServerStats;
  readonly failure?: string;
}

/** The Bun process: started with the first server, ended by `end`. */
class BunHost {
  #process: ChildProcess | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, (answer: Answer) => void>();

  async listen(options: ServerOptions): Promise<LiveServer> {
    const id = ++this.#lastId;
    const { port = 0 } = await this.#order({ id, options });
    return {
      connect: () => connectSocket(port),
      close: async () => void (await this.#order({ id, do: "close" })),
      stats: async () => (await this.#order({ id, do: "stats" })).stats!,
    };
  }

  async end(): Promise<void> {
    const host = this.#process;
    if (host === undefined || host.exitCode !== null) return;
    const exited = once(host, "exit");
    host.stdin?.end();
    host.kill();
    await exited;
  }

  async #order(order: Order): Promise<Answer> {
    this.#process ??= this.#start();
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(order.id, resolve);
      this.#process?.stdin?.write(`${JSON.stringify(order)}\n`);
    });
    if (answer.failure !== undefined) throw new Error(answer.failure);
    return answer;
  }

  #start(): ChildProcess {
    const script = fileURLToPath(new URL("conformance-host.ts", import.meta.url));
    const host = spawn(bun, [script], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: host.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    host.on("exit", (code) => {
      for (const [id, resolve] of this.#waiting) resolve({ id, failure: `Bun exited: ${code}` });
    });
    return host;
  }
}

describe("bunAdapter", () => {
  const host = new BunHost();
  const added = conformance(test, (options) => host.listen(options));
  afterAll(async () => {
    await added.close();
    await host.end();
  });
});
