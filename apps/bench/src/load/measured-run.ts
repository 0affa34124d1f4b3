// Runs a load tool to its end and tells how busy it was: the processor time of children that have ended, which Linux adds
// up for their parent (proc(5), fields 16 and 17 of stat). One tool at a time.

import { readFileSync } from "node:fs";
import { runToEnd } from "../server-process.ts";

/** Of /proc/self/stat, whatever the kernel's own clock is (proc(5)). */
const MS_PER_TICK = 10;

export interface MeasuredRun {
  readonly output: string;
  /** Processor time by time passed; NaN where Linux does not say. */
  readonly share: number;
  readonly elapsedMs: number;
}

/** Rejects with what was printed when the command fails. */
export async function measuredRun(command: readonly string[]): Promise<MeasuredRun> {
  const beforeMs = childrenMs();
  const startMs = performance.now();
  const { code, output } = await runToEnd(command);
  const elapsedMs = performance.now() - startMs;
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${output}`);
  return { output, share: (childrenMs() - beforeMs) / elapsedMs, elapsedMs };
}

function childrenMs(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
  } catch {
    return Number.NaN;
  }
}
