// What Linux says of another process: processor time it has used, memory it holds. Reads /proc and nothing else.

import { readdirSync, readFileSync } from "node:fs";

/** Processor time of each thread of a process, in ns, by thread id. */
export type CpuReading = ReadonlyMap<string, number>;

/** Reads schedstat (ns), because the ticks of /proc/pid/stat are 10 ms wide: 1 % of a second. */
export function readCpu(pid: number): CpuReading {
  const reading = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ns] = fact(`/proc/${pid}/task/${thread}/schedstat`).split(" ");
    if (ns !== undefined && ns !== "") reading.set(thread, Number(ns));
  }
  return reading;
}

/**
 * Microseconds of processor time between two readings. A thread that ended in between is left out; those of Node and Bun
 * only end after seconds of doing nothing.
 */
export function cpuMicroseconds(before: CpuReading, after: CpuReading): number {
  let ns = 0;
  for (const [thread, used] of after) ns += used - (before.get(thread) ?? 0);
  return ns / 1000;
}

/** Octets of memory that are resident (VmRSS). */
export function residentOctets(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(fact(`/proc/${pid}/status`))?.[1];
  return Number(kibibytes ?? Number.NaN) * 1024;
}

/** A thread may end between being listed and being read. */
function fact(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
