// Writes the README's section on speed from a result, between two markers.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import type { BenchResult } from "../result.ts";
import { chartLink, circumstances, markdownTable } from "./markdown.ts";
import { ratioText } from "./scenario-table.ts";

const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";
/** The others are in the report that the section links. */
const SHOWN = ["new-connection", "keep-alive", "pipelined", "echo"];

/** `folder` is the one the result was written to. Throws when the markers are not there, each once, in order. */
export function updateReadme(file: string, result: BenchResult, folder: string): void {
  const text = readFileSync(file, "utf8");
  const [before, rest, ...more] = text.split(BEGIN);
  const [, after, ...evenMore] = (rest ?? "").split(END);
  if (after === undefined || more.length > 0 || evenMore.length > 0) {
    throw new Error(`${file} must have ${BEGIN} and behind it ${END}, once each`);
  }
  const path = relative(dirname(file), folder).split(sep).join("/");
  writeFileSync(file, `${before}${BEGIN}\n\n${readmeSection(result, path)}\n\n${END}${after}`);
}

/** `path`: of the result's folder, from the README's. */
function readmeSection(result: BenchResult, path: string): string {
  const shown = SHOWN.flatMap((name) => result.scenarios.filter((one) => one.name === name));
  const versions = ["Node", "Bun"].map((name) => `${name} ${result.versions[name]}`).join(", ");
  return [
    `Measured on ${result.startedAt.slice(0, 10)}: ${versions}. ${circumstances(result)}`,
    `[The whole result](${path}/result.md) has all scenarios, the versions of all servers and what each leaves out. To repeat it:`,
    "",
    "```sh",
    result.command,
    "```",
    ...shown.flatMap((scenario) => [
      "",
      `### ${scenario.title}`,
      "",
      chartLink(scenario, `${path}/`),
      "",
      "<details><summary>Figures</summary>",
      "",
      markdownTable(scenario),
      "",
      ...scenario.ratios.map((ratio) => `* ${ratioText(ratio)}`),
      "",
      "</details>",
    ]),
  ].join("\n");
}
