// How long a process was ready to run and had no processor: what others on the machine took from it. Latencies and rates
// measured meanwhile are not the server's. Reads /proc and nothing else.

import { readFileSync } from "node:fs";

/** Ms that the main thread has waited for a processor since it began; NaN where Linux does not say. */
export function processorWaitMs(pid: number): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ");
    return Number(waitedNs) / 1e6;
  } catch {
    return Number.NaN;
  }
}
