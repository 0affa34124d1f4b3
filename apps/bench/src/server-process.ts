// Starts a server as a process of its own, waits until it says where it listens, and ends it. Knows nothing of what it
// serves: the first "http://host:port" it prints is its address.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface StartOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Longest wait for the address. */
  readonly startMs?: number;
  readonly cwd?: string;
}

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const ADDRESS = /http:\/\/(\[[^\]]+\]|[^\s:/]+):(\d+)/;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ServerProcess {
  readonly host: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #printed: { text: string };
  readonly #exited: Promise<Exit>;

  private constructor(child: ChildProcess, printed: { text: string }, exited: Promise<Exit>) {
    const [, host, port] = ADDRESS.exec(printed.text)!;
    this.host = host!;
    this.port = Number(port);
    this.#child = child;
    this.#printed = printed;
    this.#exited = exited;
  }

  /** Rejects with what was printed when the process ends, or says nothing for too long, before it listens. */
  static async start(
    command: readonly string[],
    options: StartOptions = {},
  ): Promise<ServerProcess> {
    const { child, printed, exited } = launch(command, options);
    const listens = new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, options.startMs ?? 20_000, false);
      child.stdout!.on("data", () => {
        if (!ADDRESS.test(printed.text)) return;
        clearTimeout(timer);
        resolve(true);
      });
      void exited.then(() => {
        clearTimeout(timer);
        resolve(false);
      });
    });
    if (await listens) return new ServerProcess(child, printed, exited);
    child.kill("SIGKILL");
    throw new Error(`${command.join(" ")} does not listen: ${printed.text}`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** Everything printed so far, standard error included. */
  get output(): string {
    return this.#printed.text;
  }

  /** How it ends, once it has. */
  get exit(): Promise<Exit> {
    return this.#exited;
  }

  /** Sends a signal and waits for the end. Processes that ignore it are killed after `graceMs`. */
  async stop(signal: NodeJS.Signals = "SIGKILL", graceMs = 10_000): Promise<Exit> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    this.#child.kill(signal);
    const exit = await this.#exited;
    clearTimeout(timer);
    return exit;
  }
}

/** Runs a command to its end; gives what it printed, both streams together, and how it ended. */
export async function runToEnd(
  command: readonly string[],
  options: StartOptions = {},
): Promise<Exit & { readonly output: string }> {
  const { printed, exited } = launch(command, options);
  const exit = await exited;
  return { ...exit, output: printed.text };
}

function launch(command: readonly string[], { env, cwd }: StartOptions) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { text: "" };
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed.text += text;
    });
  }
  running.add(child);
  const exited = (async (): Promise<Exit> => {
    try {
      const [code, signal] = await once(child, "close");
      return { code, signal };
    } catch (error) {
      printed.text += String(error);
      return { code: -1, signal: null };
    } finally {
      running.delete(child);
    }
  })();
  return { child, printed, exited };
}
