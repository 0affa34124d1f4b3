// A result as Markdown.

import type { BenchResult, Machine, ScenarioResult } from "../result.ts";
import { remarks, scenarioTable } from "./scenario-table.ts";

/** The whole report; charts lie beside it. */
export function markdownReport(result: BenchResult): string {
  const { startedAt, finishedAt, machine, versions, missing } = result;
  const minutes = Math.ceil((Date.parse(finishedAt) - Date.parse(startedAt)) / 60_000);
  return [
    `# Bench of ${startedAt.slice(0, 10)}, ${escaped(machine.processor)}`,
    "",
    `${circumstances(result)} It took ${minutes} min.`,
    "",
    "```sh",
    result.command,
    "```",
    "",
    ...result.scenarios.flatMap((scenario) => [
      `## ${escaped(scenario.title)}`,
      "",
      `\`${scenario.name}\`, load by ${scenario.tool}.`,
      "",
      chartLink(scenario, ""),
      "",
      markdownTable(scenario),
      "",
      ...remarks(scenario).map((text) => `* ${escaped(text)}`),
      "",
    ]),
    ...(missing.length === 0 ? [] : ["## Left out", ""]),
    ...missing.map(
      ({ peer, reason, howToGet }) => `* ${escaped(`${peer}: ${reason}. ${howToGet}`)}`,
    ),
    ...(missing.length === 0 ? [] : [""]),
    "## Versions",
    "",
    ...Object.entries(versions).map(([name, version]) => `* ${escaped(`${name} ${version}`)}`),
    "",
  ].join("\n");
}

export function markdownTable(scenario: ScenarioResult): string {
  const { header, rows } = scenarioTable(scenario);
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const rule = `|---|${"--:|".repeat(header.length - 1)}`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** `folder`: where the chart is, with a slash behind it; "" for beside. */
export function chartLink({ name, title }: ScenarioResult, folder: string): string {
  return `![${escaped(title)}: processor time per request](${folder}${name}.svg)`;
}

/** Commit, rounds and machine, in sentences. */
export function circumstances({ commit, rounds, roundSeconds, machine }: BenchResult): string {
  const at = commit === "" ? "" : `Commit ${commit.replace("+", ", with changes")}. `;
  return escaped(
    `${at}Medians of ${rounds} interleaved rounds of ${roundSeconds} s. ${machineText(machine)}`,
  );
}

function machineText(machine: Machine): string {
  const gib = (machine.memoryOctets / 2 ** 30).toFixed(1);
  const pinned = machine.isPinned ? "server and load each on one of its own" : "nothing pinned";
  return (
    `${machine.processor}, ${machine.processors} processors, ${pinned}; ${gib} GiB, ${machine.kernel}, ` +
    `${machine.descriptors} descriptors, accept queue of ${machine.acceptQueue}.`
  );
}

function escaped(text: string): string {
  return text.replace(/[\\|<>*_`[\]]/g, "\\$&").replace(/\s+/g, " ");
}
