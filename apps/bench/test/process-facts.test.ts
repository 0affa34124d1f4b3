// Processor time and memory of processes, where Linux tells them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { cpuMicroseconds, processTree, readCpu, residentOctets } from "../src/process-facts.ts";

const reading = (threadNs: Record<string, number>, totalMs: number) => ({
  threadNs: new Map(Object.entries(threadNs)),
  totalMs,
});

describe("processor time", () => {
  test("is what the threads have used since", () => {
    const before = reading({ a: 1000, b: 2000 }, 0);
    const after = reading({ a: 3000, b: 2500, c: 500 }, 10);
    expect(cpuMicroseconds(before, after)).toBe(3);
  });

  test("is the coarse sum when threads that ended used more than its error", () => {
    expect(cpuMicroseconds(reading({}, 100), reading({ a: 1e6 }, 200))).toBe(100_000);
    expect(cpuMicroseconds(reading({}, 100), reading({ a: 1e6 }, 140))).toBe(1000);
  });
});

describe.runIf(process.platform === "linux")("a process", () => {
  test("is measured with those it started", async () => {
    const program = "process.stdout.write('up'); for (;;) Math.random();";
    const shell = spawn("sh", ["-c", `"${process.execPath}" -e "${program}" & wait`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => {
      for (const pid of processTree(shell.pid!).reverse()) process.kill(pid, "SIGKILL");
    });
    await once(shell.stdout, "data");
    const tree = processTree(shell.pid!);
    expect(tree).toHaveLength(2);
    const before = readCpu(tree);
    while (cpuMicroseconds(before, readCpu(tree)) < 20_000) await setImmediate();
    expect(residentOctets(tree)).toBeGreaterThan(residentOctets([shell.pid!]));
  });

  test("that is gone has used nothing and holds nothing", () => {
    expect(readCpu([2 ** 22 + 1]).threadNs.size).toBe(0);
    expect(residentOctets([2 ** 22 + 1])).toBeNaN();
  });
});
