// Samples the memory of a process while something runs, and sums the samples up.

import { residentOctets } from "../process-facts.ts";

export interface Memory {
  /** Resident octets before, and the most there were meanwhile. */
  readonly before: number;
  readonly most: number;
  /** Means of the four quarters of the time. */
  readonly quarters: readonly number[];
  readonly seconds: number;
}

const EVERY_MS = 25;

export async function watchMemory(pid: number, run: () => Promise<void>): Promise<Memory> {
  const before = residentOctets([pid]);
  const samples: number[] = [];
  const startMs = performance.now();
  const timer = setInterval(() => samples.push(residentOctets([pid])), EVERY_MS);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  samples.push(residentOctets([pid]));
  return {
    before,
    most: Math.max(...samples),
    quarters: [0, 1, 2, 3].map((n) => meanOf(samples, n / 4, (n + 1) / 4)),
    seconds: (performance.now() - startMs) / 1000,
  };
}

function meanOf(samples: readonly number[], from: number, to: number): number {
  const first = Math.floor(samples.length * from);
  const part = samples.slice(first, Math.max(first + 1, Math.floor(samples.length * to)));
  return part.reduce((sum, one) => sum + one, 0) / part.length;
}
