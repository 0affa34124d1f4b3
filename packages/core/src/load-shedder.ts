// Finds the level of load shedding from the pressure the server is under, with hysteresis. Pure: it is told the time and
// the shares, and knows no connection. What a level does is in shedding.ts, who does it in overload.ts.
//
// Space (connections, octets) and time (lag) climb a ladder each, and the higher counts. Lag has no level 2: closing
// connections frees no time. Node's loop accepts one connection a turn, so that it would only move the queue to where
// nobody sees it.

import type { Shedding, ShedLevel } from "./shedding.ts";

/** The shares of what there is that are in use, in percent. */
export interface Pressure {
  readonly connectionsPercent: number;
  readonly bufferedPercent: number;
  readonly lagPercent: number;
}

/** One level with hysteresis. */
class Ladder {
  level: ShedLevel = 0;
  /** Since when a lower level would do, -1 when it would not, and the highest that was needed since. */
  #calmSinceMs = -1;
  #needed: ShedLevel = 0;

  /** `wanted` is what the pressure demands, `kept` what it still allows. */
  climb(wanted: ShedLevel, kept: ShedLevel, nowMs: number, holdMs: number): void {
    if (wanted > this.level) {
      this.#move(wanted);
    } else if (kept >= this.level) {
      this.#calmSinceMs = -1;
    } else {
      if (this.#calmSinceMs < 0) {
        this.#calmSinceMs = nowMs;
        this.#needed = 0;
      }
      this.#needed = Math.max(this.#needed, kept) as ShedLevel;
      if (nowMs - this.#calmSinceMs >= holdMs) this.#move(this.#needed);
    }
  }

  #move(level: ShedLevel): void {
    this.level = level;
    this.#calmSinceMs = -1;
  }

  reset(): void {
    this.#move(0);
  }
}

export class LoadShedder {
  readonly #shedding: Shedding;
  readonly #space = new Ladder();
  readonly #time = new Ladder();
  /** Changes of the level so far. */
  changes = 0;
  #lagMs = 0;
  #lagBeforeMs = 0;
  /** Requests have waited all the time since the last tick: if the lag is small, then because many are refused. */
  #isBehind = false;

  constructor(shedding: Shedding) {
    this.#shedding = shedding;
  }

  get level(): ShedLevel {
    return Math.max(this.#space.level, this.#time.level) as ShedLevel;
  }

  /** Connections or octets run short: level 1 or more is theirs. */
  get isShort(): boolean {
    return this.#space.level >= 1;
  }

  /** Connections are to be closed, because they or what they hold run short. */
  get closes(): boolean {
    return this.#space.level >= 2;
  }

  /** The loop is late: requests that have waited are refused. */
  get isLate(): boolean {
    return this.#time.level === 3;
  }

  /** All requests are refused: too much is buffered. */
  get refusesAll(): boolean {
    return this.#space.level === 3;
  }

  /** One late tick may be one slow handler; a lag is what the last two have in common. */
  get lagPercent(): number {
    return (Math.min(this.#lagMs, this.#lagBeforeMs) * 100) / this.#shedding.lagMs;
  }

  /** A tick of the timer ran this late. `isBehind`: since the last one requests have waited at every moment. */
  ticked(lagMs: number, isBehind = false): void {
    this.#lagBeforeMs = this.#lagMs;
    this.#lagMs = lagMs;
    this.#isBehind = isBehind;
  }

  /** Looks at the pressure. Reports whether the level or its cause has changed. */
  sample(pressure: Pressure, nowMs: number): boolean {
    const { level: before, isShort } = this;
    const { holdMs, hysteresisPercent } = this.#shedding;
    this.#space.climb(
      this.#spaceLevel(pressure, 0),
      this.#spaceLevel(pressure, hysteresisPercent),
      nowMs,
      holdMs,
    );
    const time = this.#timeLevel(pressure, 0);
    const kept = this.#isBehind ? 3 : this.#timeLevel(pressure, hysteresisPercent);
    this.#time.climb(time, kept, nowMs, holdMs);
    return this.#changed(before, isShort);
  }

  /** There is nothing left to be under pressure from. Reports whether the level or its cause has changed. */
  reset(): boolean {
    const { level: before, isShort } = this;
    this.#lagMs = 0;
    this.#lagBeforeMs = 0;
    this.#isBehind = false;
    this.#space.reset();
    this.#time.reset();
    return this.#changed(before, isShort);
  }

  #changed(before: ShedLevel, wasShort: boolean): boolean {
    if (this.level !== before) this.changes++;
    return this.level !== before || this.isShort !== wasShort;
  }

  /** The level for a pressure, with every threshold `margin` points lower. */
  #spaceLevel({ connectionsPercent, bufferedPercent }: Pressure, margin: number): ShedLevel {
    const { hurryPercent, closePercent, refusePercent } = this.#shedding;
    if (bufferedPercent >= refusePercent - margin) return 3;
    const most = Math.max(connectionsPercent, bufferedPercent);
    if (most >= closePercent - margin) return 2;
    return most >= hurryPercent - margin ? 1 : 0;
  }

  #timeLevel({ lagPercent }: Pressure, margin: number): ShedLevel {
    if (lagPercent > 100 - margin) return 3;
    return lagPercent >= this.#shedding.hurryPercent - margin ? 1 : 0;
  }
}
