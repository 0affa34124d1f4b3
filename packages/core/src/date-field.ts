// The Date field's value (RFC 9110 §5.6.7, §6.6.1), formatted once a second for all answers.

import type { Clock } from "./clock.ts";

/**
 * Formats the current date as IMF-fixdate; the text is reused within the same second.
 *
 * The time is not asked for at every answer: `refresh` brings the wall clock's reading up to date, `text` adds what the
 * monotonic time the caller has at hand has moved since.
 */
export class DateField {
  readonly #clock: Clock;
  /** Wall-clock ms minus monotonic ms at the last refresh. */
  #offsetMs = 0;
  #second = -1;
  #text = "";

  constructor(clock: Clock) {
    this.#clock = clock;
    this.refresh();
  }

  refresh(): void {
    this.#offsetMs = this.#clock.date() - this.#clock.now();
  }

  /** Wall-clock ms since 1970 at the monotonic time `nowMs`. */
  dateMs(nowMs: number): number {
    return Math.floor(nowMs + this.#offsetMs);
  }

  text(nowMs: number): string {
    const second = Math.floor((nowMs + this.#offsetMs) / 1000);
    if (second !== this.#second) {
      this.#second = second;
      // ECMAScript's toUTCString has the shape of IMF-fixdate (ECMA-262 21.4.4.43).
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
