import { describe, expect, test } from "vitest";
import { manualClock, systemClock } from "./clock.ts";

describe("manualClock", () => {
  test("stands still until it is advanced, and moves both times alike", () => {
    const clock = manualClock(1000);
    expect([clock.now(), clock.date()]).toEqual([0, 1000]);
    clock.advance(7);
    clock.jump(3);
    expect([clock.now(), clock.date()]).toEqual([10, 1010]);
  });

  test("advance runs what falls due in order of time, each at its own time, in a tie as scheduled", () => {
    const clock = manualClock();
    const ran: [string, number][] = [];
    const note = (name: string) => () => void ran.push([name, clock.now()]);
    clock.schedule(note("c"), 30);
    clock.schedule(note("a"), 10);
    clock.schedule(note("b1"), 20);
    clock.schedule(note("b2"), 20);
    clock.advance(20);
    expect(ran).toEqual([
      ["a", 10],
      ["b1", 20],
      ["b2", 20],
    ]);
    clock.advance(9);
    expect(ran.length).toBe(3);
    clock.advance(1);
    expect(ran[3]).toEqual(["c", 30]);
  });

  test("advance runs what is scheduled on the way, when it falls due on the way", () => {
    const clock = manualClock();
    const ran: number[] = [];
    const again = () => {
      ran.push(clock.now());
      clock.schedule(again, 10);
    };
    clock.schedule(again, 10);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });

  test("jump runs what fell due late, at the new time", () => {
    const clock = manualClock();
    const ran: number[] = [];
    clock.schedule(() => ran.push(clock.now()), 10);
    clock.schedule(() => ran.push(clock.now()), 20);
    clock.jump(100);
    expect(ran).toEqual([100, 100]);
  });

  test("runs a call once, and never one that was canceled", () => {
    const clock = manualClock();
    let runs = 0;
    const handle = clock.schedule(() => runs++, 5);
    const canceled = clock.schedule(() => runs++, 5);
    clock.cancel(canceled);
    clock.advance(10);
    clock.cancel(handle);
    clock.cancel("unknown");
    clock.advance(10);
    expect(runs).toBe(1);
  });
});

describe("systemClock", () => {
  test("never goes back, and tells the date of Date", () => {
    const first = systemClock.now();
    const second = systemClock.now();
    expect(second >= first).toBe(true);
    const [before, date, after] = [Date.now(), systemClock.date(), Date.now()];
    expect(before <= date && date <= after).toBe(true);
  });

  test("runs what it scheduled, not what it canceled, and ignores handles it does not know", async () => {
    let canceled = false;
    const handle = systemClock.schedule(() => {
      canceled = true;
    }, 0);
    systemClock.cancel(handle);
    systemClock.cancel(undefined);
    // The timers keep no process alive, so something else must while they are waited for.
    const alive = setInterval(() => {}, 1000);
    await new Promise<void>((resolve) => systemClock.schedule(resolve, 1));
    clearInterval(alive);
    expect(canceled).toBe(false);
  });
});
