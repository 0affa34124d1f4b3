// Whether rounds resolve anything: the same raw socket is measured twice, and what the two differ by is noise.

import { ratioPerRound } from "./ratios.ts";
import type { Row } from "./result.ts";
import { median } from "./statistics.ts";

/** Above it smaller differences between others mean nothing. */
export const NOISE_MOST = 0.03;

/** How far the rows of each raw socket are apart (0.03: 3 %); the largest, or 0 when none was entered twice. */
export function noise(rows: readonly Row[]): number {
  const apart = rows
    .filter((row) => row.isAgain)
    .map((again) => {
      const first = rows.find(({ peer }) => `${peer}-again` === again.peer);
      if (first === undefined) return Number.NaN;
      return Math.abs(median(ratioPerRound(again, [first])) - 1);
    });
  return Math.max(0, ...apart.filter((value) => !Number.isNaN(value)));
}
