// What a server does about having too much to do: measures the pressure at each tick, keeps the level of shedding, and says
// which requests are refused. Knows counts, octets and time, no sockets.

import type { Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import { LoadShedder, type Pressure } from "./load-shedder.ts";
import type { Shedding, ShedLevel } from "./shedding.ts";

/** Why a request was refused, as counted by `server.stats()`. */
export type RefusalCause = "handlers" | "bufferedOctets" | "lag";

/** What the pressure is measured on. */
export interface Load {
  readonly connections: number;
  readonly connectionsMax: number;
  readonly handlers: number;
}

export class Overload {
  /** Octets received and not taken by a handler, and octets queued in transports, of all connections. */
  bufferedOctets = 0;
  readonly #load: Load;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #shedder: LoadShedder | undefined;
  readonly #onChange: (level: ShedLevel, pressure: Pressure) => void;
  readonly #fullAtOctets: number;
  readonly #refuseAtOctets: number;
  readonly #holdMs: number;
  #emptiedMs = 0;
  readonly #admitMs: number;

  constructor(
    load: Load,
    limits: Limits,
    shedding: Shedding | undefined,
    clock: Clock,
    onChange: (level: ShedLevel, pressure: Pressure) => void,
  ) {
    this.#load = load;
    this.#limits = limits;
    this.#clock = clock;
    this.#shedder = shedding && new LoadShedder(shedding);
    this.#onChange = onChange;
    const { bufferedOctets } = limits;
    this.#fullAtOctets = (bufferedOctets * Math.min(100, shedding?.closePercent ?? 100)) / 100;
    this.#refuseAtOctets =
      shedding === undefined
        ? Number.POSITIVE_INFINITY
        : (bufferedOctets * shedding.refusePercent) / 100;
    this.#holdMs = shedding?.holdMs ?? 0;
    this.#admitMs = shedding?.admitMs ?? 0;
  }

  get level(): ShedLevel {
    return this.#shedder?.level ?? 0;
  }

  /** Connections or octets run short. */
  get isShort(): boolean {
    return this.#shedder?.isShort ?? false;
  }

  /** Connections are to be closed: they, or what they hold, run short. */
  get closesConnections(): boolean {
    return this.#shedder?.closes ?? false;
  }

  /** The loop is late: requests that have waited are refused. */
  get isLate(): boolean {
    return this.#shedder?.isLate ?? false;
  }

  /** So much is buffered that every request is refused. */
  get refusesAll(): boolean {
    return this.#shedder?.refusesAll ?? false;
  }

  get changes(): number {
    return this.#shedder?.changes ?? 0;
  }

  /** Nothing may be read ahead of handlers any more. */
  get isFull(): boolean {
    return this.bufferedOctets >= this.#fullAtOctets;
  }

  /** A connection holds so many octets more, or less. */
  buffered(octets: number): void {
    this.bufferedOctets += octets;
    if (octets <= 0 || this.bufferedOctets < this.#refuseAtOctets) return;
    if (this.#shedder?.refusesAll === false) this.#sample();
  }

  /**
   * The deadline timer ran this late, or a request has waited this long for its handler. `isBehind`: since the last tick
   * requests have waited at every moment.
   */
  ticked(lagMs: number, isBehind = false): void {
    if (this.#shedder === undefined) return;
    this.rest();
    this.#shedder.ticked(lagMs, isBehind);
    this.#sample();
  }

  /** The last connection has closed: the timer stands still until there is one again. */
  emptied(): void {
    this.#emptiedMs = this.#clock.now();
  }

  /** Once there has been no connection for a while, nothing is shed any more. */
  rest(): void {
    const shedder = this.#shedder;
    if (shedder === undefined || shedder.level === 0 || this.#load.connections > 0) return;
    if (this.#clock.now() - this.#emptiedMs < this.#holdMs) return;
    if (shedder.reset()) this.#onChange(0, this.#pressure(shedder));
  }

  /** Why a request whose head has just come is refused, or `undefined`: it gets a handler when it is its turn. */
  refusalCause(): RefusalCause | undefined {
    const { handlers } = this.#limits;
    if (handlers !== undefined && this.#load.handlers > handlers) return "handlers";
    return this.refusesAll ? "bufferedOctets" : undefined;
  }

  /** Whether a request that is this late for its turn is refused. */
  isTooLate(lateMs: number): boolean {
    return this.isLate && lateMs > this.#admitMs;
  }

  #sample(): void {
    const shedder = this.#shedder!;
    const pressure = this.#pressure(shedder);
    if (shedder.sample(pressure, this.#clock.now())) {
      this.#onChange(shedder.level, pressure);
    }
  }

  #pressure(shedder: LoadShedder): Pressure {
    const { connections, connectionsMax } = this.#load;
    return {
      connectionsPercent: (connections * 100) / connectionsMax,
      bufferedPercent: (this.bufferedOctets * 100) / this.#limits.bufferedOctets,
      lagPercent: shedder.lagPercent,
    };
  }
}
