// What the server watches of a connection between its turns: the earlier deadline of the two halves, its place among the
// idle ones, the octets it holds. Changes nothing of the connection but what falls due.

import type { Connection } from "./connection.ts";
import { TICK_MS, type WheelEntry } from "./deadline-wheel.ts";
import type { IdleEntry, IdleQueue } from "./idle-list.ts";

export class ConnectionWatch implements WheelEntry, IdleEntry {
  readonly connection: Connection;
  #readDueMs: number;
  #writeDueMs: number = Number.POSITIVE_INFINITY;
  /** `requests` when the connection was last put among the idle ones. */
  #idleAfter = 0;
  #buffered = 0;

  deadlineMs: number = Number.POSITIVE_INFINITY;
  wheelTick = -1;
  wheelNext: WheelEntry | undefined = undefined;
  wheelPrevious: WheelEntry | undefined = undefined;
  idleNext: IdleEntry | undefined = undefined;
  idlePrevious: IdleEntry | undefined = undefined;
  idleQueue: IdleQueue | undefined = undefined;

  constructor(connection: Connection, nowMs: number) {
    const { wheel, deadlines, idle } = connection.runtime;
    this.connection = connection;
    this.#readDueMs = nowMs + deadlines.firstOctetMs;
    wheel.arm(this, this.#readDueMs);
    idle.add(this, true);
  }

  /** Octets received and not taken by a handler, or queued in the transport, as of the last turn. */
  get bufferedOctets(): number {
    return this.#buffered;
  }

  /** The turn is over. */
  update(): void {
    const { reading, transport, output, exchange } = this.connection;
    const { pendingBytes } = transport;
    const collected = exchange?.reader?.heldOctets ?? 0;
    this.#setBuffered(reading.input.octets + collected + pendingBytes);
    reading.updateFlow();
    // No event tells when octets are gone that the transport took without asking to wait: looks again at the next tick.
    this.#updateDeadlines(pendingBytes > 0 && !output.waiting);
    this.#updateIdleness();
  }

  /** The connection is gone. */
  end(): void {
    this.connection.runtime.wheel.remove(this);
    this.#setBuffered(0);
  }

  onDeadline(horizonMs: number): void {
    try {
      this.#onDeadline(horizonMs);
    } catch (error) {
      // An error of ours must not take the deadlines of the other connections along.
      this.connection.runtime.reportThrown(error, undefined, false);
      this.connection.cut("internal");
    }
  }

  #onDeadline(horizonMs: number): void {
    if (this.#writeDueMs <= horizonMs) this.connection.writeOverdue();
    else if (this.#readDueMs <= horizonMs) this.connection.readOverdue();
    else this.connection.turn();
  }

  #setBuffered(octets: number): void {
    if (octets === this.#buffered) return;
    const more = octets - this.#buffered;
    this.#buffered = octets;
    this.connection.runtime.buffered(more);
  }

  #updateDeadlines(looksAgain: boolean): void {
    const { runtime, reading, writing } = this.connection;
    const now = runtime.wheel.readClock();
    const readDueMs = reading.dueMs(now);
    const writeDueMs = writing.dueMs(now, runtime.deadlines);
    this.#readDueMs = readDueMs;
    this.#writeDueMs = writeDueMs;
    const dueMs = Math.min(readDueMs, writeDueMs);
    runtime.wheel.arm(this, looksAgain ? Math.min(dueMs, now + TICK_MS) : dueMs);
  }

  #updateIdleness(): void {
    const { runtime, isIdle, requests } = this.connection;
    if (!isIdle || this.#buffered > 0) runtime.idle.remove(this);
    else if (this.idleQueue === undefined || this.#idleAfter !== requests) {
      this.#idleAfter = requests;
      runtime.idle.add(this, requests === 0);
    }
  }
}
