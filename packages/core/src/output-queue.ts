// Octets on their way to the transport, in order. Joins what belongs to one turn into one write and hands it over in
// slices; when the transport says wait, the rest stays here. Knows no HTTP.

import type { Transport } from "./transport.ts";

/** Shared by all queues that have no parts: most never have any. Never pushed to. */
const NONE: (string | Uint8Array)[] = [];

export class OutputQueue {
  readonly #transport: Transport;
  readonly #sliceOctets: number;
  /** Parts before `#text`. */
  #parts: (string | Uint8Array)[] = NONE;
  #partsStart = 0;
  /** Text after the parts: consecutive texts are joined here. ASCII only. */
  #text = "";
  /** Octets queued here, not counting what the transport queues. */
  octets = 0;
  /** The transport asked to wait for `onDrain`. */
  waiting = false;
  /** Slices handed over so far; a change is progress. */
  slices = 0;
  /** Octets handed over so far. */
  octetsOut = 0;

  constructor(transport: Transport, sliceOctets: number) {
    this.#transport = transport;
    this.#sliceOctets = sliceOctets;
  }

  /** Queues text that holds only characters below U+0080. */
  text(ascii: string): void {
    this.#text = this.#text === "" ? ascii : this.#text + ascii;
    this.octets += ascii.length;
  }

  /** Queues octets; they must not be changed afterwards. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#parts === NONE) this.#parts = [];
    if (this.#text !== "") {
      this.#parts.push(this.#text);
      this.#text = "";
    }
    this.#parts.push(bytes);
    this.octets += bytes.length;
  }

  /** Hands over slices until `most` octets are reached, the queue is empty or the transport asks to wait. */
  flush(most: number = Number.POSITIVE_INFINITY): void {
    let left = most;
    while (left > 0 && this.octets > 0 && !this.waiting) {
      const slice = this.#takeSlice();
      left -= slice.length;
      this.octets -= slice.length;
      this.octetsOut += slice.length;
      this.slices++;
      // A stream asks to wait behind every write that is large, also when the kernel has taken all of it.
      if (!this.#transport.write(slice)) this.waiting = this.#transport.pendingBytes > 0;
    }
  }

  /** Drops all but the first `octets` of what is queued. */
  truncate(octets: number): void {
    if (octets >= this.octets) return;
    const kept: (string | Uint8Array)[] = [];
    for (let left = octets; left > 0; ) {
      const part = this.#takePart(left);
      kept.push(part);
      left -= part.length;
    }
    this.clear();
    this.#parts = kept.length === 0 ? NONE : kept;
    this.octets = octets;
  }

  clear(): void {
    this.#parts = NONE;
    this.#partsStart = 0;
    this.#text = "";
    this.octets = 0;
  }

  #takeSlice(): string | Uint8Array {
    if (this.#partsStart === this.#parts.length) {
      const text = this.#text;
      if (text.length <= this.#sliceOctets) {
        this.#text = "";
        return text;
      }
      this.#text = text.slice(this.#sliceOctets);
      return text.slice(0, this.#sliceOctets);
    }
    const first = this.#parts[this.#partsStart]!;
    if (typeof first !== "string" && (this.#isLarge(first) || first.length === this.octets)) {
      return this.#shorten(first, this.#sliceOctets);
    }
    const size = this.#joinedOctets();
    if (first.length >= size) return this.#takePart(size);
    // Filled to its end below.
    const slice = Buffer.allocUnsafe(size);
    for (let filled = 0; filled < size; ) {
      const part = this.#takePart(size - filled);
      if (typeof part === "string") slice.write(part, filled, "latin1");
      else slice.set(part, filled);
      filled += part.length;
    }
    return slice;
  }

  /** Such octets have writes of their own: a copy of them costs more than one write more. */
  #isLarge(part: string | Uint8Array): boolean {
    return typeof part !== "string" && part.length >= this.#sliceOctets;
  }

  /** How much of what comes next belongs into one write. */
  #joinedOctets(): number {
    let octets = 0;
    for (let at = this.#partsStart; at < this.#parts.length; at++) {
      const part = this.#parts[at]!;
      if (this.#isLarge(part)) return octets;
      octets += part.length;
      if (octets >= this.#sliceOctets) return this.#sliceOctets;
    }
    return Math.min(octets + this.#text.length, this.#sliceOctets);
  }

  /** The next part's first octets, at most `most`. */
  #takePart(most: number): string | Uint8Array {
    if (this.#partsStart < this.#parts.length) {
      return this.#shorten(this.#parts[this.#partsStart]!, most);
    }
    const text = this.#text.slice(0, most);
    this.#text = this.#text.slice(most);
    return text;
  }

  #shorten(part: string | Uint8Array, most: number): string | Uint8Array {
    if (part.length > most) {
      this.#parts[this.#partsStart] =
        typeof part === "string" ? part.slice(most) : part.subarray(most);
      return typeof part === "string" ? part.slice(0, most) : part.subarray(0, most);
    }
    this.#parts[this.#partsStart++] = "";
    if (this.#partsStart === this.#parts.length) {
      this.#parts = NONE;
      this.#partsStart = 0;
    }
    return part;
  }
}
