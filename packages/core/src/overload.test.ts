import { describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "./clock.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { Overload } from "./overload.ts";
import { DEFAULT_SHEDDING, type Shedding } from "./shedding.ts";

interface Rig {
  readonly overload: Overload;
  readonly load: { connections: number; connectionsMax: number; handlers: number };
  readonly clock: ManualClock;
  /** Each change of the level: the level, and the three shares in percent. */
  readonly changes: (readonly [level: number, c: number, b: number, l: number])[];
}

function rig(limits: Partial<Limits> = {}, shedding: Partial<Shedding> | false = {}): Rig {
  const load = { connections: 1, connectionsMax: 100, handlers: 0 };
  const clock = manualClock();
  const changes: Rig["changes"] = [];
  const overload = new Overload(
    load,
    { ...DEFAULT_LIMITS, ...limits },
    shedding === false ? undefined : { ...DEFAULT_SHEDDING, ...shedding },
    clock,
    (level, { connectionsPercent, bufferedPercent, lagPercent }) =>
      changes.push([level, connectionsPercent, bufferedPercent, lagPercent]),
  );
  return { overload, load, clock, changes };
}

describe("Overload.buffered", () => {
  test("adds up what connections hold, and falls back to 0", () => {
    const { overload } = rig();
    for (const octets of [5, 1000, -5, 7, -1000, -7]) overload.buffered(octets);
    expect(overload.bufferedOctets).toBe(0);
  });

  test("reaches level 3 at once, between ticks, at 95 %", () => {
    const { overload, changes } = rig({ bufferedOctets: 100_000 });
    overload.buffered(84_999);
    expect(overload.isFull).toBe(false);
    overload.buffered(1);
    expect(overload.isFull).toBe(true);
    overload.buffered(9_999);
    expect([overload.level, overload.refusalCause()]).toEqual([0, undefined]);
    overload.buffered(1);
    expect([overload.level, overload.refusalCause()]).toEqual([3, "bufferedOctets"]);
    expect(changes).toEqual([[3, 1, 95, 0]]);
    expect(overload.changes).toBe(1);
  });

  test("notices it between ticks at level 3 of the lag too", () => {
    const { overload } = rig({ bufferedOctets: 100_000 });
    overload.ticked(300);
    overload.ticked(300);
    expect([overload.level, overload.refusalCause()]).toEqual([3, undefined]);
    overload.buffered(95_000);
    expect(overload.refusalCause()).toBe("bufferedOctets");
  });

  test("refuses at a share of one's own", () => {
    const { overload } = rig({ bufferedOctets: 100_000 }, { refusePercent: 50 });
    overload.buffered(49_999);
    expect(overload.refusalCause()).toBe(undefined);
    overload.buffered(1);
    expect(overload.refusalCause()).toBe("bufferedOctets");
  });

  test("refuses no more once it has been 10 points lower for 1 s, as ticks find out", () => {
    const { overload, clock } = rig({ bufferedOctets: 100_000 });
    overload.buffered(96_000);
    overload.buffered(-11_000);
    const causes: unknown[] = [];
    for (let tick = 0; tick < 6; tick++) {
      clock.advance(250);
      overload.ticked(0);
      causes.push(overload.refusalCause());
      if (tick === 0) overload.buffered(-1);
    }
    const refused = "bufferedOctets";
    expect(causes).toEqual([refused, refused, refused, refused, refused, undefined]);
    expect(overload.level).toBe(2);
  });

  test("is full without shedding too, but refuses nothing", () => {
    const { overload, changes } = rig({ bufferedOctets: 100_000 }, false);
    overload.buffered(200_000);
    overload.ticked(5000);
    overload.ticked(5000);
    expect([overload.isFull, overload.level, overload.refusalCause()]).toEqual([
      true,
      0,
      undefined,
    ]);
    expect([overload.isTooLate(1e9), overload.closesConnections, overload.changes]).toEqual([
      false,
      false,
      0,
    ]);
    overload.rest();
    expect(changes).toEqual([]);
  });
});

describe("Overload.refusalCause", () => {
  // The request that asks counts already.
  test.each([
    [undefined, 1_000_000, undefined],
    [1, 1, undefined],
    [1, 2, "handlers"],
    [5, 5, undefined],
    [5, 6, "handlers"],
  ] as const)("with limits.handlers %s and %s at work is %s", (handlers, atWork, cause) => {
    for (const shedding of [{}, false] as const) {
      const { overload, load } = rig({ handlers }, shedding);
      load.handlers = atWork;
      expect(overload.refusalCause()).toBe(cause);
    }
  });

  test("names the handlers first when both are used up", () => {
    const { overload, load } = rig({ handlers: 1, bufferedOctets: 100_000 });
    overload.buffered(100_000);
    load.handlers = 2;
    expect(overload.refusalCause()).toBe("handlers");
    load.handlers = 1;
    expect(overload.refusalCause()).toBe("bufferedOctets");
  });

  test("is never the number of connections", () => {
    const { overload, load } = rig();
    load.connections = 100;
    overload.ticked(0);
    expect([overload.level, overload.closesConnections, overload.refusalCause()]).toEqual([
      2,
      true,
      undefined,
    ]);
  });
});

describe("Overload.isTooLate", () => {
  test("is so only at level 3, for what is later than admitMs", () => {
    const { overload } = rig();
    expect(overload.isTooLate(10_000)).toBe(false);
    overload.ticked(150);
    overload.ticked(150);
    expect([overload.level, overload.isTooLate(10_000)]).toEqual([1, false]);
    overload.ticked(300);
    overload.ticked(300);
    expect(overload.level).toBe(3);
    expect([0, 40, 40.5, 41, 1000].map((lateMs) => overload.isTooLate(lateMs))).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test("takes admitMs from the options", () => {
    const { overload } = rig({}, { admitMs: 500 });
    overload.ticked(300);
    overload.ticked(300);
    expect([overload.isTooLate(500), overload.isTooLate(501)]).toEqual([false, true]);
  });

  test("is asked as long as requests wait at every moment, and no longer", () => {
    const { overload, clock } = rig();
    const levelAfterCalm = (isBehind: boolean): number => {
      overload.ticked(300);
      overload.ticked(300);
      for (let tick = 0; tick < 8; tick++) {
        clock.advance(250);
        // Refusing alone keeps no level: a few late requests are no overload.
        overload.isTooLate(41);
        overload.ticked(0, isBehind);
      }
      return overload.level;
    };
    expect([levelAfterCalm(true), levelAfterCalm(false)]).toEqual([3, 0]);
  });
});

describe("Overload.ticked", () => {
  test("measures connections against their cap, whatever that is by now", () => {
    const { overload, load, changes } = rig();
    load.connections = 70;
    overload.ticked(0);
    load.connectionsMax = 80;
    overload.ticked(0);
    expect(changes).toEqual([
      [1, 70, 0, 0],
      [2, 87.5, 0, 0],
    ]);
    load.connectionsMax = Number.POSITIVE_INFINITY;
    for (let tick = 0; tick < 5; tick++) overload.ticked(0);
    expect(overload.level).toBe(2);
  });

  test("reports each change once, with what it was found by", () => {
    const { overload, clock, changes } = rig();
    for (const lagMs of [0, 150, 150, 150, 250, 250, 250]) {
      clock.advance(250);
      overload.ticked(lagMs);
    }
    expect(changes).toEqual([
      [1, 1, 0, 75],
      [3, 1, 0, 125],
    ]);
  });
});

describe("Overload.rest", () => {
  /** At level 3 of the lag, and the last connection has just gone. */
  function emptied(): Rig {
    const all = rig();
    all.overload.ticked(300);
    all.overload.ticked(300);
    all.load.connections = 0;
    all.overload.emptied();
    return all;
  }

  test("is level 0 once there has been no connection for 1 s", () => {
    const { overload, clock, changes } = emptied();
    clock.advance(999);
    overload.rest();
    expect(overload.level).toBe(3);
    clock.advance(1);
    overload.rest();
    expect([overload.level, overload.changes]).toEqual([0, 2]);
    expect(changes.map(([level]) => level)).toEqual([3, 0]);
  });

  test("happens at the first tick behind the pause", () => {
    const { overload, clock, changes } = emptied();
    clock.advance(5000);
    overload.ticked(0);
    expect([overload.level, changes.length]).toEqual([0, 2]);
  });

  test("is none while there is a connection", () => {
    const { overload, clock, load } = emptied();
    load.connections = 1;
    clock.advance(5000);
    overload.rest();
    expect(overload.level).toBe(3);
  });
});
