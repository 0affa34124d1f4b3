// The fuzzer must be able to find something: targets with a defect in their adapter, and what is said of each.

import { expect, test } from "vitest";
import { readSeeds } from "./corpus.ts";
import { Session } from "./session.ts";
import { TargetProcess } from "./target-process.ts";

/** Long enough for each of them on a busy machine; most are found in the first second. */
const SESSION_MS = 30_000;

test.concurrent.each([
  ["loses-lf", /^F31/],
  ["closes-twice", /^C16: \d+ closes of|^C16: onClose came behind/],
  ["forgets-resets", /^(hang: a handler or the connection is left|C15)/],
  ["rejects", /^C15: unhandled rejection/],
])("a session finds an adapter that %s", { timeout: 90_000 }, async (defect, expected) => {
  const target = await TargetProcess.start("node", "broken-target.ts", [defect]);
  try {
    const session = new Session(target, { seed: 1, seeds: readSeeds(), findingsMax: 1 });
    await session.run(performance.now() + SESSION_MS);
    expect(session.findings.map(({ text }) => text).join("\n")).toMatch(expected);
  } finally {
    target.kill();
  }
});
