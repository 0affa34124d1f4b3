// A scenario as a terminal shows it: columns in line, remarks under them.

import type { ScenarioResult } from "../result.ts";
import { remarks, scenarioTable } from "./scenario-table.ts";

export function terminalTable(scenario: ScenarioResult): string {
  const { header, rows } = scenarioTable(scenario);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd();
  return [
    "",
    `${scenario.name}: ${scenario.title}; load by ${scenario.tool}`,
    "",
    line(header),
    ...rows.map(line),
    "",
    ...remarks(scenario).map((text) => `  ${text}`),
  ].join("\n");
}
