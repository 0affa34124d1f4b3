// Feeds a machine the same octets in every way they may arrive and holds that nothing else comes
// out. Octets lie at changing places, none is there before its push or after it, and what lies
// around them is poison.

import type { Machine } from "./machines.ts";
import { octetsOf, show } from "./wire.ts";

export interface Whole {
  readonly trace: string;
  /** Octets that had to be there before the machine was done; -1 if it never was. */
  readonly octetsUntilDone: number;
}

// What stands where a machine must not read: an octet that ends most things, and one that goes on
// with most.
const POISON = [0x00, 0x61] as const;
// Where a message may begin in a buffer; a machine must not mind that it moves.
const BASES = [3, 11] as const;
const TAIL_OCTETS = 8;

// Beyond these sizes splits are sampled, so that the whole suite stays a matter of seconds.
const EVERY_THREE_WAY_OCTETS = 120;
const SAMPLED_OCTETS = 200_000;
const EVERY_TWO_WAY_OCTETS = 1200;

/**
 * Feeds `wire` whole, octet by octet, at every two-way split, at every (or many a) three-way split,
 * and with other octets glued on. Long wires are cut at fewer places. Throws on the first
 * difference. Returns what came out.
 *
 * `start` makes a fresh machine; all runs but the first reuse one, reset each time in whatever
 * state it was left.
 */
export function runEverySplit(start: () => Machine, wire: Uint8Array): Whole {
  const whole = runTwoWaySplits(start, wire);
  const machine = start();
  const feeder = new Feeder(wire);
  for (const cuts of threeWayCuts(wire.length)) {
    feeder.feed(machine, cuts);
    expectTrace(machine, whole.trace, `split at ${cuts}`, wire);
  }
  if (whole.octetsUntilDone < 0) return whole;
  for (const next of ["GET / HTTP/1.1\r\n", "\r\n", "\0", "a"])
    glue(start(), wire, next, whole.trace);
  return whole;
}

/** The part of `runEverySplit` that cuts at most once, or everywhere. */
export function runTwoWaySplits(start: () => Machine, wire: Uint8Array): Whole {
  const feeder = new Feeder(wire);
  const fresh = start();
  feeder.feed(fresh, []);
  const trace = fresh.trace();
  const machine = start();
  const everyOctet = Array.from({ length: Math.max(0, wire.length - 1) }, (_, k) => k + 1);
  const octetsUntilDone = feeder.feed(machine, everyOctet);
  expectTrace(machine, trace, "octet by octet", wire);
  for (const cut of twoWayCuts(wire.length, octetsUntilDone)) {
    feeder.feed(machine, [cut]);
    expectTrace(machine, trace, `split at ${cut}`, wire);
    feeder.feedPrefix(machine, cut);
    const isDone = octetsUntilDone >= 0 && cut >= octetsUntilDone;
    if (isDone) expectTrace(machine, trace, `${cut} octets`, wire);
    else if (!machine.trace().startsWith("need more")) {
      throw new Error(`${cut} octets of ${show(wire)} do not wait:\n${machine.trace()}`);
    }
  }
  return { trace, octetsUntilDone };
}

/** Feeds a new machine once, cut at these places. */
export function feedPieces(machine: Machine, wire: Uint8Array, cuts: readonly number[]): void {
  new Feeder(wire).feed(machine, cuts);
}

function expectTrace(machine: Machine, expected: string, how: string, wire: Uint8Array): void {
  const trace = machine.trace();
  if (trace === expected) return;
  throw new Error(`${how}: ${show(wire)} gives\n${trace}\nbut whole\n${expected}`);
}

function glue(machine: Machine, wire: Uint8Array, next: string, expected: string): void {
  const glued = new Uint8Array([...wire, ...octetsOf(next)]);
  const feeder = new Feeder(glued);
  for (const cuts of [[], [wire.length - 1], [wire.length], [wire.length + 1]]) {
    feeder.feed(machine, cuts);
    expectTrace(machine, expected, `with ${JSON.stringify(next)} glued on, cut at ${cuts}`, glued);
  }
}

/** Two buffers and two poisons, taken in turn. */
class Feeder {
  readonly #wire: Uint8Array;
  readonly #buffers: readonly Uint8Array[];
  #run = 0;

  constructor(wire: Uint8Array) {
    this.#wire = wire;
    const octets = wire.length + TAIL_OCTETS;
    this.#buffers = BASES.map((base) => new Uint8Array(base + octets));
  }

  /**
   * Feeds all octets, cut at `cuts`; returns how many were given when the machine was done, -1 if
   * it was not.
   */
  feed(machine: Machine, cuts: readonly number[]): number {
    machine.reset();
    const poison = POISON[this.#run++ % POISON.length] ?? 0;
    for (const buffer of this.#buffers) buffer.fill(poison);
    let from = 0;
    for (let piece = 0; piece <= cuts.length; piece++) {
      const to = cuts[piece] ?? this.#wire.length;
      if (!this.#push(machine, piece, from, to, poison)) return to;
      from = to;
    }
    return -1;
  }

  feedPrefix(machine: Machine, octets: number): void {
    machine.reset();
    for (const buffer of this.#buffers) buffer.fill(POISON[1]);
    this.#push(machine, 0, 0, octets, POISON[1]);
  }

  #push(machine: Machine, piece: number, from: number, to: number, poison: number): boolean {
    const which = piece % BASES.length;
    const base = BASES[which] ?? 0;
    const buffer = this.#buffers[which];
    if (buffer === undefined) throw new Error("no buffer");
    if (!machine.push(buffer, base, from, base + from)) return false;
    for (let k = from; k < to; k++) buffer[base + k] = this.#wire[k] ?? 0;
    const goesOn = machine.push(buffer, base, from, base + to);
    buffer.fill(poison, base + from, base + to);
    return goesOn;
  }
}

/**
 * Every cut of a short wire; of a long one those around its ends and where it was done, and some of
 * the rest.
 */
function twoWayCuts(octets: number, octetsUntilDone: number): Iterable<number> {
  if (octets <= EVERY_TWO_WAY_OCTETS) return between(1, octets - 1);
  const cuts = new Set<number>();
  for (const around of [0, octetsUntilDone, octets]) {
    for (const cut of between(around - 4, around + 4)) cuts.add(cut);
  }
  const stride = Math.ceil(octets / (SAMPLED_OCTETS / octets));
  for (let cut = stride; cut < octets; cut += stride) cuts.add(cut);
  return [...cuts].filter((cut) => cut > 0 && cut < octets);
}

function* threeWayCuts(octets: number): Iterable<[number, number]> {
  if (octets <= EVERY_THREE_WAY_OCTETS) {
    for (let one = 1; one < octets; one++) {
      for (let other = one + 1; other < octets; other++) yield [one, other];
    }
    return;
  }
  // A small linear congruential generator: the same cuts in every run.
  let seed = octets;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  for (let pushed = 0; pushed < SAMPLED_OCTETS; pushed += octets) {
    const one = 1 + random(octets - 2);
    yield [one, one + 1 + random(octets - one - 1)];
  }
}

function between(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => from + k);
}
