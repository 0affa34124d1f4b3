import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countingClock } from "../test/memory-server.ts";
import { DeadlineWheel, TICK_MS, type WheelEntry } from "./deadline-wheel.ts";

/** An entry that notes when it was called. It gives up when the wheel looks at it without end. */
class Entry implements WheelEntry {
  wheelTick = -1;
  wheelNext: WheelEntry | undefined;
  wheelPrevious: WheelEntry | undefined;
  calls: number[] = [];
  onCall: ((nowMs: number) => void) | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #looks = 0;

  get deadlineMs(): number {
    if (++this.#looks > 100_000) throw new Error("the wheel looks at one entry without end");
    return this.#deadlineMs;
  }

  set deadlineMs(ms: number) {
    this.#deadlineMs = ms;
  }

  onDeadline(nowMs: number): void {
    this.calls.push(nowMs);
    this.onCall?.(nowMs);
  }
}

function newWheel(startMs = 0) {
  const clock = countingClock();
  clock.advance(startMs);
  const wheel = new DeadlineWheel(clock);
  const add = (deadlineMs: number): Entry => {
    const entry = new Entry();
    wheel.add();
    wheel.arm(entry, deadlineMs);
    return entry;
  };
  return { clock, wheel, add };
}

describe("DeadlineWheel", () => {
  test.each([0, 1, 249, 250, 251, 1000, 9_999, 65_000, 127_999, 128_001, 3_600_000])(
    "calls onDeadline within two ticks of %d ms, not before, and once",
    (ms) => {
      for (const startMs of [0, 100, 249]) {
        const { clock, add } = newWheel(startMs);
        const entry = add(startMs + ms);
        clock.advance(ms + 2 * TICK_MS);
        expect(entry.calls.length).toBe(1);
        expect(entry.calls[0]).toBeGreaterThanOrEqual(startMs + ms);
        expect(entry.calls[0]).toBeLessThan(startMs + ms + 2 * TICK_MS);
      }
    },
  );

  test("calls at its next tick what is due when it is armed", () => {
    const { clock, add } = newWheel(1000);
    const entry = add(-5);
    clock.advance(TICK_MS);
    expect(entry.calls).toEqual([1250]);
  });

  test("holds to a deadline that was moved later", () => {
    const { clock, wheel, add } = newWheel();
    const entry = add(1000);
    clock.advance(900);
    wheel.arm(entry, 5000);
    clock.advance(4000);
    expect(entry.calls).toEqual([]);
    clock.advance(200);
    expect(entry.calls).toEqual([5000]);
  });

  test("holds to a deadline that was moved earlier", () => {
    const { clock, wheel, add } = newWheel();
    const entry = add(60_000);
    wheel.arm(entry, 1000);
    clock.advance(1000);
    expect(entry.calls).toEqual([1000]);
  });

  test("never calls an entry that was disarmed, and calls it again once it is armed", () => {
    const { clock, wheel, add } = newWheel();
    const entry = add(1000);
    wheel.arm(entry, Number.POSITIVE_INFINITY);
    clock.advance(10_000);
    expect(entry.calls).toEqual([]);
    wheel.arm(entry, 11_000);
    clock.advance(1000);
    expect(entry.calls).toEqual([11_000]);
  });

  test("keeps deadlines beyond its slots when ticks fall together", () => {
    // 251 ms steps let one timer call work off two ticks now and then; 128 s is the wheel's round.
    const { clock, add } = newWheel();
    const entries = [200_000, 600_000, 3_600_000].map((ms) => add(ms));
    for (let ms = 0; ms < 3_700_000; ms += 251) clock.jump(251);
    expect(entries.map((entry) => entry.calls.length)).toEqual([1, 1, 1]);
    for (const [i, due] of [200_000, 600_000, 3_600_000].entries()) {
      expect(entries[i]!.calls[0]).toBeGreaterThanOrEqual(due);
      expect(entries[i]!.calls[0]).toBeLessThanOrEqual(due + 2 * 251);
    }
  });

  test("survives a jump of many rounds", () => {
    const { clock, add } = newWheel();
    const [near, far] = [add(1000), add(100_000_000)];
    clock.jump(90_000_000);
    clock.advance(TICK_MS);
    expect([near.calls.length, far.calls.length]).toEqual([1, 0]);
    clock.advance(10_000_000);
    expect(far.calls).toEqual([100_000_000]);
  });

  test("has one timer for 10000 entries, and none when the last is removed", () => {
    const { clock, wheel, add } = newWheel();
    expect(clock.pendingCalls).toBe(0);
    const entries = Array.from({ length: 10_000 }, (_, i) => add(10_000 + (i % 500)));
    for (let round = 0; round < 3; round++) {
      for (const entry of entries) wheel.arm(entry, clock.now() + 10_000);
      clock.advance(5000);
      expect(clock.pendingCalls).toBe(1);
    }
    expect(entries.every((entry) => entry.calls.length === 0)).toBe(true);
    clock.advance(6000);
    expect(entries.every((entry) => entry.calls.length === 1)).toBe(true);
    for (const entry of entries) wheel.remove(entry);
    expect(clock.pendingCalls).toBe(0);
    clock.advance(100_000);
    expect(entries.every((entry) => entry.calls.length === 1)).toBe(true);
  });

  test("starts again after it was empty", () => {
    const { clock, wheel, add } = newWheel();
    wheel.remove(add(1000));
    clock.advance(77_777);
    expect(clock.pendingCalls).toBe(0);
    const entry = add(78_000);
    clock.advance(500);
    expect(entry.calls.length).toBe(1);
    expect(wheel.lagMs).toBe(0);
  });

  test("lets onDeadline remove and arm any entry, itself too", () => {
    const { clock, wheel, add } = newWheel();
    const [first, second, third, fourth] = [add(1000), add(1000), add(1000), add(2000)];
    // Whichever comes first removes the others; only one of the three may be called.
    const trio = [first, second, third];
    for (const entry of trio) {
      entry.onCall = () => {
        for (const other of trio) if (other !== entry) wheel.remove(other);
        wheel.arm(fourth, 1250);
        wheel.arm(entry, 3000);
        entry.onCall = () => wheel.remove(entry);
      };
    }
    clock.advance(1000);
    expect(trio.map((entry) => entry.calls.length).sort()).toEqual([0, 0, 1]);
    clock.advance(250);
    expect(fourth.calls).toEqual([1250]);
    clock.advance(2000);
    expect(trio.flatMap((entry) => entry.calls)).toEqual([1000, 3000]);
    wheel.remove(fourth);
    expect(clock.pendingCalls).toBe(0);
  });

  test("lets onDeadline remove and re-arm entries that the same tick has put off", () => {
    const { clock, wheel, add } = newWheel();
    // All sit in the slot of 1000; only the middle one is due then.
    const [gone, moved, due, alsoGone, alsoMoved] = [1, 2, 3, 4, 5].map(() => add(1000)) as [
      Entry,
      Entry,
      Entry,
      Entry,
      Entry,
    ];
    for (const entry of [gone, moved, alsoGone, alsoMoved]) wheel.arm(entry, 5000);
    due.onCall = () => {
      for (const entry of [gone, alsoGone]) wheel.remove(entry);
      for (const entry of [moved, alsoMoved]) wheel.arm(entry, 1250);
    };
    clock.advance(1000);
    expect([gone.wheelTick, alsoGone.wheelTick]).toEqual([-1, -1]);
    clock.advance(10_000);
    const calls = [gone, moved, due, alsoGone, alsoMoved].map((entry) => entry.calls);
    expect(calls).toEqual([[], [1250], [1000], [], [1250]]);
    for (const entry of [moved, due, alsoMoved]) wheel.remove(entry);
    expect(clock.pendingCalls).toBe(0);
  });

  test("lets onDeadline remove the last entry, and stops", () => {
    const { clock, wheel, add } = newWheel();
    const entry = add(1000);
    entry.onCall = () => wheel.remove(entry);
    clock.advance(1000);
    expect(clock.pendingCalls).toBe(0);
  });
});

describe("DeadlineWheel after a blocked event loop", () => {
  test("closes only what was due at the tick before, the rest at the next tick when it is still due", () => {
    const { clock, wheel, add } = newWheel();
    clock.advance(1000);
    const [before, during, saved] = [add(1000), add(3000), add(3000)];
    // `before` is due at 1000, which the tick at 1000 has seen already; it has been put to the next one.
    clock.jump(5000);
    expect([before.calls.length, during.calls.length, saved.calls.length]).toEqual([1, 0, 0]);
    expect(wheel.lagMs).toBe(4750);
    // The poll phase: octets that waited in the kernel arrive and re-arm one of them.
    wheel.arm(saved, 20_000);
    clock.advance(TICK_MS);
    expect([during.calls.length, saved.calls.length]).toEqual([1, 0]);
    expect(wheel.lagMs).toBe(0);
  });

  test("kills nobody while every tick comes late and everybody goes on sending", () => {
    const { clock, wheel, add } = newWheel();
    const entries = Array.from({ length: 50 }, () => add(10_000));
    for (let block = 0; block < 20; block++) {
      clock.jump(15_000);
      for (const entry of entries) wheel.arm(entry, clock.now() + 10_000);
      clock.advance(TICK_MS);
    }
    expect(entries.flatMap((entry) => entry.calls)).toEqual([]);
  });

  test("takes a tick that is one tick late as in time", () => {
    const { clock, add } = newWheel();
    const entry = add(300);
    clock.jump(2 * TICK_MS);
    expect(entry.calls).toEqual([500]);
  });

  test("still closes everything that is due when ticks keep coming late", () => {
    const { clock, add } = newWheel();
    const entry = add(1000);
    clock.jump(2000);
    clock.jump(2000);
    // The second tick closes what was due by the first.
    expect(entry.calls).toEqual([2000]);
  });
});

describe("DeadlineWheel against a list", () => {
  type Step =
    | { readonly kind: "arm"; readonly which: number; readonly inMs: number }
    | { readonly kind: "disarm" | "remove"; readonly which: number }
    | { readonly kind: "advance"; readonly ms: number };
  const which = fc.integer({ min: 0, max: 4 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant("arm" as const),
      which,
      inMs: fc.oneof(fc.integer({ min: -10, max: 3000 }), fc.integer({ min: 0, max: 400_000 })),
    }),
    fc.record({ kind: fc.constantFrom("disarm" as const, "remove" as const), which }),
    fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 200_000 })),
    }),
  );

  test("calls each armed entry within two ticks of its deadline, and nothing else", () => {
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, wheel } = newWheel();
      const entries = Array.from({ length: 5 }, () => new Entry());
      const due = new Map<Entry, number>();
      const added = new Set<Entry>();
      for (const entry of entries) {
        entry.onCall = (now) => {
          const deadline = due.get(entry);
          expect(deadline).toBeDefined();
          expect(now).toBeGreaterThanOrEqual(deadline!);
          due.delete(entry);
        };
      }
      for (const { kind, ...rest } of steps) {
        if (kind === "advance") clock.advance((rest as { ms: number }).ms);
        else {
          const entry = entries[(rest as { which: number }).which]!;
          if (kind === "remove") {
            if (added.delete(entry)) wheel.remove(entry);
            due.delete(entry);
          } else {
            if (!added.has(entry)) {
              added.add(entry);
              wheel.add();
            }
            const deadline =
              kind === "arm"
                ? clock.now() + (rest as { inMs: number }).inMs
                : Number.POSITIVE_INFINITY;
            wheel.arm(entry, deadline);
            if (kind === "arm") due.set(entry, deadline);
            else due.delete(entry);
          }
        }
        for (const deadline of due.values()) {
          expect(deadline + 2 * TICK_MS).toBeGreaterThan(clock.now());
        }
        expect(clock.pendingCalls).toBe(added.size > 0 ? 1 : 0);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("goes on ticking behind an error of whoever listens to its ticks", () => {
    const clock = countingClock();
    let ticks = 0;
    const wheel = new DeadlineWheel(clock, () => {
      if (++ticks === 2) throw new Error("tick");
    });
    wheel.add();
    expect(() => clock.advance(TICK_MS)).toThrow("tick");
    clock.advance(10 * TICK_MS);
    expect(ticks).toBeGreaterThan(5);
  });
});
