import { describe, expect, test } from "vitest";
import { manualClock } from "./clock.ts";
import { FlushQueue } from "./flush-queue.ts";

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Adds writers that take `ms` each and write `shares` times; gives who wrote in each turn until nobody is left. */
async function run(writers: Readonly<Record<string, readonly [ms: number, shares: number]>>) {
  const clock = manualClock();
  const queue = new FlushQueue(clock);
  let wrote: string[] = [];
  let left = 0;
  for (const [name, [ms, shares]] of Object.entries(writers)) {
    let more = shares;
    left += shares;
    const flushable = {
      flushMore() {
        wrote.push(name);
        left--;
        clock.jump(ms);
        if (--more > 0) queue.add(flushable);
      },
    };
    queue.add(flushable);
  }
  const byTurn: string[] = [];
  expect(wrote).toEqual([]);
  for (let turns = 0; turns < 50 && left > 0; turns++) {
    await turn();
    byTurn.push(wrote.join(""));
    wrote = [];
  }
  return byTurn;
}

describe("FlushQueue", () => {
  test("lets all go on in the next turn while they take no time", async () => {
    expect(await run({ a: [0, 1], b: [0, 1], c: [0, 1] })).toEqual(["abc"]);
  });

  test("gives each one share a turn", async () => {
    expect(await run({ a: [0, 3], b: [0, 1], c: [0, 2] })).toEqual(["abc", "ac", "a"]);
  });

  test("gives all together 5 ms a turn, and then goes on with those that have waited", async () => {
    expect(await run({ a: [3, 2], b: [3, 2], c: [3, 1] })).toEqual(["ab", "ca", "b"]);
    expect(await run({ a: [5, 2], b: [1, 1], c: [9, 1] })).toEqual(["a", "bc", "a"]);
  });

  test("stands still when nobody is left, and begins anew", async () => {
    const clock = manualClock();
    const queue = new FlushQueue(clock);
    let flushes = 0;
    const flushable = { flushMore: () => void flushes++ };
    for (let round = 1; round <= 3; round++) {
      queue.add(flushable);
      expect(flushes).toBe(round - 1);
      for (let turns = 0; turns < 3; turns++) await turn();
      expect(flushes).toBe(round);
    }
  });
});
