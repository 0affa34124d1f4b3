import { describe, expect, test } from "vitest";
import { median, quantile, shuffled } from "../src/statistics.ts";

describe("quantile", () => {
  test.each([
    [[5], 0.1, 5],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[10, 0], 0.9, 9],
    [[1, 2, 3, 4, 5], 1, 5],
    [[1, 2, 3, 4, 5], 0, 1],
  ])("of %j at %d is %d", (values, share, expected) => {
    expect(quantile(values, share)).toBeCloseTo(expected);
  });

  test("leaves the values as they were", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("shuffled", () => {
  test("gives each value once, in more than one order", () => {
    const orders = Array.from({ length: 50 }, () => shuffled([1, 2, 3, 4]));
    for (const order of orders) expect([...order].sort()).toEqual([1, 2, 3, 4]);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });
});
