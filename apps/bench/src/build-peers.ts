// Builds the native peers whose toolchain is on the machine, with the versions their lock files name. What fails is told and
// leaves its peers missing; the others are measured all the same.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { printedVersion } from "./load/printed-version.ts";
import { BUILT_WITH, GO, RUST } from "./native-peers.ts";
import { toolOnPath } from "./runtimes.ts";

/** cargo compiles some 250 crates the first time. */
const LONGEST_BUILD_MS = 30 * 60_000;

interface Build {
  readonly toolchain: "cargo" | "go";
  readonly cwd: string;
  readonly args: readonly string[];
  readonly compiler: () => string;
}

const BUILDS: readonly Build[] = [
  {
    toolchain: "cargo",
    cwd: RUST,
    args: ["build", "--release", "--locked"],
    compiler: () => `rustc ${printedVersion(["rustc", "--version"], /rustc (\d[\d.]*)/)}`,
  },
  {
    toolchain: "go",
    cwd: GO,
    args: ["build", "-trimpath", "-o", "bin/", "./nethttp", "./gin"],
    compiler: () => `go ${printedVersion(["go", "version"], /go(\d[\d.]*)/)}`,
  },
];

export function buildPeers(print: (line: string) => void): void {
  for (const { toolchain, cwd, args, compiler } of BUILDS) {
    const program = toolOnPath(toolchain);
    if (program === undefined) {
      print(`no ${toolchain} on the PATH: its peers are not built`);
      continue;
    }
    print(`${toolchain} ${args.join(" ")}`);
    const { status } = spawnSync(program, args, {
      cwd,
      stdio: "inherit",
      timeout: LONGEST_BUILD_MS,
    });
    if (status !== 0) {
      print(`${toolchain} failed: its peers are not built, or stay as they were`);
      continue;
    }
    mkdirSync(dirname(BUILT_WITH[toolchain]), { recursive: true });
    writeFileSync(BUILT_WITH[toolchain], `${compiler()}\n`);
  }
}
