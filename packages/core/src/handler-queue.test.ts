import { describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "./clock.ts";
import { HandlerQueue, type Runnable } from "./handler-queue.ts";

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

interface Rig {
  readonly queue: HandlerQueue;
  readonly clock: ManualClock;
  readonly host: { accepted: number; isLate: boolean };
  /** Names of the handlers begun so far, in order. */
  readonly begun: string[];
  /** How late each was. */
  readonly late: Map<string, number>;
  /** Adds a handler that takes so many ms. */
  add(name: string, tookMs?: number): Runnable & { aborted: unknown };
}

function rig(): Rig {
  const clock = manualClock();
  const host = { accepted: 0, isLate: false };
  const queue = new HandlerQueue(clock, host);
  const begun: string[] = [];
  const late = new Map<string, number>();
  return {
    queue,
    clock,
    host,
    begun,
    late,
    add(name, tookMs = 0) {
      const runnable = {
        aborted: undefined,
        run(lateMs: number) {
          begun.push(name);
          late.set(name, lateMs);
          clock.jump(tookMs);
        },
        settle: () => void begun.push(`${name} settled`),
      };
      queue.add(runnable);
      return runnable;
    },
  };
}

function names(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, i) => `${from + i}`);
}

describe("HandlerQueue", () => {
  test("begins handlers at once while they take no time", () => {
    const { queue, begun, add } = rig();
    for (const name of names(100)) add(name);
    expect([begun, queue.length, queue.longestMs]).toEqual([names(100), 0, 0]);
  });

  test("begins handlers for 5 ms in one turn, the others in the turns behind it, in order", async () => {
    const { queue, clock, begun, add } = rig();
    for (const name of names(12)) add(name, 5);
    // The clock is looked at behind the first, and then behind each fourth.
    expect([begun, queue.length]).toEqual([names(1), 11]);
    clock.jump(7);
    expect(queue.longestMs).toBe(7);
    const counts: number[] = [];
    for (let turn = 0; turn < 60 && queue.length > 0; turn++) {
      const before = begun.length;
      await turns(1);
      if (begun.length > before) counts.push(begun.length - before);
    }
    expect(begun).toEqual(names(12));
    expect(counts).toEqual(new Array(11).fill(1));
    expect(queue.longestMs).toBe(0);
  });

  test("looks at the clock behind the first and each fourth handler", () => {
    for (const [ms, atOnce] of [
      [1.3, 4],
      [5, 1],
      [4.9, 4],
      [0.7, 8],
    ] as const) {
      const { begun, add } = rig();
      for (const name of names(20)) add(name, ms);
      expect([ms, begun.length]).toEqual([ms, atOnce]);
    }
  });

  test("looks at the clock as often for those that have waited", async () => {
    for (const [ms, inOneTurn] of [
      [1.3, 5],
      [5, 1],
      [4.9, 5],
      [0.7, 9],
    ] as const) {
      const { begun, add, queue } = rig();
      add("slow", 5);
      for (const name of names(20)) add(name, ms);
      for (let turn = 0; turn < 30 && begun.length === 1; turn++) await turns(1);
      expect([ms, begun.length - 1]).toEqual([ms, inOneTurn]);
      for (let turn = 0; turn < 90 && queue.length > 0; turn++) await turns(1);
      expect(begun).toEqual(["slow", ...names(20)]);
    }
  });

  test("keeps what comes meanwhile behind those that wait", async () => {
    const { begun, add, queue } = rig();
    for (const name of names(4)) add(name, 5);
    await turns(1);
    add("late", 5);
    for (let turn = 0; turn < 30; turn++) await turns(1);
    expect([begun, queue.length]).toEqual([["1", "2", "3", "4", "late"], 0]);
  });

  test("takes a new slice each turn, and none is left over for a later one", async () => {
    const { begun, add } = rig();
    add("a", 3);
    await turns(2);
    for (const name of names(4)) add(name, 2);
    expect(begun).toEqual(["a", "1", "2", "3", "4"]);
  });

  test("gives connections that are waiting turns to be accepted first, at most 16", async () => {
    for (const [arriving, most] of [
      [0, 3],
      [3, 6],
      [10_000, 20],
    ] as const) {
      const { begun, add, host, queue } = rig();
      add("slow", 5);
      add("next");
      let waited = 0;
      while (begun.length === 1 && waited < 40) {
        if (waited < arriving) host.accepted++;
        await turns(1);
        waited++;
      }
      expect([begun, queue.length]).toEqual([["slow", "next"], 0]);
      expect(waited).toBeLessThanOrEqual(most);
      if (arriving > 0) expect(waited).toBeGreaterThanOrEqual(Math.min(arriving, 16));
    }
  });

  test("settles what was aborted while it waited, without beginning it", async () => {
    const { begun, add, queue } = rig();
    add("slow", 5);
    const gone = add("gone", 5);
    add("next");
    gone.aborted = new Error("left");
    await turns(6);
    expect([begun, queue.length]).toEqual([["slow", "gone settled", "next"], 0]);
  });

  test("goes on after a pause of any length", async () => {
    const { begun, add, clock } = rig();
    for (let round = 0; round < 3; round++) {
      for (const name of names(3, round * 3 + 1)) add(name, 5);
      await turns(20);
      clock.jump(60_000);
    }
    expect(begun).toEqual(names(9));
  });
});

