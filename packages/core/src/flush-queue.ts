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

  readonly #goOn = (): void => {
    this.#isScheduled = false;
    const untilMs = this.#clock.now() + TURN_MS;
    // Those that add themselves again have had their share.
    for (let left = this.#waiting.length; left > 0; left--) {
      this.#waiting.shift()!.flushMore();
      if (this.#clock.now() >= untilMs) break;
    }
    if (this.#waiting.length > 0) this.#schedule();
  };
}
