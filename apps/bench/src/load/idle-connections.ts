// Connections that had one answer and are held: made by a process of their own (idle-connections-process.ts).

import { ClientProgram } from "./client-program.ts";

export interface IdlePlan {
  readonly host: string;
  readonly port: number;
  readonly count: number;
}

const OPEN_MS = 60_000;
const PATIENCE_MS = 5000;

export class IdleConnections {
  readonly #program: ClientProgram;

  constructor(
    where: { readonly host: string; readonly port: number },
    count: number,
    pin: readonly string[],
  ) {
    const { host, port } = where;
    const plan: IdlePlan = { host, port, count };
    this.#program = new ClientProgram("idle-connections-process.ts", plan, pin);
  }

  /** Resolves with how many had their answer. */
  open(): Promise<number> {
    return this.#program.next<number>(OPEN_MS);
  }

  /** Resolves with how many the server still holds. */
  left(): Promise<number> {
    this.#program.send("left");
    return this.#program.next<number>(PATIENCE_MS);
  }

  close(): void {
    this.#program.kill();
  }
}
