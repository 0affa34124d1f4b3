// Closing a server in order: it says that it wants no more requests, stops accepting, closes idle connections once they
// have been idle a little, lets answers under way finish, and ends by force what is left when the grace is over.
//
// notReady -> draining -> forced -> closed. A later call of `close` moves the ends it names nearer, never back.

import type { Connection } from "./connection.ts";
import { MS_MAX } from "./deadlines.ts";
import { quiet } from "./deferred.ts";
import type { ServerRuntime } from "./server-runtime.ts";
import type { Listener } from "./transport.ts";

export interface CloseOptions {
  /**
   * How long new connections are still accepted and served while the health path `ready` says 503 already, in ms; default
   * 0. For whoever sends requests and needs time to notice.
   */
  readonly drainDelayMs?: number;
  /** Longest time for answers under way once no more connections are accepted, in ms; default 10000, 0 forces at once. */
  readonly graceMs?: number;
  /** A connection is closed once it has been idle this long, in ms; default 1000. A request may be on its way to it. */
  readonly idleMs?: number;
}

/** What became of the connections that were open when accepting stopped. */
export interface CloseReport {
  /** Ended in order. */
  readonly drained: number;
  /** Ended by force with an exchange open. */
  readonly aborted: number;
  /** Ended by force without one. */
  readonly destroyed: number;
}

/** What the first call of `close` and a signal mean when they name no times. */
export const DEFAULT_ENDS = { drainDelayMs: 0, graceMs: 10_000 } as const;

const OPTIONS: readonly string[] = [
  "drainDelayMs",
  "graceMs",
  "idleMs",
] satisfies (keyof CloseOptions)[];

/** Turns of the event loop in which what waits to be accepted is accepted still. Node accepts one connection a turn. */
const LAST_ACCEPTS_MAX = 256;
const NEVER = Number.POSITIVE_INFINITY;
/** How long the 503 of an aborted exchange may take to reach its client. */
const LAST_WORDS_MS = 250;

/** Throws `RangeError` for an unknown option or a value that is no time. `call` names who was given them. */
export function checkCloseOptions(options: CloseOptions, call: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (!OPTIONS.includes(name)) {
      throw new RangeError(
        `Cannot ${call}: there is no option ${name}, allowed are ${OPTIONS.join(", ")}`,
      );
    }
    if (value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= MS_MAX)) {
      throw new RangeError(
        `Cannot ${call}: ${name} is ${value}, allowed is a whole number from 0 to ${MS_MAX}`,
      );
    }
  }
}

/** An exchange whose answer has not begun gets a 503, anything else is cut. */
function forceOut(connection: Connection): void {
  if (connection.exchange === undefined || connection.exchange.committed) {
    connection.cut("forced");
    return;
  }
  connection.refuse(503, "forced");
  connection.turn();
}

export class Drain {
  readonly done: Promise<CloseReport>;
  readonly #runtime: ServerRuntime;
  readonly #listening: Promise<Listener> | undefined;
  readonly #onDraining: () => void;
  readonly #report = { drained: 0, aborted: 0, destroyed: 0 };
  #state: "notReady" | "draining" | "forced" = "notReady";
  #drainsAtMs: number;
  #graceMs: number;
  #forcesAtMs: number;
  #timer: unknown;
  readonly #forced = new Set<Connection>();
  /** When the listener has stopped; `undefined` while connections are accepted. */
  #stopped: Promise<void> | undefined;
  #isDone = false;
  #resolve!: (report: CloseReport | Promise<CloseReport>) => void;

  /**
   * `listening` is what `listen` waits for, if it was called; a listener that comes later is stopped too. `onDraining` is
   * called when accepting stops.
   */
  constructor(
    runtime: ServerRuntime,
    listening: Promise<Listener> | undefined,
    options: CloseOptions,
    onDraining: () => void,
  ) {
    this.#runtime = runtime;
    this.#listening = listening;
    this.#onDraining = onDraining;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    runtime.notReady = true;
    runtime.drainIdleMs = options.idleMs ?? 1000;
    const delayMs = options.drainDelayMs ?? DEFAULT_ENDS.drainDelayMs;
    this.#drainsAtMs = runtime.clock.now() + delayMs;
    this.#graceMs = options.graceMs ?? DEFAULT_ENDS.graceMs;
    this.#forcesAtMs = this.#drainsAtMs + this.#graceMs;
  }

