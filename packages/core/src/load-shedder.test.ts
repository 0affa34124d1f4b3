import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoadShedder, type Pressure } from "./load-shedder.ts";
import { DEFAULT_SHEDDING, type Shedding } from "./shedding.ts";

/** Percent of connections, of buffered octets, and the lag of the tick in ms. */
type Load = readonly [connections: number, buffered: number, lagMs: number];

/** What happens at a time, and the level then. */
type Moment = readonly [atMs: number, load: Load, level: number];

const NOTHING: Load = [0, 0, 0];

function tick(
  shedder: LoadShedder,
  [connections, buffered, lagMs]: Load,
  atMs: number,
  isBehind = false,
): boolean {
  shedder.ticked(lagMs, isBehind);
  return shedder.sample(pressureOf(shedder, connections, buffered), atMs);
}

function pressureOf(shedder: LoadShedder, connections: number, buffered: number): Pressure {
  return {
    connectionsPercent: connections,
    bufferedPercent: buffered,
    lagPercent: shedder.lagPercent,
  };
}

describe("LoadShedder at one moment", () => {
  // Thresholds 70, 85, 95; lagMs 200.
  test.each([
    ["nothing", NOTHING, 0],
    ["69 % of the connections", [69.9, 0, 0], 0],
    ["70 % of the connections", [70, 0, 0], 1],
    ["84 % of the connections", [84.9, 0, 0], 1],
    ["85 % of the connections", [85, 0, 0], 2],
    ["all connections, which never refuse a request", [100, 0, 0], 2],
    ["69 % of the octets", [0, 69.9, 0], 0],
    ["70 % of the octets", [0, 70, 0], 1],
    ["85 % of the octets", [0, 85, 0], 2],
    ["94 % of the octets", [0, 94.9, 0], 2],
    ["95 % of the octets", [0, 95, 0], 3],
    ["more octets than there may be", [0, 250, 0], 3],
    ["a lag of 139 ms", [0, 0, 139], 0],
    ["a lag of 140 ms", [0, 0, 140], 1],
    ["a lag of 180 ms, which closes nothing", [0, 0, 180], 1],
    ["a lag of 200 ms", [0, 0, 200], 1],
    ["a lag of 201 ms", [0, 0, 201], 3],
    ["the largest of the three: connections", [86, 71, 150], 2],
    ["the largest of the three: octets", [71, 96, 150], 3],
    ["the largest of the three: lag", [86, 71, 300], 3],
    ["shares that only together would be much", [60, 60, 120], 0],
  ] as const)("under %s", (_, load, level) => {
    const shedder = new LoadShedder(DEFAULT_SHEDDING);
    tick(shedder, load, 0);
    tick(shedder, load, 250);
    expect(shedder.level).toBe(level);
  });

  test("tells what runs short: space closes and refuses all, time does neither", () => {
    const facts = (load: Load) => {
      const shedder = new LoadShedder(DEFAULT_SHEDDING);
      tick(shedder, load, 0);
      tick(shedder, load, 250);
      return [shedder.level, shedder.closes, shedder.refusesAll];
    };
    expect(facts([75, 0, 0])).toEqual([1, false, false]);
    expect(facts([90, 0, 0])).toEqual([2, true, false]);
    expect(facts([0, 96, 0])).toEqual([3, true, true]);
    expect(facts([0, 0, 500])).toEqual([3, false, false]);
    expect(facts([90, 0, 500])).toEqual([3, true, false]);
  });
});

