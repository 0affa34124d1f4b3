import { describe, expect, test } from "vitest";
import { connectionsFrom } from "./limits.ts";

describe("connectionsFrom", () => {
  // max(8, min(10000, limit - open - max(8, min(128, limit / 8))))
  test.each([
    [undefined, undefined, 10_000],
    [Number.POSITIVE_INFINITY, 3, 10_000],
    [1_048_576, 20, 10_000],
    [10_128, 0, 10_000],
    [10_127, 0, 9999],
    [1024, 24, 872],
    [1024, undefined, 896],
    [256, 30, 194],
    [64, 20, 36],
    [64, 60, 8],
    [16, 0, 8],
    [1, 0, 8],
  ] as const)("with limit %s and %s open gives %s", (limit, open, expected) => {
    expect(connectionsFrom(limit, open)).toBe(expected);
  });
});