  /** Begins with the first call; a later one only makes the ends that it names come nearer. */
  hasten({ drainDelayMs, graceMs, idleMs }: CloseOptions): void {
    const runtime = this.#runtime;
    const now = runtime.clock.now();
    if (idleMs !== undefined && idleMs < runtime.drainIdleMs) {
      runtime.drainIdleMs = idleMs;
      if (this.#state === "draining") this.#turnAll();
    }
    if (graceMs !== undefined) this.#graceMs = Math.min(this.#graceMs, graceMs);
    if (this.#state === "notReady") {
      const delayMs = this.#graceMs === 0 ? 0 : (drainDelayMs ?? NEVER);
      this.#drainsAtMs = Math.min(this.#drainsAtMs, now + delayMs);
      this.#forcesAtMs = this.#drainsAtMs + this.#graceMs;
    } else if (graceMs !== undefined) this.#forcesAtMs = Math.min(this.#forcesAtMs, now + graceMs);
    this.#goOn();
  }

  /** Does what is due, and waits for what is not. */
  #goOn(): void {
    if (this.#state === "forced" || this.#isDone) return;
    const { clock } = this.#runtime;
    const now = clock.now();
    clock.cancel(this.#timer);
    if (this.#state === "notReady" && now >= this.#drainsAtMs) this.#drain();
    if (this.#state === "draining" && now >= this.#forcesAtMs) {
      this.#force();
      return;
    }
    if (this.#isDone) return;
    const nextMs = this.#state === "notReady" ? this.#drainsAtMs : this.#forcesAtMs;
    // Timers may fire a little early.
    this.#timer = clock.schedule(() => this.#goOn(), Math.max(1, Math.ceil(nextMs - now)));
  }

  #drain(): void {
    this.#state = "draining";
    this.#onDraining();
    this.#runtime.onClosed = (connection) => {
      if (!this.#forced.has(connection)) this.#report.drained++;
      this.#finishIfEmpty();
    };
    if (this.#listening === undefined) {
      this.#stopAccepting();
      return;
    }
    this.#runtime.acceptsRest = true;
    this.#runtime.queue.hold();
    this.#acceptRest(LAST_ACCEPTS_MAX, -1);
  }

  /**
   * Closing a listener resets whoever waits to be accepted: so it is closed behind a turn that brought nobody. Such turns
   * must be short, hence the hold on handlers, and nobody may be made to come again meanwhile.
   */
  #acceptRest(turns: number, before: number): void {
    setImmediate(() => {
      if (this.#stopped !== undefined) return;
      const { accepted } = this.#runtime.counters;
      if (accepted !== before && turns > 1) this.#acceptRest(turns - 1, accepted);
      else this.#stopAccepting();
    });
  }

  #stopAccepting(): void {
    if (this.#stopped !== undefined) return;
    const runtime = this.#runtime;
    this.#stopped = quiet(
      Promise.resolve(
        this.#listening?.then(
          (listener) => listener.stop(),
          () => {},
        ),
      ),
    );
    runtime.draining = true;
    if (runtime.acceptsRest) runtime.queue.release();
    runtime.acceptsRest = false;
    this.#turnAll();
    this.#finishIfEmpty();
  }

  /** Idle connections learn how long they may be that. */
  #turnAll(): void {
    for (const connection of [...this.#runtime.table.all]) connection.turn();
  }

  #force(): void {
    this.#state = "forced";
    this.#stopAccepting();
    if (this.#isDone) return;
    const { clock, table } = this.#runtime;
    const cutAll = () => {
      for (const connection of [...table.all]) connection.cut("forced");
    };
    this.#timer = clock.schedule(cutAll, LAST_WORDS_MS);
    for (const connection of [...table.all]) {
      this.#forced.add(connection);
      if (connection.exchange === undefined) this.#report.destroyed++;
      else this.#report.aborted++;
      forceOut(connection);
    }
    this.#finishIfEmpty();
  }

  #finishIfEmpty(): void {
    if (this.#isDone || this.#stopped === undefined || this.#runtime.table.all.size > 0) return;
    this.#isDone = true;
    this.#runtime.clock.cancel(this.#timer);
    const report = Object.freeze({ ...this.#report });
    this.#resolve(this.#stopped.then(() => report));
  }
}