describe("HandlerQueue.hold", () => {
  test("begins nothing until release, whatever comes and however long; then all, in order", async () => {
    for (const isBusyBefore of [false, true]) {
      const { begun, add, queue } = rig();
      if (isBusyBefore) add("before", 5);
      queue.hold();
      for (const name of names(3)) add(name);
      await turns(30);
      const before = isBusyBefore ? ["before"] : [];
      expect([begun, queue.length]).toEqual([before, 3]);
      queue.release();
      expect(begun).toEqual(before);
      await turns(3);
      expect([begun, queue.length]).toEqual([[...before, ...names(3)], 0]);
      add("after");
      expect(begun.at(-1)).toBe("after");
    }
  });

  test("goes on with nothing to do behind release", async () => {
    const { begun, add, queue } = rig();
    queue.hold();
    await turns(2);
    queue.release();
    await turns(2);
    add("1");
    expect(begun).toEqual(["1"]);
  });
});

describe("how late HandlerQueue says a handler is", () => {
  test("is nothing for those begun at once", () => {
    const { late, add } = rig();
    for (const name of names(3)) add(name, 1);
    expect([...late.values()]).toEqual([0, 0, 0]);
  });

  test("is what it has waited beyond two turns", async () => {
    const { late, add, clock } = rig();
    add("slow", 20);
    add("a");
    clock.jump(100);
    await turns(4);
    // Behind it: 20 ms of the handler and 100 of something else are one turn of 120 ms.
    expect(late.get("a")).toBe(0);
    const other = rig();
    other.add("slow", 20);
    other.add("a");
    await turns(1);
    other.clock.jump(100);
    await turns(4);
    expect(other.late.get("a")).toBe(60);
  });

  test("takes the last turn, or half of a longer one before it", async () => {
    const { late, add, clock } = rig();
    add("long", 80);
    await turns(4);
    add("short", 5);
    add("a");
    await turns(1);
    clock.jump(200);
    await turns(4);
    // 80 ms, then the turn behind it that had nothing to do: half of them, half again.
    expect(late.get("a")).toBe(200 - 2 * 20);
  });

  test("lets nobody that comes while others wait overtake them", async () => {
    const { queue, clock, begun, add } = rig();
    add("slow", 5);
    for (const name of ["a", "b"]) add(name);
    // A connection that has just been served has its next request ready.
    queue.add({
      aborted: undefined,
      run() {
        begun.push("pipeliner");
        clock.jump(1);
        add("pipeliner again");
      },
      settle: () => {},
    });
    add("last");
    await turns(4);
    expect(begun).toEqual(["slow", "a", "b", "pipeliner", "last", "pipeliner again"]);
  });

  test("counts the time of handlers that go on in microtasks", async () => {
    const { queue, clock, begun, add } = rig();
    add("slow", 5);
    for (const name of names(6)) {
      queue.add({
        aborted: undefined,
        run() {
          begun.push(name);
          void Promise.resolve()
            .then(() => {})
            .then(() => clock.jump(5));
        },
        settle: () => {},
      });
    }
    const counts: number[] = [];
    for (let turn = 0; turn < 60 && queue.length > 0; turn++) {
      const before = begun.length;
      await turns(1);
      if (begun.length > before) counts.push(begun.length - before);
    }
    expect([begun, Math.max(...counts)]).toEqual([["slow", ...names(6)], 1]);
  });
});

describe("HandlerQueue of a late server", () => {
  // While the server is late every turn of the loop is looked at, so that it never sleeps; here it sleeps not either.
  function lateRig(): Rig {
    const all = rig();
    all.host.isLate = true;
    return all;
  }

  test("counts what the loop was busy with before the turn's first request", async () => {
    const { add, late, clock, host } = lateRig();
    add("first");
    await turns(2);
    // A handler goes on for 70 ms behind an await; the next request waits in the kernel meanwhile.
    clock.jump(70);
    add("second");
    expect([...late.values()]).toEqual([0, 70]);
    host.isLate = false;
  });

  test("takes turns in which nothing happened for no lateness", async () => {
    const { add, late, clock, host } = lateRig();
    add("first");
    for (let turn = 0; turn < 50; turn++) {
      clock.jump(100);
      await turns(1);
    }
    add("second");
    expect(late.get("second")).toBe(0);
    host.isLate = false;
  });

  test("counts it for those that have to wait as well", async () => {
    const { add, late, clock, queue, host } = lateRig();
    add("first");
    await turns(2);
    clock.jump(70);
    add("second", 5);
    add("third");
    expect(queue.longestMs).toBe(70);
    await turns(6);
    expect(late.get("third")).toBe(60);
    host.isLate = false;
  });

  test("begins from nothing when it has not been late before", async () => {
    const { add, late, clock, host } = lateRig();
    host.isLate = false;
    add("first");
    await turns(2);
    clock.jump(70);
    host.isLate = true;
    add("second");
    expect(late.get("second")).toBe(0);
    host.isLate = false;
    await turns(2);
    add("third");
    clock.jump(70);
    host.isLate = true;
    await turns(6);
    add("fourth");
    expect(late.get("fourth")).toBe(0);
    host.isLate = false;
  });
});

describe("HandlerQueue.hasWaitedAlways", () => {
  test("is so only when somebody waited at every moment since the last look", async () => {
    const { queue, add } = rig();
    expect(queue.hasWaitedAlways()).toBe(false);
    add("slow", 5);
    for (const name of names(30)) add(name, 5);
    queue.hasWaitedAlways();
    await turns(4);
    expect(queue.hasWaitedAlways()).toBe(true);
    await turns(100);
    expect([queue.length, queue.hasWaitedAlways()]).toEqual([0, false]);
    add("slow", 5);
    add("waits");
    await turns(6);
    add("slow", 5);
    add("waits");
    // It waits now, but in between nobody did.
    expect([queue.length, queue.hasWaitedAlways()]).toEqual([1, false]);
  });
});
