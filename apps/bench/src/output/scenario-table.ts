// A scenario's figures as text: the cells of its table, and the lines under it. The terminal, Markdown and the page of all
// runs show the same cells.

import { NOISE_MOST, noise } from "../noise.ts";
import type { RatioResult, Row, ScenarioResult } from "../result.ts";
import { type Figures, figuresOf, isMet, type Spread, spread } from "./figures.ts";

export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const ABSENT = "–";
const COLUMNS: readonly (readonly [title: string, cell: (row: Row, figures: Figures) => string])[] =
  [
    ["server", ({ title }) => title],
    ["CPU µs/request", (_, { cpuUs }) => number(cpuUs.median)],
    ["10–90 %", (_, { cpuUs }) => interval(cpuUs)],
    ["requests/s", (_, { perSecond }) => number(perSecond.median)],
    ["10–90 %", (_, { perSecond }) => interval(perSecond)],
    ["p50 ms", (_, { p50Ms }) => number(p50Ms)],
    ["p99", (_, { p99Ms }) => number(p99Ms)],
    ["p99.9", (_, { p999Ms }) => number(p999Ms)],
    ["RSS MiB", ({ residentOctets }) => number(residentOctets / 2 ** 20)],
    [
      "KiB/connection",
      ({ octetsPerConnection = Number.NaN }) => number(octetsPerConnection / 1024),
    ],
    ["limit", (_, { limit }) => limit],
    ["errors", (_, { errors }) => String(errors)],
  ];

/** Cheapest first; those without figures last. Columns that no row has a figure for are left out. */
export function scenarioTable({ rows }: ScenarioResult): TextTable {
  const sorted = byCost(rows).map((row) => [row, figuresOf(row)] as const);
  const columns = COLUMNS.map(([title, cell]) => ({
    title,
    cells: sorted.map(([row, figures]) =>
      row.rounds.length === 0 && title !== "server" ? ABSENT : cell(row, figures),
    ),
  })).filter(({ cells }) => cells.length === 0 || cells.some((text) => text !== ABSENT));
  return {
    header: columns.map(({ title }) => title),
    rows: sorted.map((_, at) => columns.map(({ cells }) => cells[at]!)),
  };
}

/** What belongs under the table: ratios, what to know of the scenario, of single rows, and what failed. */
export function remarks(scenario: ScenarioResult): string[] {
  const { rows, ratios, notes } = scenario;
  const apart = noise(rows);
  const titlesByCaveat = new Map<string, string[]>();
  for (const { title, isAgain, caveats } of rows) {
    for (const text of isAgain ? [] : caveats) {
      titlesByCaveat.set(text, [...(titlesByCaveat.get(text) ?? []), title]);
    }
  }
  return [
    ...ratios.map(ratioText),
    ...(apart > NOISE_MOST
      ? [
          `The same raw socket, entered twice, differs by ${percent(apart)}: smaller differences between others mean nothing.`,
        ]
      : []),
    ...notes,
    ...[...titlesByCaveat].map(([text, titles]) => `${titles.join(", ")}: ${text}.`),
    ...rows.flatMap(({ title, error }) =>
      error === undefined ? [] : [`${title} failed: ${error}`],
    ),
  ];
}

export function ratioText(ratio: RatioResult): string {
  const { of, to, perRound, goal } = ratio;
  const { median, low, high } = spread(perRound);
  const verdict = goal === undefined ? "" : `; goal ${goal}, ${isMet(ratio) ? "met" : "not met"}`;
  const base = to.length === 2 ? `${to[0]} (both)` : to[0];
  const figures = [median, low, high].map((value) => value.toFixed(2));
  return `${of} / ${base}: ${figures[0]} [${figures[1]}–${figures[2]}]${verdict}`;
}

/** With the rows that have no figures behind. */
export function byCost(rows: readonly Row[]): Row[] {
  const cost = (row: Row): number =>
    row.rounds.length === 0 ? Number.POSITIVE_INFINITY : figuresOf(row).cpuUs.median;
  return rows.toSorted((a, b) => (cost(a) === cost(b) ? 0 : cost(a) - cost(b)));
}

/** Three digits that count. */
export function number(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return ABSENT;
  if (value >= 100) return Math.round(value).toLocaleString("en-GB");
  return value.toFixed(value >= 10 ? 1 : 2);
}

function interval({ low, high }: Spread): string {
  return Number.isFinite(low) ? `${number(low)}–${number(high)}` : ABSENT;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
