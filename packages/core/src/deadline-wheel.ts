// One coarse timer for all connections of a server: a wheel of 250 ms slots. Knows times and entries, nothing of HTTP.
//
// An entry sits in at most one slot. Moving its deadline later only stores the number: the entry is put further round
// when its old slot comes up. So a busy persistent connection re-arms at the cost of one store.

import type { Clock } from "./clock.ts";

export const TICK_MS = 250;
const SLOTS = 512;

/** What the wheel holds. The wheel owns the four members after `deadlineMs`. */
export interface WheelEntry {
  /** When `onDeadline` is due, on the clock's monotonic scale; `Infinity` for never. Set it through `arm`. */
  deadlineMs: number;
  /** The slot's tick this entry sits in, -1 when in none. */
  wheelTick: number;
  wheelNext: WheelEntry | undefined;
  wheelPrevious: WheelEntry | undefined;
  /** `horizonMs`: what was due by then has passed; later deadlines have not, even if the time has come. */
  onDeadline(horizonMs: number): void;
}

export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #onTick: (horizonMs: number, lagMs: number) => void;
  readonly #slots: (WheelEntry | undefined)[] = new Array(SLOTS).fill(undefined);
  /** Entries that `add` took in and `remove` has not let go: the timer runs while there are any. */
  #entries = 0;
  #timer: unknown;
  #running = false;
  /** When the last tick ran, and up to which tick the slots have been looked at. */
  #lastMs = 0;
  #lastTick = 0;
  /** How late the last tick was, in ms. */
  lagMs = 0;

  /** `onTick` is called when the timer starts and at each tick, before deadlines are looked at. */
  constructor(clock: Clock, onTick: (horizonMs: number, lagMs: number) => void = () => {}) {
    this.#clock = clock;
    this.#onTick = onTick;
  }

  /** The time when the clock was last read, by a tick or by `readClock`: at most a tick old while entries exist. */
  nowMs = 0;

  /** Whole ms: small integers take no memory of their own in a field, and every connection keeps several. */
  readClock(): number {
    this.nowMs = Math.floor(this.#clock.now());
    return this.nowMs;
  }

  /** Takes an entry in, unarmed. The timer runs until every entry has been removed, so that `nowMs` stays fresh. */
  add(): void {
    if (this.#entries++ === 0) this.#start();
  }

  /** Sets when an entry that was added is due. `Infinity` disarms. */
  arm(entry: WheelEntry, deadlineMs: number): void {
    entry.deadlineMs = deadlineMs;
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    const tick = Math.ceil(deadlineMs / TICK_MS);
    if (entry.wheelTick !== -1) {
      if (entry.wheelTick <= tick) return;
      this.#unlink(entry);
    }
    this.#link(entry, tick);
  }

  /** Takes an entry that was added out for good. */
  remove(entry: WheelEntry): void {
    entry.deadlineMs = Number.POSITIVE_INFINITY;
    if (entry.wheelTick !== -1) this.#unlink(entry);
    if (--this.#entries === 0) this.#stop();
  }

  #link(entry: WheelEntry, tick: number): void {
    const at = Math.min(Math.max(tick, this.#lastTick + 1), this.#lastTick + SLOTS - 1);
    const slot = at % SLOTS;
    const first = this.#slots[slot];
    entry.wheelTick = at;
    entry.wheelPrevious = undefined;
    entry.wheelNext = first;
    if (first !== undefined) first.wheelPrevious = entry;
    this.#slots[slot] = entry;
  }

  #unlink(entry: WheelEntry): void {
    const { wheelNext: next, wheelPrevious: previous } = entry;
    if (previous === undefined) this.#slots[entry.wheelTick % SLOTS] = next;
    else previous.wheelNext = next;
    if (next !== undefined) next.wheelPrevious = previous;
    entry.wheelTick = -1;
    entry.wheelNext = undefined;
    entry.wheelPrevious = undefined;
  }

  #start(): void {
    this.#running = true;
    this.#lastMs = this.readClock();
    this.#lastTick = Math.floor(this.#lastMs / TICK_MS);
    this.lagMs = 0;
    this.#onTick(this.#lastMs, 0);
    this.#timer = this.#clock.schedule(this.#onTimer, TICK_MS);
  }

  #stop(): void {
    this.#running = false;
    this.lagMs = 0;
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  readonly #onTimer = (): void => {
    if (!this.#running) return;
    const now = this.readClock();
    const late = now - this.#lastMs - TICK_MS;
    this.lagMs = Math.max(0, late);
    // After a blocked event loop, data that would have kept a connection alive may still wait in the kernel. Only what
    // was due before the block is closed now; the rest waits one tick, so that the poll phase runs first.
    const horizon = late > TICK_MS ? this.#lastMs : now;
    this.#lastMs = now;
    try {
      this.#onTick(horizon, this.lagMs);
      this.#turn(now, horizon);
    } finally {
      // Whatever went wrong with one connection, the others keep their deadlines.
      if (this.#running) this.#timer = this.#clock.schedule(this.#onTimer, TICK_MS);
    }
  };

  #turn(now: number, horizon: number): void {
    const tick = Math.floor(now / TICK_MS);
    const from = Math.max(this.#lastTick + 1, tick - SLOTS + 1);
    this.#lastTick = tick;
    // What is not due goes back only when all slots have been looked at: a far deadline's slot may be one of them.
    const later: WheelEntry[] = [];
    for (let at = from; at <= tick; at++) {
      let entry = this.#slots[at % SLOTS];
      while (entry !== undefined) {
        this.#unlink(entry);
        if (entry.deadlineMs <= horizon) entry.onDeadline(horizon);
        else later.push(entry);
        // Read anew: onDeadline may have taken out any other entry.
        entry = this.#slots[at % SLOTS];
      }
    }
    for (const entry of later) {
      const isArmed = entry.wheelTick === -1 && entry.deadlineMs !== Number.POSITIVE_INFINITY;
      if (isArmed) this.#link(entry, Math.ceil(entry.deadlineMs / TICK_MS));
    }
  }
}
