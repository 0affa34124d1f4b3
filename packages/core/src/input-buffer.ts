// Octets received and not yet consumed, in order. A region (`bytes[start..end)`) is contiguous; later chunks wait behind
// it. Octets already consumed are never overwritten, because requests keep views of them.

const EMPTY = new Uint8Array(0);
/** Shared by all buffers with an empty queue: most never have another. Never pushed to. */
const NONE: Uint8Array[] = [];
/** Chunks below this many octets are gathered, so that octet-wise arrival does not cost an object each. */
const SMALL_OCTETS = 2048;
const GATHER_OCTETS = 4096;

export class InputBuffer {
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  /** Octets held in all. */
  octets = 0;
  /** The region lies in memory of ours behind `end`, and nobody has a view of it. */
  #growable = false;
  #queue: Uint8Array[] = NONE;
  #queueStart = 0;
  /** The last part of the queue, while small chunks are gathered in it. */
  #gather: Uint8Array | undefined;
  #gathered = 0;

  append(chunk: Uint8Array): void {
    const length = chunk.length;
    if (this.octets === 0) {
      this.bytes = chunk;
      this.start = 0;
      this.end = length;
      this.octets = length;
      this.#growable = false;
      return;
    }
    this.octets += length;
    if (length >= SMALL_OCTETS) {
      this.#closeGather();
      this.#enqueue(chunk);
      return;
    }
    if (this.#gather !== undefined && this.#gathered + length > GATHER_OCTETS) this.#closeGather();
    this.#gather ??= new Uint8Array(GATHER_OCTETS);
    this.#gather.set(chunk, this.#gathered);
    this.#gathered += length;
  }

  /** Drops `count` octets of the region's front; they are in use elsewhere from now on. */
  consume(count: number): void {
    this.start += count;
    this.octets -= count;
    this.#growable = false;
    if (this.start === this.end) this.#nextRegion();
  }

  /** Joins the chunk behind the region to it. Reports whether there was one. May change `bytes`, `start` and `end`. */
  extend(): boolean {
    const chunk = this.#shift();
    if (chunk === undefined) return false;
    const held = this.end - this.start;
    const needed = held + chunk.length;
    if (!this.#growable || this.bytes.length - this.end < chunk.length) {
      const grown = new Uint8Array(Math.max(512, needed * 2));
      grown.set(this.bytes.subarray(this.start, this.end));
      this.bytes = grown;
      this.start = 0;
      this.end = held;
      this.#growable = true;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
    return true;
  }

  /** Copies a small rest out of a large chunk, so that a few octets do not hold the chunk's memory. */
  compact(): void {
    const held = this.end - this.start;
    if (this.#growable || this.bytes.buffer.byteLength <= 1024 + 4 * held) return;
    this.bytes = this.bytes.slice(this.start, this.end);
    this.start = 0;
    this.end = held;
    this.#growable = true;
  }

  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
    this.octets = 0;
    this.#growable = false;
    this.#queue = NONE;
    this.#queueStart = 0;
    this.#gather = undefined;
    this.#gathered = 0;
  }

  #nextRegion(): void {
    const chunk = this.octets === 0 ? undefined : this.#shift();
    this.bytes = chunk ?? EMPTY;
    this.start = 0;
    this.end = chunk === undefined ? 0 : chunk.length;
  }

  #shift(): Uint8Array | undefined {
    if (this.#queueStart === this.#queue.length) {
      this.#closeGather();
      if (this.#queueStart === this.#queue.length) return undefined;
    }
    const chunk = this.#queue[this.#queueStart]!;
    this.#queue[this.#queueStart++] = EMPTY;
    if (this.#queueStart === this.#queue.length) {
      this.#queue = NONE;
      this.#queueStart = 0;
    }
    return chunk;
  }

  #enqueue(chunk: Uint8Array): void {
    if (this.#queue === NONE) this.#queue = [];
    this.#queue.push(chunk);
  }

  #closeGather(): void {
    if (this.#gather === undefined) return;
    this.#enqueue(this.#gather.subarray(0, this.#gathered));
    this.#gather = undefined;
    this.#gathered = 0;
  }
}
