// A scenario as an SVG of bars: processor time per request, cheapest first, a thin line from 10 to 90 % of the rounds.
// Colours follow the reader's light or dark scheme.

import type { ScenarioResult } from "../result.ts";
import { figuresOf } from "./figures.ts";
import { escapeMarkup } from "./markup.ts";
import { byCost, number } from "./scenario-table.ts";

const WIDTH = 760;
const LABELS_WIDTH = 250;
const VALUES_WIDTH = 70;
const TOP = 44;
const ROW_HEIGHT = 24;
const BAR_HEIGHT = 14;
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .unit { fill: #59636e; }
  .paper { fill: #ffffff; }
  .peer { fill: #a8b1bb; }
  .ours { fill: #0969da; }
  .spread { stroke: #1f2328; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .unit { fill: #9198a1; }
    .paper { fill: #0d1117; }
    .peer { fill: #545d68; }
    .ours { fill: #4493f8; }
    .spread { stroke: #e6edf3; }
  }`;

export function chart(scenario: ScenarioResult): string {
  const rows = byCost(scenario.rows).filter(({ rounds }) => rounds.length > 0);
  const figures = rows.map((row) => ({ row, ...figuresOf(row).cpuUs }));
  const most = Math.max(...figures.map(({ high }) => high), Number.MIN_VALUE);
  const x = (us: number): string =>
    (LABELS_WIDTH + (us / most) * (WIDTH - LABELS_WIDTH - VALUES_WIDTH)).toFixed(1);
  const height = TOP + rows.length * ROW_HEIGHT + 12;
  const title = escapeMarkup(scenario.title);
  const bars = figures.flatMap(({ row, median, low, high }, at) => {
    const y = TOP + at * ROW_HEIGHT;
    const middle = y + BAR_HEIGHT / 2;
    const width = (Number(x(median)) - LABELS_WIDTH).toFixed(1);
    const text = middle + 4;
    return [
      `<text x="${LABELS_WIDTH - 8}" y="${text}" text-anchor="end">${escapeMarkup(row.title)}</text>`,
      `<rect class="${row.group === "ours" ? "ours" : "peer"}" x="${LABELS_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<line class="spread" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${Number(x(high)) + 6}" y="${text}">${number(median)}</text>`,
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="12" y="20">${title}</text>`,
    `<text class="unit" x="12" y="36">processor time of the server per request, µs: shorter is better</text>`,
    ...bars,
    "</svg>",
  ].join("\n")}\n`;
}
