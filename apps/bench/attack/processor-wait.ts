// How long a process was ready to run and had no processor: what others on the machine took from it, or the machine's host.
// Latencies and rates measured meanwhile are not the server's. Reads /proc and nothing else.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Of /proc/stat, whatever the kernel's own clock is (proc(5)). */
const MS_PER_TICK = 10;

/** Ms that the main thread has waited for a processor since it began; NaN where Linux does not say. */
export function processorWaitMs(pid: number): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ");
    return Number(waitedNs) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Ms for which the host had one of the machine's processors, per processor; NaN where Linux does not say. */
export function stolenMs(): number {
  try {
    const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n");
    const steal = Number(line.split(/\s+/)[8]);
    return (steal * MS_PER_TICK) / availableParallelism();
  } catch {
    return Number.NaN;
  }
}
