// What the server sheds under pressure and when, with defaults and reasons. How the level is found is the load shedder's.
//
// Pressure is the largest of three shares, in percent: open connections of their cap, buffered octets of their limit, and
// how late the deadline timer runs or a request's handler is begun, of `lagMs`. One late tick is no pressure: of two ticks
// the smaller counts. Lag leads from level 1, where it cuts the time for heads alone, to 3: closing connections would free
// no time.

import { MS_MAX } from "./deadlines.ts";

/** 0: nothing is shed. 1: idle connections and heads get less time. 2: idle ones are closed. 3: requests are refused. */
export type ShedLevel = 0 | 1 | 2 | 3;

/** Thresholds in percent of pressure, and what each level does. */
export interface Shedding {
  /** Level 1 from here on: idle time and head time are cut to the two values below. */
  readonly hurryPercent: number;
  /** Level 2 from here on: every answer closes its connection, the longest idle connections are closed. */
  readonly closePercent: number;
  /** Level 3 from this share of buffered octets on, or when the lag exceeds `lagMs`: new requests are answered 503. */
  readonly refusePercent: number;
  /** A level is left when pressure has been this much below its threshold ... */
  readonly hysteresisPercent: number;
  /** ... for this long, in ms. */
  readonly holdMs: number;
  /** Lag of the deadline timer that counts as 100 %, in ms. */
  readonly lagMs: number;
  /** Keep-alive idle time from level 1 on, when it is connections or octets that run short, in ms. */
  readonly keepAliveMs: number;
  /** Time for a head from level 1 on, in ms. */
  readonly headMs: number;
  /** Idle connections closed at each tick of level 2, at most an eighth of them. */
  readonly closesPerTick: number;
  /**
   * From level 2 on, when it is octets that run short: a peer that has taken no slice of its answer for this long is
   * reset, in ms. It is what holds them. At level 3 one tick of 250 ms is enough.
   */
  readonly writeStallMs: number;
  /** At level 3, when it is octets that run short: a request that has been arriving for this long is reset, in ms. */
  readonly receiveMs: number;
  /**
   * At level 3 because of lag: a request that has waited this much longer for its handler than two turns of the event loop
   * take is refused, in ms. So what is answered is answered soon, and the server goes on doing what it can.
   */
  readonly admitMs: number;
}

export const DEFAULT_SHEDDING: Shedding = Object.freeze({
  hurryPercent: 70,
  closePercent: 85,
  refusePercent: 95,
  hysteresisPercent: 10,
  holdMs: 1000,
  lagMs: 200,
  keepAliveMs: 5000,
  headMs: 5000,
  closesPerTick: 32,
  writeStallMs: 5000,
  receiveMs: 5000,
  admitMs: 40,
});

/** Smallest and largest value of each. A threshold above 100 is never reached by connections or octets. */
export const SHEDDING_RANGES: Readonly<Record<keyof Shedding, readonly [number, number]>> = {
  hurryPercent: [1, 1000],
  closePercent: [1, 1000],
  refusePercent: [1, 1000],
  hysteresisPercent: [0, 99],
  holdMs: [0, MS_MAX],
  lagMs: [10, MS_MAX],
  keepAliveMs: [1, MS_MAX],
  headMs: [1, MS_MAX],
  closesPerTick: [0, 1_000_000],
  writeStallMs: [1, MS_MAX],
  receiveMs: [1, MS_MAX],
  admitMs: [1, MS_MAX],
};
