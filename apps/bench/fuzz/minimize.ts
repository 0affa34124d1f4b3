// Makes a failing case small: fewer cuts, fewer octets, nothing special that it does not need. Knows only whether what is
// left still fails.

import type { FuzzCase } from "./cases.ts";

/** Tries to make `one` smaller until nothing helps or `dueMs` (of `performance.now()`) has come. */
export async function minimize(
  one: FuzzCase,
  fails: (smaller: FuzzCase) => Promise<boolean>,
  dueMs: number,
): Promise<FuzzCase> {
  let smallest = one;
  const attempt = async (smaller: FuzzCase): Promise<boolean> => {
    if (performance.now() > dueMs || !(await fails(smaller))) return false;
    smallest = smaller;
    return true;
  };
  for (let size = Number.POSITIVE_INFINITY; size > smallest.input.length; ) {
    size = smallest.input.length;
    await attempt({ ...smallest, sendsOn: false });
    if (smallest.holdMs > 0) await attempt({ ...smallest, holdMs: 0 });
    await fewerCuts(() => smallest, attempt);
    await fewerOctets(() => smallest, attempt);
  }
  await fewerCuts(() => smallest, attempt);
  return smallest;
}

type Attempt = (smaller: FuzzCase) => Promise<boolean>;

const SINGLE_CUTS_MAX = 64;

async function fewerCuts(current: () => FuzzCase, attempt: Attempt): Promise<void> {
  const { cuts, kind } = current();
  if (kind !== "split" && cuts.length > 0 && (await attempt({ ...current(), cuts: [] }))) return;
  if (cuts.length < 2) return;
  for (const cut of cuts.slice(-SINGLE_CUTS_MAX)) {
    if (await attempt({ ...current(), cuts: [cut] })) return;
  }
  const middle = cuts.length >> 1;
  if (await attempt({ ...current(), cuts: cuts.slice(0, middle) })) return;
  await attempt({ ...current(), cuts: cuts.slice(middle) });
}

async function fewerOctets(current: () => FuzzCase, attempt: Attempt): Promise<void> {
  for (let size = current().input.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < current().input.length; ) {
      if (!(await attempt(without(current(), from, from + size)))) from += size;
    }
  }
}

/** The case without a range of its input; cuts inside the range move to its begin, none gets lost at an end. */
export function without(one: FuzzCase, from: number, to: number): FuzzCase {
  const { input, cuts, cut } = one;
  const moved = (at: number): number => (at <= from ? at : Math.max(from, at - (to - from)));
  const shorter = input.slice(0, from) + input.slice(to);
  const inside = (at: number): number => Math.max(1, Math.min(shorter.length - 1, moved(at)));
  const kept = shorter.length < 2 ? [] : new Set(cuts.map(inside));
  return {
    ...one,
    input: shorter,
    cuts: [...kept].sort((a, b) => a - b),
    cut: cut?.side === "request" ? { ...cut, octet: moved(cut.octet) } : cut,
  };
}
