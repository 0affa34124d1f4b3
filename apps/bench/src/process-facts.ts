// What Linux says of other processes: processor time they have used, memory they hold. Reads /proc and nothing else.

import { readdirSync, readFileSync } from "node:fs";

/** Processor time that a process and those it started have used so far. */
export interface CpuReading {
  /** Of each living thread, in ns, by its id. */
  readonly threadNs: ReadonlyMap<string, number>;
  /** Of all threads, those that have ended too, in ms; known to 10 ms for each process. */
  readonly totalMs: number;
}

/** Of /proc/pid/stat, whatever the kernel's own clock is (proc(5)). */
const MS_PER_TICK = 10;
/** Ticks are rounded down at both ends, for user and system time: by so much the coarse sum may be off. */
const TICK_ERROR_MS = 4 * MS_PER_TICK;

/** `pid` and all that it started, in any order; `pid` alone where the kernel does not list children. */
export function processTree(pid: number): number[] {
  const tree = [pid];
  for (const parent of tree) {
    for (const thread of namesIn(`/proc/${parent}/task`)) {
      const children = fact(`/proc/${parent}/task/${thread}/children`).trim();
      if (children !== "") tree.push(...children.split(" ").map(Number));
    }
  }
  return tree;
}

/** Reads schedstat (ns), because the ticks of /proc/pid/stat are 10 ms wide: 1 % of a second. */
export function readCpu(pids: readonly number[]): CpuReading {
  const threadNs = new Map<string, number>();
  let totalMs = 0;
  for (const pid of pids) {
    for (const thread of namesIn(`/proc/${pid}/task`)) {
      const [ns] = fact(`/proc/${pid}/task/${thread}/schedstat`).split(" ");
      if (ns !== undefined && ns !== "") threadNs.set(`${pid}/${thread}`, Number(ns));
    }
    const stat = fact(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    totalMs += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * MS_PER_TICK;
  }
  return { threadNs, totalMs };
}

/**
 * Microseconds of processor time between two readings of the same processes. Threads that ended in between are not among
 * those that live: when the coarse sum says clearly more than theirs, it counts.
 */
export function cpuMicroseconds(before: CpuReading, after: CpuReading): number {
  let ns = 0;
  for (const [thread, used] of after.threadNs) ns += used - (before.threadNs.get(thread) ?? 0);
  const coarseMs = after.totalMs - before.totalMs;
  return coarseMs - ns / 1e6 > TICK_ERROR_MS ? coarseMs * 1000 : ns / 1000;
}

/** Octets of memory that are resident (VmRSS), of all of them; what they share counts for each. */
export function residentOctets(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(fact(`/proc/${pid}/status`))?.[1];
    return sum + Number(kibibytes ?? Number.NaN) * 1024;
  }, 0);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A thread may end between being listed and being read. */
function fact(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
