// A transport without a socket: what core writes is kept, what the peer would do is done by calls. For inject and tests.

import { joinOctets } from "./join-octets.ts";
import type { Transport, TransportEvents } from "./transport.ts";

const encoder = new TextEncoder();

export interface MemoryTransportOptions {
  /** Octets taken before `write` says wait; `drain` takes the rest. Default: no bound. */
  readonly highWaterOctets?: number;
  readonly remoteAddress?: string;
  /** Called before each call of the transport with its name and number from 1; returning `"lose"` breaks the connection. */
  readonly fault?: (call: string, number: number) => "lose" | undefined;
}

/**
 * One connection's transport in memory. Events reach the receiver in a microtask when they follow from a call of the
 * transport, as the seam demands, and at once when the peer acts.
 */
export class MemoryTransport implements Transport {
  readonly remoteAddress: string | undefined;
  readonly #options: MemoryTransportOptions;
  readonly #written: Uint8Array[] = [];
  #events: TransportEvents | undefined;
  #queued = 0;
  #calls = 0;
  #waiting = false;
  /** Core has sent FIN. */
  ended = false;
  /** The connection is gone. */
  closed = false;
  /** It went by RST. */
  wasReset = false;
  paused = false;
  /** Sizes of the writes, in order. */
  readonly writes: number[] = [];

  constructor(options: MemoryTransportOptions = {}) {
    this.#options = options;
    this.remoteAddress = options.remoteAddress;
  }

  /** Connects the receiver of events. */
  connect(events: TransportEvents): void {
    this.#events = events;
  }

  /** All octets written so far. */
  get octets(): Uint8Array {
    const size = this.#written.reduce((sum, piece) => sum + piece.length, 0);
    return joinOctets(this.#written, size);
  }

  // --- What the peer does

  /** The peer sends octets. Ignored once the connection is gone. */
  receive(octets: Uint8Array): void {
    if (!this.closed) this.#events?.onData(octets);
  }

  /** The peer sends FIN. */
  receiveEnd(): void {
    if (!this.closed) this.#events?.onEnd();
  }

  /** The peer resets. */
  lose(cause: Error = new Error("connection reset")): void {
    if (this.closed) return;
    this.closed = true;
    this.#events?.onClose(cause);
  }

  /** The runtime takes everything queued. */
  drain(): void {
    if (this.closed || this.#queued === 0) return;
    this.#queued = 0;
    this.#waiting = false;
    this.#events?.onDrain();
  }

  // --- Transport

  get pendingBytes(): number {
    return this.closed ? 0 : this.#queued;
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#isFaulty("write") || this.closed || this.ended) return true;
    const octets = typeof chunk === "string" ? encoder.encode(chunk) : new Uint8Array(chunk);
    if (typeof chunk === "string" && octets.length !== chunk.length) {
      throw new TypeError("Cannot write text: it holds a character from U+0080 on");
    }
    this.#written.push(octets);
    this.writes.push(octets.length);
    const { highWaterOctets } = this.#options;
    if (highWaterOctets === undefined) return true;
    this.#queued += octets.length;
    this.#waiting ||= this.#queued > highWaterOctets;
    if (!this.#waiting) this.#queued = 0;
    return !this.#waiting;
  }

  end(): void {
    if (this.#isFaulty("end")) return;
    this.ended = true;
  }

  destroy(): void {
    if (!this.#isFaulty("destroy")) this.#close();
  }

  reset(): void {
    if (this.#isFaulty("reset")) return;
    this.wasReset = true;
    this.#close();
  }

  pause(): void {
    if (!this.#isFaulty("pause")) this.paused = true;
  }

  resume(): void {
    if (!this.#isFaulty("resume")) this.paused = false;
  }

  #isFaulty(call: string): boolean {
    if (this.#options.fault?.(call, ++this.#calls) !== "lose") return false;
    this.#close(new Error(`injected fault at ${call}`));
    return true;
  }

  #close(cause?: Error): void {
    if (this.closed) return;
    this.closed = true;
    queueMicrotask(() => this.#events?.onClose(cause));
  }
}
