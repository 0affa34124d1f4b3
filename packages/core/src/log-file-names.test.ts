import { describe, expect, test } from "vitest";
import {
  dayOf,
  fileName,
  fileNumber,
  firstDayKept,
  highestNumber,
  isDay,
  isPart,
} from "./log-file-names.ts";

const DAY = "2026-02-28";

describe("a day", () => {
  test("begins and ends at midnight UTC", () => {
    const midnight = Date.UTC(2026, 2, 1);
    expect([dayOf(midnight - 1), dayOf(midnight)]).toEqual([DAY, "2026-03-01"]);
  });

  test.each([
    [DAY, true],
    ["2026-2-28", false],
    [`${DAY}T`, false],
    [`x${DAY}`, false],
    ["", false],
  ])("%j: %j", (name, expected) => {
    expect(isDay(name)).toBe(expected);
  });

  test.each([
    [1, "2026-03-01"],
    [2, DAY],
    [14, "2026-02-16"],
    // More days than there are dates.
    [1e9, "1970-01-01"],
    [Number.MAX_SAFE_INTEGER, "1970-01-01"],
  ])("is the first of %d that are kept, today included", (days, first) => {
    expect(firstDayKept("2026-03-01", days)).toBe(first);
  });
});

describe("a file's name", () => {
  test.each([
    [fileName(DAY, 1), 1],
    [fileName(DAY, 999_999_999), 999_999_999],
    [`${DAY}.7.log.gz`, 7],
    [`${DAY}.0.log`, undefined],
    [`${DAY}.01.log`, undefined],
    [`${DAY}.-1.log`, undefined],
    [`${DAY}.1e3.log`, undefined],
    [`${DAY}.1234567890.log`, undefined],
    [`${DAY}.1.log.gz.part`, undefined],
    [`${DAY}.1.log.bak`, undefined],
    [`${DAY}.log`, undefined],
    ["2026-02-27.1.log", undefined],
    ["notes.log", undefined],
  ])("%s has the number %j", (name, number) => {
    expect(fileNumber(name, DAY)).toBe(number);
  });

  test("of the highest number is by number, not by text, compressed or not", () => {
    const names = [9, 10, 2].map((number) => fileName(DAY, number));
    expect(highestNumber(names, DAY)).toBe(10);
    expect(highestNumber([...names, `${DAY}.11.log.gz`, `${DAY}.12.log.gz.part`], DAY)).toBe(11);
    expect(highestNumber(["other"], DAY)).toBe(0);
  });

  test.each([
    [`${DAY}.1.log.gz.part`, true],
    [`${DAY}.1.log.part`, false],
    ["notes.log.gz.part", false],
    [`${DAY}.x.log.gz.part`, false],
  ])("%s is that of one being compressed: %j", (name, expected) => {
    expect(isPart(name, DAY)).toBe(expected);
  });
});
