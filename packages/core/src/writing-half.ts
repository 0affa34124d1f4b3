// The writing half of a connection: answers on their way out, the wait for a transport that takes no more, FIN and the
// linger behind it, and the deadline of each.

import {
  advance,
  type StateNode,
  WRITING_NODES,
  type WritingEvent,
  type WritingState,
} from "./connection-state.ts";
import type { Deadlines } from "./deadlines.ts";
import { OutputQueue } from "./output-queue.ts";
import type { Transport } from "./transport.ts";

type Node = StateNode<WritingState, WritingEvent>;

/** What a connection writes before others have their turn: 256 KiB by default, a tenth of a millisecond of processor time. */
const SLICES_PER_TURN = 4;
const NEVER = Number.POSITIVE_INFINITY;

export class WritingHalf {
  readonly output: OutputQueue;
  readonly #transport: Transport;
  readonly #octetsPerTurn: number;
  /** The present state; its properties are the moves it has. */
  at: Node = WRITING_NODES.idle;
  #finRequested = false;
  /** `output.slices` when progress was last looked at, and the time of the last progress; then, when FIN went out (-1 until
   *  the turn's end). */
  #slicesSeen = 0;
  #sinceMs = 0;
  /** When the exchange that is open began, -1 until the turn's end. */
  #openedMs = -1;
  /** What the deadline that `dueMs` gave last is for. */
  waitsFor: "writeStall" | "linger" | "handler" = "writeStall";
  #waiters: (() => void)[] | undefined;

  constructor(transport: Transport, sliceOctets: number) {
    this.#transport = transport;
    this.output = new OutputQueue(transport, sliceOctets);
    this.#octetsPerTurn = SLICES_PER_TURN * sliceOctets;
  }

  get state(): WritingState {
    return this.at.name;
  }

  move(next: Node | undefined): void {
    this.at = advance(this.at, next);
  }

  exchangeOpened(): void {
    this.move(this.at.exchangeOpened);
    this.#openedMs = -1;
  }

  /** Hands over what the transport takes of this turn's share, and wakes whoever waits to write more. */
  flush(): void {
    this.output.flush(this.#octetsPerTurn);
    if (this.output.octets === 0 && !this.output.waiting) this.#wake();
  }

  /** The transport would take more, but others have their turn first. */
  get hasMore(): boolean {
    return this.output.octets > 0 && !this.output.waiting;
  }

  drained(): void {
    this.output.waiting = false;
  }

  /** Everything is queued and the connection closes: sends FIN once the queue is empty. */
  finish(): void {
    if (this.at.name !== "flushing" || this.output.octets > 0) return;
    if (!this.#finRequested) {
      this.#finRequested = true;
      this.#transport.end();
    }
    if (this.#transport.pendingBytes > 0) {
      // The transport calls onDrain when the rest and FIN are out; until then the stall deadline holds.
      this.output.waiting = true;
      return;
    }
    this.move(this.at.finSent);
    this.#sinceMs = -1;
  }

  /** Resolves when more may be written, or nothing ever will be. */
  writable(): Promise<void> {
    if (this.at.name === "closed") return Promise.resolve();
    if (this.output.octets === 0 && !this.output.waiting) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters ??= [];
      this.#waiters.push(resolve);
    });
  }

  lost(): void {
    this.move(this.at.lost);
    this.output.clear();
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    if (waiters === undefined) return;
    this.#waiters = undefined;
    for (const wake of waiters) wake();
  }

  /** When the present state is overdue; `Infinity` when nobody is waited for (WRITING_DEADLINES). */
  dueMs(nowMs: number, deadlines: Deadlines): number {
    const { name } = this.at;
    if (name === "lingering") {
      this.waitsFor = "linger";
      if (this.#sinceMs < 0) this.#sinceMs = nowMs;
      return this.#sinceMs + deadlines.lingerMs;
    }
    const stallMs = this.output.waiting ? this.#stallMs(nowMs, deadlines) : NEVER;
    this.waitsFor = "writeStall";
    if (name !== "awaiting" || deadlines.handlerMs === undefined) return stallMs;
    if (this.#openedMs < 0) this.#openedMs = nowMs;
    const handlerMs = this.#openedMs + deadlines.handlerMs;
    if (handlerMs < stallMs) this.waitsFor = "handler";
    return Math.min(stallMs, handlerMs);
  }

  /** Since when the transport has taken nothing that it was to take; `Infinity` when it does. */
  get stalledSinceMs(): number {
    const isWaiting = this.output.waiting && this.at.name !== "lingering";
    return isWaiting && this.#slicesSeen === this.output.slices ? this.#sinceMs : NEVER;
  }

  #stallMs(nowMs: number, deadlines: Deadlines): number {
    if (this.#slicesSeen !== this.output.slices) {
      this.#slicesSeen = this.output.slices;
      this.#sinceMs = nowMs;
    }
    return this.#sinceMs + deadlines.writeStallMs;
  }
}
