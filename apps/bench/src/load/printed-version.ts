// What version a program says it is.

import { spawnSync } from "node:child_process";

/** The first group of `pattern` in what the command prints; "unknown" when it does not say. */
export function printedVersion(command: readonly string[], pattern: RegExp): string {
  const [program = "", ...args] = command;
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return pattern.exec(`${stdout}\n${stderr}`)?.[1] ?? "unknown";
}