const TIMELINES: Readonly<Record<string, readonly Moment[]>> = {
  "one late tick is no lag": [
    [0, [0, 0, 5000], 0],
    [250, NOTHING, 0],
    [500, [0, 0, 5000], 0],
    [750, NOTHING, 0],
  ],
  "two late ticks are the lag of the less late one": [
    [0, [0, 0, 5000], 0],
    [250, [0, 0, 150], 1],
    [500, [0, 0, 210], 1],
    [750, [0, 0, 210], 3],
  ],
  "a level is left 10 points below its threshold, after 1 s": [
    [0, [90, 0, 0], 2],
    [250, [75.1, 0, 0], 2],
    [5000, [75.1, 0, 0], 2],
    [5250, [75, 0, 0], 2],
    [5500, [74.9, 0, 0], 2],
    [6250, [74.9, 0, 0], 2],
    [6500, [74.9, 0, 0], 1],
    [6750, [59.9, 0, 0], 1],
    [7500, [59.9, 0, 0], 1],
    [7750, [59.9, 0, 0], 0],
  ],
  "the second begins anew when the pressure comes back": [
    [0, [90, 0, 0], 2],
    [250, NOTHING, 2],
    [1000, [76, 0, 0], 2],
    [1250, NOTHING, 2],
    [2000, NOTHING, 2],
    [2250, NOTHING, 0],
  ],
  "what falls far is left at once with all levels in between": [
    [0, [0, 96, 0], 3],
    [250, NOTHING, 3],
    [1000, NOTHING, 3],
    [1250, NOTHING, 0],
  ],
  "what falls a little stops at the level it still allows": [
    [0, [0, 96, 0], 3],
    [250, [0, 80, 0], 3],
    [1250, [0, 80, 0], 2],
    [5000, [0, 80, 0], 2],
  ],
  "each level is left only when it has been calm for 1 s itself": [
    [0, [0, 96, 0], 3],
    [250, [0, 80, 0], 3],
    [1249, [0, 80, 0], 3],
    [1250, NOTHING, 2],
    [2249, NOTHING, 2],
    [3249, NOTHING, 0],
  ],
  "a rise counts at once, from any level and in the middle of a calm": [
    [0, [70, 0, 0], 1],
    [1, [85, 0, 0], 2],
    [2, [0, 95, 0], 3],
    [3, NOTHING, 3],
    [500, [0, 95, 0], 3],
    [999, NOTHING, 3],
    [1998, NOTHING, 3],
    [1999, NOTHING, 0],
    [2000, [70, 0, 0], 1],
  ],
  "level 3 of the lag is left at 90 % and less": [
    [0, [0, 0, 201], 0],
    [250, [0, 0, 201], 3],
    [500, [0, 0, 181], 3],
    [5000, [0, 0, 181], 3],
    [5250, [0, 0, 180], 3],
    [6000, [0, 0, 180], 3],
    [6250, [0, 0, 180], 1],
    [6500, [0, 0, 119], 1],
    [7500, [0, 0, 119], 0],
  ],
};

describe("LoadShedder over time", () => {
  for (const [name, moments] of Object.entries(TIMELINES)) {
    test(name, () => {
      const shedder = new LoadShedder(DEFAULT_SHEDDING);
      let changes = 0;
      for (const [atMs, load, level] of moments) {
        const before = shedder.level;
        const reported = tick(shedder, load, atMs);
        expect([atMs, shedder.level]).toEqual([atMs, level]);
        expect(reported).toBe(before !== level);
        if (reported) changes++;
        expect(shedder.changes).toBe(changes);
      }
    });
  }

  test("looks between ticks too, where the lag stands still", () => {
    const shedder = new LoadShedder(DEFAULT_SHEDDING);
    tick(shedder, [0, 0, 300], 0);
    expect(shedder.sample(pressureOf(shedder, 0, 0), 10)).toBe(false);
    expect(shedder.sample(pressureOf(shedder, 0, 95), 20)).toBe(true);
    expect([shedder.level, shedder.changes, shedder.lagPercent]).toEqual([3, 1, 0]);
  });

  test("keeps level 3 of the lag as long as requests wait at every moment, and 1 s longer", () => {
    const shedder = new LoadShedder(DEFAULT_SHEDDING);
    tick(shedder, [0, 0, 300], 0);
    tick(shedder, [0, 0, 300], 250);
    for (let atMs = 500; atMs <= 5000; atMs += 250) {
      tick(shedder, NOTHING, atMs, true);
      expect(shedder.level).toBe(3);
    }
    const levels: number[] = [];
    for (let atMs = 5250; atMs <= 6500; atMs += 250) {
      tick(shedder, NOTHING, atMs);
      levels.push(shedder.level);
    }
    expect(levels).toEqual([3, 3, 3, 3, 0, 0]);
  });

  test("does not take a look between ticks for a tick without waiting", () => {
    const shedder = new LoadShedder({ ...DEFAULT_SHEDDING, holdMs: 0 });
    tick(shedder, [0, 0, 300], 0);
    tick(shedder, [0, 0, 300], 250);
    tick(shedder, NOTHING, 500, true);
    shedder.sample(pressureOf(shedder, 0, 0), 600);
    expect(shedder.level).toBe(3);
    tick(shedder, NOTHING, 750);
    expect(shedder.level).toBe(0);
  });

  test("does not rise because requests wait", () => {
    const shedder = new LoadShedder(DEFAULT_SHEDDING);
    tick(shedder, [75, 0, 0], 0);
    tick(shedder, [75, 0, 0], 250, true);
    expect(shedder.level).toBe(1);
  });
});

