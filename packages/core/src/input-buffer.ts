// Octets received and not yet consumed, in order. A region (`bytes[start..end)`) is contiguous; later chunks wait behind
// it. Octets already consumed are not overwritten here, because requests keep views of them; between the runs of a chunked
// content, where nobody has one, ContentReceiver moves the later run up.

const EMPTY = new Uint8Array(0);
/** Shared by all buffers with an empty queue: most never have another. Never pushed to. */
const NONE: Uint8Array[] = [];
/** Chunks below this many octets are gathered, so that octet-wise arrival does not cost an object each. */
const SMALL_OCTETS = 2048;
const GATHER_OCTETS = 4096;
/** Of a chunk behind the region, so much is joined to it at a time: the rest of a head is small, a chunk may be 512 KiB. */
const JOIN_OCTETS = 4096;

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
  /** How much of the queue's first chunk has been joined to the region, and where in it. */
  #joined = 0;
  #joinedAt = 0;
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
    if (this.#joined > 0 && this.start >= this.#joinedAt) this.#enterChunk();
    else if (this.start === this.end) this.#nextRegion();
  }

  /** Joins octets of the chunk behind the region to it. Reports whether there was one. May change `bytes`, `start`, `end`. */
  extend(): boolean {
    const chunk = this.#first();
    if (chunk === undefined) return false;
    const more = chunk.subarray(this.#joined, this.#joined + JOIN_OCTETS);
    const { length } = more;
    if (!this.#growable || this.bytes.length - this.end < length) this.#grow(length);
    if (this.#joined === 0) this.#joinedAt = this.end;
    this.bytes.set(more, this.end);
    this.end += length;
    this.#joined += length;
    if (this.#joined === chunk.length) {
      this.#joined = 0;
      this.#shift();
    }
    return true;
  }

  #grow(more: number): void {
    const held = this.end - this.start;
    const grown = new Uint8Array(Math.max(512, (held + more) * 2));
    grown.set(this.bytes.subarray(this.start, this.end));
    this.bytes = grown;
    this.#joinedAt -= this.start;
    this.start = 0;
    this.end = held;
    this.#growable = true;
  }

  /** What is left of the region also lies in the chunk it was joined from: goes on there, without copying more. */
  #enterChunk(): void {
    const chunk = this.#shift()!;
    this.bytes = chunk;
    this.start -= this.#joinedAt;
    this.end = chunk.length;
    this.#joined = 0;
  }

  /** Copies a small rest out of a large chunk, so that a few octets do not hold the chunk's memory. */
  compact(): void {
    const held = this.end - this.start;
    if (this.#growable || this.bytes.buffer.byteLength <= 1024 + 4 * held) return;
    // Not slice(): of a Buffer that is a view.
    this.bytes = new Uint8Array(this.bytes.subarray(this.start, this.end));
    this.#joinedAt -= this.start;
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
    this.#joined = 0;
    this.#gather = undefined;
    this.#gathered = 0;
  }

  #nextRegion(): void {
    const chunk = this.octets === 0 ? undefined : this.#shift();
    this.bytes = chunk ?? EMPTY;
    this.start = 0;
    this.end = chunk === undefined ? 0 : chunk.length;
  }

  /** The chunk behind the region. */
  #first(): Uint8Array | undefined {
    if (this.#queueStart === this.#queue.length) this.#closeGather();
    return this.#queue[this.#queueStart];
  }

  #shift(): Uint8Array | undefined {
    const chunk = this.#first();
    if (chunk === undefined) return undefined;
    this.#queue[this.#queueStart++] = EMPTY;
    if (this.#queueStart === this.#queue.length) {
      this.#queue = NONE;
      this.#queueStart = 0;
    } else if (this.#queueStart >= 64 && this.#queueStart * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#queueStart);
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
