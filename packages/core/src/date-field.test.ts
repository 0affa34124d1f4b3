import { describe, expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import { DateField } from "./date-field.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** IMF-fixdate, written out from its grammar. */
function imfFixdate(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${DAYS[date.getUTCDay()]}, ${day} ${time} GMT`;
}

interface Times {
  now: number;
  date: number;
}

function clockOf(times: Times): Clock {
  const schedule = () => undefined;
  return { now: () => times.now, date: () => times.date, schedule, cancel: () => {} };
}

describe("DateField", () => {
  test("formats IMF-fixdate with two digits everywhere (RFC 9110 §5.6.7)", () => {
    for (const ms of [0, Date.UTC(2026, 0, 1), Date.UTC(2028, 1, 29, 23, 59, 59, 999)]) {
      expect(new DateField(clockOf({ now: 7, date: ms })).text(7)).toBe(imfFixdate(ms));
    }
    const field = new DateField(clockOf({ now: 0, date: 784_111_777_000 }));
    expect(field.text(0)).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
  });

  test("moves with the monotonic time it is given, second by second", () => {
    const field = new DateField(clockOf({ now: 100, date: 5_000 }));
    for (const [now, date] of [
      [100, 5_000],
      [1_099, 5_999],
      [1_100, 6_000],
      [90_056_100, 90_061_000],
    ] as const) {
      expect(field.text(now)).toBe(imfFixdate(date));
    }
  });

  test("follows a wall clock that was set, from the next refresh on", () => {
    const times = { now: 0, date: 1_000_000 };
    const field = new DateField(clockOf(times));
    times.date = 9_000_000;
    field.refresh();
    expect(field.text(0)).toBe(imfFixdate(9_000_000));
    expect(field.text(2_000)).toBe(imfFixdate(9_002_000));
  });
});