describe("LoadShedder.reset", () => {
  test("is level 0 at once, forgets the lag, and reports whether that is a change", () => {
    const shedder = new LoadShedder(DEFAULT_SHEDDING);
    tick(shedder, [90, 0, 300], 0);
    tick(shedder, [90, 0, 300], 250);
    tick(shedder, [90, 0, 300], 500, true);
    expect([shedder.reset(), shedder.level, shedder.lagPercent, shedder.changes]).toEqual([
      true,
      0,
      0,
      3,
    ]);
    expect([shedder.reset(), shedder.changes]).toEqual([false, 3]);
    expect([shedder.closes, shedder.refusesAll]).toEqual([false, false]);
    // One late tick behind it is one late tick again.
    tick(shedder, [0, 0, 300], 500);
    expect(shedder.level).toBe(0);
  });
});

describe("LoadShedder with thresholds of one's own", () => {
  test("that connections and octets cannot reach never rises for them", () => {
    const own: Shedding = {
      ...DEFAULT_SHEDDING,
      hurryPercent: 1000,
      closePercent: 1000,
      refusePercent: 1000,
    };
    const shedder = new LoadShedder(own);
    tick(shedder, [100, 100, 200], 0);
    tick(shedder, [100, 100, 200], 250);
    expect(shedder.level).toBe(0);
    tick(shedder, [0, 0, 201], 500);
    tick(shedder, [0, 0, 201], 750);
    expect(shedder.level).toBe(3);
  });

  test("without hysteresis and hold follows the pressure", () => {
    const shedder = new LoadShedder({ ...DEFAULT_SHEDDING, hysteresisPercent: 0, holdMs: 0 });
    const levels = [70, 69.9, 85, 84.9, 0].map((connections, i) => {
      tick(shedder, [connections, 0, 0], i * 250);
      return shedder.level;
    });
    expect(levels).toEqual([1, 0, 2, 1, 0]);
  });
});

/** What the pressure demands when every threshold is `margin` points lower. Written down a second time. */
function demanded(
  { connectionsPercent: c, bufferedPercent: b, lagPercent: l }: Pressure,
  margin: number,
) {
  const space =
    b >= 95 - margin
      ? 3
      : Math.max(c, b) >= 85 - margin
        ? 2
        : Math.max(c, b) >= 70 - margin
          ? 1
          : 0;
  const time = l > 100 - margin ? 3 : l >= 70 - margin ? 1 : 0;
  return { space, time };
}

describe("LoadShedder under any pressure", () => {
  const percent = fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constantFrom(60, 70, 75, 85, 95));
  const lagMs = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constant(0));
  const samples = fc.array(
    fc.record({
      stepMs: fc.integer({ min: 1, max: 600 }),
      load: fc.tuple(percent, percent, lagMs),
      atTick: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  );

  test("is never below what that demands, never above what it has been, and leaves no level before its calm", () => {
    const property = fc.property(samples, (steps) => {
      const shedder = new LoadShedder(DEFAULT_SHEDDING);
      const { hysteresisPercent, holdMs } = DEFAULT_SHEDDING;
      // For each ladder and level: entered, and since when its pressure has been low.
      const on = { space: [false, false, false, false], time: [false, false, false, false] };
      const calmMs = { space: [0, 0, 0, 0], time: [0, 0, 0, 0] };
      let now = 0;
      let lags = [0, 0];
      let highest = 0;
      for (const { stepMs, load, atTick } of steps) {
        now += stepMs;
        const [connectionsPercent, bufferedPercent] = load;
        if (atTick) {
          shedder.ticked(load[2]);
          lags = [lags[1]!, load[2]];
        }
        const lagPercent = Math.min(...lags) / 2;
        expect(shedder.lagPercent).toBe(lagPercent);
        const pressure = { connectionsPercent, bufferedPercent, lagPercent };
        shedder.sample(pressure, now);
        const wanted = demanded(pressure, 0);
        const kept = demanded(pressure, hysteresisPercent);
        let least = 0;
        for (const ladder of ["space", "time"] as const) {
          for (const level of [1, 2, 3]) {
            if (wanted[ladder] >= level) on[ladder][level] = true;
            if (kept[ladder] >= level) calmMs[ladder][level] = -1;
            else if (calmMs[ladder][level] === -1) calmMs[ladder][level] = now;
            const isCalm = calmMs[ladder][level] !== -1 && now - calmMs[ladder][level]! >= holdMs;
            if (isCalm) on[ladder][level] = false;
            if (on[ladder][level] === true) least = Math.max(least, level);
          }
        }
        highest = Math.max(highest, wanted.space, wanted.time);
        expect(shedder.level).toBeGreaterThanOrEqual(Math.max(wanted.space, wanted.time));
        expect(shedder.level).toBeGreaterThanOrEqual(least);
        expect(shedder.level).toBeLessThanOrEqual(highest);
      }
      for (let quiet = 0; quiet < 4; quiet++) {
        shedder.ticked(0);
        now += holdMs;
        shedder.sample(pressureOf(shedder, 0, 0), now);
      }
      expect(shedder.level).toBe(0);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
