// What each tick does to connections under pressure: closes those that have been idle longest, resets those whose peers make
// the server hold octets. When the pressure is that high is the overload's to say.

import type { Connection } from "./connection.ts";
import type { ConnectionTable } from "./connection-table.ts";
import { TICK_MS } from "./deadline-wheel.ts";
import type { Limits } from "./limits.ts";
import type { Overload } from "./overload.ts";
import type { Shedding } from "./shedding.ts";

/** Closed or reset at one tick at most, because each costs a system call or two. */
const CLOSED_PER_TICK = 1000;
/** How long a connection must have been idle for level 2 to close it: a request may be on its way. */
const SETTLED_MS = 1000;
/** Who holds less is no reason for octets to run short. */
const HELD_LEAST_OCTETS = 4096;
const NEVER = Number.POSITIVE_INFINITY;

/** A connection whose peer keeps the server waiting with octets in hand. */
interface Holder {
  readonly connection: Connection;
  readonly octets: number;
  readonly sinceMs: number;
}

export class ConnectionShedder {
  readonly #table: ConnectionTable;
  readonly #overload: Overload;
  readonly #shedding: Shedding;
  /** Enough is held again when it is less than this. */
  readonly #enoughOctets: number;

  constructor(table: ConnectionTable, overload: Overload, shedding: Shedding, limits: Limits) {
    this.#table = table;
    this.#overload = overload;
    this.#shedding = shedding;
    const { closePercent, hysteresisPercent } = shedding;
    const percent = Math.min(100, closePercent) - hysteresisPercent;
    this.#enoughOctets = (limits.bufferedOctets * percent) / 100;
  }

  /** `keepAliveMs`: the idle time that is in force. */
  tick(horizonMs: number, keepAliveMs: number): void {
    if (this.#overload.level === 0) return;
    this.#closeOverdue(horizonMs, keepAliveMs);
    if (!this.#overload.closesConnections) return;
    if (this.#overload.isFull) this.#resetHolders(horizonMs);
    this.#closeIdle(horizonMs);
  }

  /** The idle time has become shorter than the deadlines that are armed. */
  #closeOverdue(horizonMs: number, keepAliveMs: number): void {
    for (let closed = 0; closed < CLOSED_PER_TICK; closed++) {
      const oldest = this.#table.idle.oldestAnswered?.connection;
      if (oldest === undefined || oldest.idleSinceMs + keepAliveMs > horizonMs) return;
      oldest.closeIdle("keepAliveTimeout");
    }
  }

  #closeIdle(horizonMs: number): void {
    const { idle } = this.#table;
    const most = Math.min(this.#shedding.closesPerTick, Math.ceil(idle.size / 8));
    for (let closed = 0; closed < most; closed++) {
      const oldest = this.#table.oldestIdle(horizonMs, SETTLED_MS);
      if (oldest === undefined || oldest.idleSinceMs + SETTLED_MS > horizonMs) return;
      oldest.closeIdle("shed");
    }
  }

  /** Who has kept the server waiting the longest goes first, and no more than it takes. */
  #resetHolders(horizonMs: number): void {
    const holders: Holder[] = [];
    for (const connection of this.#table.all) {
      const octets = connection.watch.bufferedOctets;
      if (octets < HELD_LEAST_OCTETS) continue;
      const sinceMs = this.#heldSinceMs(connection, horizonMs);
      if (sinceMs !== NEVER) holders.push({ connection, octets, sinceMs });
    }
    holders.sort((a, b) => a.sinceMs - b.sinceMs);
    let left = this.#overload.bufferedOctets;
    for (const { connection, octets } of holders.slice(0, CLOSED_PER_TICK)) {
      if (left < this.#enoughOctets) return;
      left -= octets;
      connection.stalled("shed");
    }
  }

  /** Since when the peer has not taken its answer, or has been sending its request; `Infinity` when not for too long. */
  #heldSinceMs(connection: Connection, nowMs: number): number {
    const { refusesAll } = this.#overload;
    const { writeStallMs, receiveMs } = this.#shedding;
    const { reading, writing } = connection;
    const stalledMs = writing.stalledSinceMs;
    if (stalledMs + (refusesAll ? Math.min(TICK_MS, writeStallMs) : writeStallMs) <= nowMs) {
      return stalledMs;
    }
    if (!refusesAll) return NEVER;
    // Of content only the time counts in which we wanted it.
    const sinceMs =
      reading.state === "head"
        ? reading.sinceMs
        : reading.isAwaited
          ? nowMs - reading.receiver!.willingForMs(nowMs)
          : NEVER;
    return sinceMs + receiveMs <= nowMs ? sinceMs : NEVER;
  }
}
