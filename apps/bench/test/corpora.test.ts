// The cases of other projects' test suites against live servers on both runtimes: without them, one skipped test. They
// are not part of the project, whose own cases cover the same ground.

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RUNTIMES } from "../src/runtimes.ts";
import { ServerProcess } from "../src/server-process.ts";
import { judge } from "./corpora/judge.ts";
import { type CorpusCase, caseFiles, folder, readCases } from "./corpora/read-cases.ts";

/** Connections at a time: most of a case's time is waiting. */
const AT_A_TIME = 32;

async function judgeAll(port: number, cases: readonly CorpusCase[]): Promise<string[]> {
  const wrong: string[] = [];
  const rest = cases.values();
  const work = async (): Promise<void> => {
    for (const one of rest) wrong.push(await judge(port, one));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return wrong.filter((said) => said !== "").sort();
}

const files = caseFiles();

if (files.length === 0) {
  test.skip(`corpora: no cases of other projects in ${folder}`, () => {});
}

for (const { name, command } of files.length === 0 ? [] : RUNTIMES) {
  describe(`cases of other projects get the verdict of wire behaviour on ${name}, whole and octet by octet`, () => {
    let server: ServerProcess;
    beforeAll(async () => {
      const target = fileURLToPath(new URL(`corpora/target-${name}.ts`, import.meta.url));
      server = await ServerProcess.start([command, target]);
    });
    afterAll(() => server.stop());

    for (const file of files) {
      const cases = readCases(file);
      const judged = cases.filter(({ expect }) => expect !== "either").length;
      const others = cases.length - judged;
      test(`${file}: ${judged} cases, and ${others} whose verdict does not count`, {
        timeout: 60_000,
      }, async () => {
        expect(await judgeAll(server.port, cases)).toEqual([]);
      });
    }
  });
}
