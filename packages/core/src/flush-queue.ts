// Connections that have more to write than their share of a turn: they go on in turn, all together for 5 ms in one turn of
// the event loop. A kernel takes megabytes at once and is paid for it in processor time, so that some hundred large answers
// would hold up all small ones.

import type { Clock } from "./clock.ts";
import { TURN_MS } from "./fair-share.ts";
import { Fifo } from "./fifo.ts";

/** What goes on writing. */
export interface Flushable {
  /** Writes its next share; it may add itself again. */
  flushMore(): void;
}

export class FlushQueue {
  readonly #clock: Clock;
  readonly #waiting = new Fifo<Flushable>();
  #isScheduled = false;
  /** How many may go on in this turn, and until when. */
  #left = 0;
  #untilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(flushable: Flushable): void {
    this.#waiting.push(flushable);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#goOn);
  }

  /** Resolves when it is the caller's turn to go on with something that it does in microtasks. */
  turn(): Promise<void> {
    return new Promise((flushMore) => this.add({ flushMore }));
  }

  readonly #goOn = (): void => {
    this.#untilMs = this.#clock.now() + TURN_MS;
    // Those that add themselves again have had their share.
    this.#left = this.#waiting.length;
    this.#flushNext();
  };

  readonly #flushNext = (): void => {
    if (this.#left-- > 0 && this.#clock.now() < this.#untilMs) {
      this.#waiting.shift()!.flushMore();
      queueMicrotask(this.#goOnBehindMicrotasks);
      return;
    }
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  };

  /** What goes on in microtasks has its time counted: ticks run when there is no microtask left. */
  readonly #goOnBehindMicrotasks = (): void => {
    process.nextTick(this.#flushNext);
  };
}
