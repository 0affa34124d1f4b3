// A queue: first in, first out, every call at the same cost on average.

export class Fifo<T> {
  #entries: T[] = [];
  /** Those before this index have left. */
  #first = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** The one that leaves next. */
  get first(): T | undefined {
    return this.#entries[this.#first];
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#entries[this.#first];
    // What has left must not be held until the list is copied.
    this.#entries[this.#first++] = undefined as T;
    // Half of the list has left: what is copied now was paid for by them.
    if (this.#first * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }
}
