// Closing a server in order: no new connections, idle ones closed once they have been idle a little, answers under way
// finished, what is left at the end of the grace destroyed.

import type { Connection } from "./connection.ts";
import type { ServerRuntime } from "./server-runtime.ts";
import type { Listener } from "./transport.ts";

export interface CloseOptions {
  /** Longest time for answers under way, in ms; default 10000, 0 forces at once. */
  readonly graceMs?: number;
  /** A connection is closed once it has been idle this long, in ms; default 1000. A request may be on its way to it. */
  readonly idleMs?: number;
}

/** What became of the connections that were open when `close` was called. */
export interface CloseReport {
  /** Ended in order. */
  readonly drained: number;
  /** Cut with an exchange open. */
  readonly aborted: number;
  /** Destroyed without one. */
  readonly destroyed: number;
}

export class Drain {
  readonly done: Promise<CloseReport>;
  readonly #runtime: ServerRuntime;
  readonly #report = { drained: 0, aborted: 0, destroyed: 0 };
  #deadlineMs: number = Number.POSITIVE_INFINITY;
  #timer: unknown;
  readonly #forced = new Set<Connection>();
  #resolve!: (report: CloseReport) => void;

  /** `listening` is what `listen` waits for, if it was called; a listener that comes later is stopped too. */
  constructor(
    runtime: ServerRuntime,
    listening: Promise<Listener> | undefined,
    options: CloseOptions,
  ) {
    this.#runtime = runtime;
    const drained = new Promise<CloseReport>((resolve) => {
      this.#resolve = resolve;
    });
    const stopped = listening?.then(
      (listener) => listener.stop(),
      () => {},
    );
    this.done = Promise.all([drained, stopped]).then(([report]) => report);
    runtime.draining = true;
    runtime.drainIdleMs = options.idleMs ?? 1000;
    runtime.onClosed = (connection) => {
      if (!this.#forced.has(connection)) this.#report.drained++;
      this.#finishIfEmpty();
    };
    for (const connection of [...runtime.connections]) connection.turn();
    this.shorten(options);
    this.#finishIfEmpty();
  }

  /** A later call of `close` may only shorten the grace. */
  shorten(options: CloseOptions): void {
    const graceMs = options.graceMs ?? 10_000;
    const { clock } = this.#runtime;
    const deadlineMs = clock.now() + graceMs;
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    clock.cancel(this.#timer);
    if (graceMs === 0) this.#force();
    else this.#timer = clock.schedule(() => this.#force(), graceMs);
  }

  #force(): void {
    for (const connection of [...this.#runtime.connections]) this.#destroy(connection);
  }

  #destroy(connection: Connection): void {
    if (this.#forced.has(connection)) return;
    this.#forced.add(connection);
    if (connection.exchange === undefined) this.#report.destroyed++;
    else this.#report.aborted++;
    connection.cut("forced");
  }

  #finishIfEmpty(): void {
    if (this.#runtime.connections.size > 0) return;
    this.#runtime.clock.cancel(this.#timer);
    this.#resolve(Object.freeze({ ...this.#report }));
  }
}
