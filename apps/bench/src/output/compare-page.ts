// A page that sets runs beside each other: for each scenario the processor time per request of every server, one column a
// run, newest first. Below each figure stands its ratio to the raw socket of Node in the same run, which says more than
// microseconds of different machines or days.

import type { BenchResult, Row, ScenarioResult } from "../result.ts";
import { figuresOf } from "./figures.ts";
import { escapeMarkup } from "./markup.ts";
import { byCost, number } from "./scenario-table.ts";

/** A result and the folder it was read from, beside the page. */
export interface Run {
  readonly folder: string;
  readonly result: BenchResult;
}

const BASE = "node-net";
const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
  body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  .scroll { overflow-x: auto; }
  th, td { padding: .3rem .7rem; text-align: right; vertical-align: top; white-space: nowrap; }
  th:first-child { text-align: left; }
  th { font-weight: 500; }
  thead th { border-bottom: 1px solid; }
  tbody tr:nth-child(even) { background: light-dark(#f3f5f7, #1b2027); }
  .ours th { font-weight: 700; }
  small { color: light-dark(#59636e, #9198a1); display: block; }`;

export function comparePage(runs: readonly Run[]): string {
  const newest = runs.toSorted((a, b) => b.result.startedAt.localeCompare(a.result.startedAt));
  const names = [
    ...new Set(newest.flatMap(({ result }) => result.scenarios.map(({ name }) => name))),
  ];
  return `${[
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    "<title>Runs of the bench</title>",
    `<style>${STYLE}\n</style>`,
    "<h1>Runs of the bench</h1>",
    "<p>Processor time of the server per request in µs: median, interval from 10 to 90 % of the rounds, and the ratio to",
    "the raw socket of Node in the same run. Compare microseconds only between runs of one machine.</p>",
    ...names.map((name) => section(name, newest)),
    "</html>",
  ].join("\n")}\n`;
}

function section(name: string, all: readonly Run[]): string {
  const runs = all.flatMap((run) => {
    const scenario = run.result.scenarios.find((one) => one.name === name);
    return scenario === undefined ? [] : [{ run, scenario }];
  });
  const { title, rows } = runs[0]!.scenario;
  const seen = new Map<string, Row>();
  for (const row of [...byCost(rows), ...runs.flatMap(({ scenario }) => scenario.rows)]) {
    if (!seen.has(row.peer)) seen.set(row.peer, row);
  }
  const body = [...seen.values()].map((row) => {
    const cells = runs.map(({ scenario }) => `<td>${cell(row.peer, scenario)}</td>`);
    const mark = row.group === "ours" ? ' class="ours"' : "";
    return `<tr${mark}><th scope="row">${escapeMarkup(row.title)}</th>${cells.join("")}</tr>`;
  });
  return [
    `<h2 id="${escapeMarkup(name)}">${escapeMarkup(title)}</h2>`,
    '<div class="scroll"><table>',
    `<thead><tr><th>server</th>${runs.map(heading).join("")}</tr></thead>`,
    `<tbody>\n${body.join("\n")}\n</tbody>`,
    "</table></div>",
  ].join("\n");
}

function heading({ run, scenario }: { run: Run; scenario: ScenarioResult }): string {
  const { folder, result } = run;
  const link = `<a href="${escapeMarkup(encodeURI(folder))}/result.md">${result.startedAt.slice(0, 16).replace("T", " ")}</a>`;
  const under = [result.machine.name, result.commit, scenario.tool].map(escapeMarkup);
  return `<th scope="col">${link}${under.map((text) => `<small>${text}</small>`).join("")}</th>`;
}

function cell(peer: string, { rows }: ScenarioResult): string {
  const row = rows.find((one) => one.peer === peer);
  if (row === undefined) return "";
  if (row.rounds.length === 0)
    return `<span title="${escapeMarkup(row.error ?? "")}">failed</span>`;
  const { median, low, high } = figuresOf(row).cpuUs;
  const base = rows.find((one) => one.peer === BASE);
  const ratio = base === undefined ? Number.NaN : median / figuresOf(base).cpuUs.median;
  const beside = Number.isFinite(ratio) ? `, ×${ratio.toFixed(2)}` : "";
  return `${number(median)}<small>${number(low)}–${number(high)}${beside}</small>`;
}
