// Writes a result into a folder of its own, as JSON, Markdown and charts, and the page that compares all results beside it.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BenchResult, SCHEMA } from "../result.ts";
import { chart } from "./chart.ts";
import { comparePage, type Run } from "./compare-page.ts";
import { markdownReport } from "./markdown.ts";

const RESULT_FILE = "result.json";

/** `results` is made when it is not there. Returns the folder that was written; nothing in it is ever replaced. */
export function writeResult(
  result: BenchResult,
  results: string,
  print: (text: string) => void = console.log,
): string {
  mkdirSync(results, { recursive: true });
  const folder = newFolder(results, `${result.startedAt.slice(0, 10)}-${result.machine.name}`);
  writeFileSync(join(folder, RESULT_FILE), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(join(folder, "result.md"), markdownReport(result));
  for (const scenario of result.scenarios) {
    writeFileSync(join(folder, `${scenario.name}.svg`), chart(scenario));
  }
  writeFileSync(join(results, "index.html"), comparePage(readRuns(results, print)));
  return folder;
}

function newFolder(results: string, name: string): string {
  for (let count = 1; ; count++) {
    const folder = join(results, count === 1 ? name : `${name}-${count}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** All results in a folder that this version can read; of others a line says why not. */
function readRuns(results: string, print: (text: string) => void): Run[] {
  return readdirSync(results, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const file = join(results, entry.name, RESULT_FILE);
    try {
      const result: BenchResult = JSON.parse(readFileSync(file, "utf8"));
      if (result.schema === SCHEMA) return [{ folder: entry.name, result }];
      print(`${file} is left out: its schema is ${result.schema}, this is ${SCHEMA}`);
    } catch (error) {
      print(`${file} is left out: ${(error as Error).message}`);
    }
    return [];
  });
}
