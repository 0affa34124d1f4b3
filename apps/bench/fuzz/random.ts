// Random numbers that a seed repeats. Knows nothing of what is drawn with them.

/** A stream of numbers told by its seed and nothing else; the same on every machine. */
export class Random {
  #state: number;

  /** `index` gives each case of a seed a stream of its own, so that a case does not depend on those before it. */
  constructor(seed: number, index = 0) {
    this.#state = mixed(Math.imul(seed | 0, 0x9e3779b1) ^ mixed(index | 0));
  }

  /** A whole number from 0 to `end` - 1. */
  below(end: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return Math.floor((mixed(this.#state) / 0x1_0000_0000) * end);
  }

  /** True `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.below(1000) < percent * 10;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** Spreads every bit of a number over all 32 of the result. */
function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
