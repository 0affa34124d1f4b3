// Only equal answers can be compared: all contenders of the bench give the same, octets counted.

import { expect, test } from "vitest";
import { canonicalAnswers } from "../src/answer-check.ts";
import { CONTENDERS, commandOf } from "../src/contenders.ts";
import type { Manner } from "../src/load.ts";
import { bunCommand, nodeCommand } from "../src/runtimes.ts";
import { ServerProcess } from "../src/server-process.ts";

const MANNERS: readonly [Manner, expected: RegExp][] = [
  ["keep-alive", /^121 octets\nHTTP\/1\.1 200 OK\n[\s\S]*\nhello\n$/],
  ["pipelined", /^1936 octets\n(?:HTTP\/1\.1 200 OK\n[\s\S]*?\nhello\n){16}$/],
  ["connection", /^140 octets\nHTTP\/1\.1 200 OK\nconnection: close\n[\s\S]*\nhello\n$/],
];
const COMMANDS = { node: nodeCommand(), bun: bunCommand() };
const ONCE_EACH = CONTENDERS.filter(({ name, logs }) => !logs && !name.endsWith("again"));

test.each(MANNERS)("the peers answer alike: %s", async (manner, expected) => {
  const answers: Record<string, string> = {};
  for (const contender of ONCE_EACH) {
    const server = await ServerProcess.start(commandOf(contender, manner, COMMANDS));
    answers[contender.name] = await canonicalAnswers(server.port, manner);
    await server.stop();
  }
  const [first] = Object.values(answers);
  expect(first).toMatch(expected);
  expect(answers).toEqual(Object.fromEntries(ONCE_EACH.map(({ name }) => [name, first])));
});
