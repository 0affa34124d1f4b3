// Whether a transport reads: paused while more is held than may be read ahead and nobody wants it, else not.

import type { Transport } from "./transport.ts";

export class ReadingFlow {
  readonly #transport: Transport;
  #paused = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `held` octets wait. Goes on at half of what `readAheadOctets` stops at, so that small steps do not flutter. */
  update(held: number, readAheadOctets: number, wantsMore: boolean): void {
    if (this.#paused) {
      if (wantsMore || held * 2 <= readAheadOctets) {
        this.#paused = false;
        this.#transport.resume();
      }
    } else if (held >= readAheadOctets && !wantsMore) this.pause();
  }

  pause(): void {
    this.#paused = true;
    this.#transport.pause();
  }
}
