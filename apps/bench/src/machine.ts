// What the machine is that a result was measured on, as far as figures depend on it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { Machine } from "./result.ts";
import { toolOnPath } from "./runtimes.ts";

/** What servers and loads are run through, to keep them on processors of their own; empty where that cannot be. */
export interface Pins {
  readonly server: readonly string[];
  readonly load: readonly string[];
}

export function pins(): Pins {
  const canPin = availableParallelism() > 1 && toolOnPath("taskset") !== undefined;
  if (!canPin) return { server: [], load: [] };
  return { server: ["taskset", "-c", "0"], load: ["taskset", "-c", "1"] };
}

export function describeMachine(): Machine {
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const processors = availableParallelism();
  return {
    name: `${shortName(processor)}-${processors}`,
    processor,
    processors,
    memoryOctets: totalmem(),
    kernel: `${type()} ${release()}`,
    descriptors: descriptorLimit(),
    acceptQueue: Number(read("/proc/sys/net/core/somaxconn")),
    isPinned: pins().server.length > 0,
  };
}

/** Descriptors that processes started from here may have; NaN where nobody says. */
export function descriptorLimit(): number {
  const line = /^Max open files +(\d+|unlimited)/m.exec(read("/proc/self/limits"))?.[1];
  return line === "unlimited" ? Number.POSITIVE_INFINITY : Number(line);
}

/** The commit that is checked out, with `+` behind it when files were changed; "" outside of a clone. */
export function checkedOutCommit(cwd: string): string {
  const git = (...args: string[]): string =>
    spawnSync("git", args, { cwd, encoding: "utf8" }).stdout?.trim() ?? "";
  const commit = git("rev-parse", "--short=12", "HEAD");
  return commit === "" ? "" : commit + (git("status", "--porcelain") === "" ? "" : "+");
}

function shortName(processor: string): string {
  return processor
    .replace(/\((R|TM)\)|CPU|Processor|@.*$/gi, " ")
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
