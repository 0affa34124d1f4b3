// What becomes of lines on their way to files: days, sizes, faults of the disk, files that go away, the end of a process.

import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { cleanUp, close, filesOf, linesOf, rig, tempDir } from "./log-rig.ts";

afterEach(cleanUp);

describe("lines", () => {
  test("go to the file of their level and day, also over midnight", async () => {
    const log = rig();
    log.add("access", "before");
    log.add("info", "other");
    log.clock.advance(2000);
    log.add("access", "after");
    await close(log);
    expect(filesOf(log.dir)).toEqual([
      ["2026-01-01/2026-01-01.1.log", "before\n"],
      ["2026-01-02/2026-01-02.1.log", "after\n"],
    ]);
    expect(linesOf(log.dir, "info")).toEqual(["other"]);
  });

  test("go on with the highest file that has room, else with the next, never with a compressed one", async () => {
    for (const [names, size, expected] of [
      [["1", "2"], 10, "2026-01-01.2.log"],
      [["1", "2"], 1024, "2026-01-01.3.log"],
      [["1", "7.log.gz"], 10, "2026-01-01.8.log"],
    ] as const) {
      const dir = tempDir();
      const folder = join(dir, "access", "2026-01-01");
      mkdirSync(folder, { recursive: true });
      for (const name of names) {
        const path = join(folder, `2026-01-01.${name.includes("log") ? name : `${name}.log`}`);
        writeFileSync(path, `${"x".repeat(size - 1)}\n`);
      }
      const log = rig({ sizeOctets: 1024 }, dir);
      log.add("access", "here");
      await close(log);
      expect(readFileSync(join(folder, expected), "utf8")).toContain("here\n");
    }
  });

  test("fill files up to the size and no further, each line once and whole", async () => {
    const log = rig({ sizeOctets: 1024 });
    const lines = Array.from({ length: 500 }, (_, n) => `line ${n} ${"x".repeat(n % 90)}`);
    for (const [n, line] of lines.entries()) {
      log.add("access", line);
      if (n % 100 === 0) await log.tick();
    }
    log.add("access", "y".repeat(3000));
    await close(log);
    expect(linesOf(log.dir)).toEqual([...lines, "y".repeat(3000)]);
    const sizes = filesOf(log.dir).map(([, text]) => text.length);
    expect(sizes.filter((size) => size > 1024)).toEqual([3001]);
    expect(log.directory.counts).toEqual({ written: 501, dropped: 0, cut: 0 });
  });

  test("have files that only the owner writes and the group reads", async () => {
    const log = rig();
    log.add("access", "a");
    await close(log);
    const mask = process.umask();
    const path = join(log.dir, "access", "2026-01-01");
    expect(statSync(path).mode & 0o777).toBe(0o750 & ~mask);
    expect(statSync(join(path, "2026-01-01.1.log")).mode & 0o777).toBe(0o640 & ~mask);
  });

  test("begin anew behind one that was cut, which is ended and counted", async () => {
    const dir = tempDir();
    const folder = join(dir, "access", "2026-01-01");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "2026-01-01.1.log"), "whole\ncu");
    const log = rig({}, dir);
    log.add("access", "fresh");
    await close(log);
    expect(linesOf(dir)).toEqual(["whole", "cu", "fresh"]);
    expect(log.directory.counts.cut).toBe(1);
  });

  test("that were not dropped are written once, in order, whatever the disk does", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("line"), size: fc.nat(600) }) },
      fc.record({ kind: fc.constant("tick"), size: fc.constant(0) }),
      fc.record({ kind: fc.constantFrom("ENOSPC", "EAGAIN", "short"), size: fc.nat(300) }),
      fc.record({ kind: fc.constant("reopen"), size: fc.constant(0) }),
    );
    const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const log = rig({ sizeOctets: 4096, queueOctets: 3000 });
      const given: string[] = [];
      for (const { kind, size } of steps) {
        if (kind === "line") {
          given.push(`${given.length} ${"x".repeat(size)}`);
          log.add("access", given.at(-1)!);
        } else if (kind === "tick") {
          log.clock.advance(360);
          await new Promise((resolve) => setTimeout(resolve, 2));
        } else if (kind === "reopen") log.directory.reopen();
        else log.faulty.faults.push(...(kind === "short" ? [size + 1] : [size + 1, kind]));
      }
      log.faulty.faults.length = 0;
      await close(log);
      const { written, dropped, cut } = log.directory.counts;
      const lines = given.length === dropped ? [] : linesOf(log.dir);
      const known = new Set(given);
      const whole = lines.filter((line) => known.has(line));
      expect(whole.map((line) => Number.parseInt(line, 10))).toEqual(
        [...new Set(whole.map((line) => Number.parseInt(line, 10)))].toSorted((a, b) => a - b),
      );
      expect(written + dropped).toBe(given.length);
      expect(lines.length - whole.length).toBeLessThanOrEqual(cut);
      expect(whole.length).toBeGreaterThanOrEqual(written - cut);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

describe("a disk that fails", () => {
  test.each(["ENOSPC", "EIO", "EDQUOT"])(
    "with %s costs lines beyond the bound, is told once, and is left when it works again",
    async (code) => {
      const log = rig({ queueOctets: 1000 });
      log.add("access", "first");
      await log.tick();
      log.faulty.always = code;
      for (let n = 0; n < 300; n++) {
        log.add("access", `line ${n}`);
        if (n % 100 === 0) await log.tick();
      }
      const { dropped } = log.directory.counts;
      expect(dropped).toBeGreaterThan(100);
      expect(log.told.length).toBe(1);
      expect(log.told[0]).toContain(`${code}: made to fail`);
      log.faulty.always = undefined;
      await log.tick();
      expect(log.told.slice(1)).toEqual([
        `Log files in ${log.dir} are written again; lines dropped meanwhile: ${dropped}`,
      ]);
      log.add("access", "last");
      await close(log);
      const lines = linesOf(log.dir);
      expect([lines[0], lines.at(-1), lines.length]).toEqual(["first", "last", 302 - dropped]);
    },
  );

  test("in the midst of a line has it completed when there is room", async () => {
    const log = rig();
    log.faulty.faults.push(7, "ENOSPC");
    log.add("access", "a line that is cut");
    await log.tick();
    expect(filesOf(log.dir)[0]![1]).toBe("a line ");
    await log.tick();
    await close(log);
    expect(linesOf(log.dir)).toEqual(["a line that is cut"]);
    expect(log.directory.counts).toEqual({ written: 1, dropped: 0, cut: 0 });
  });

  test("in the midst of a line has the rest left out when another file must be taken", async () => {
    for (const isMoved of [true, false]) {
      const log = rig();
      log.faulty.faults.push(7, "ENOSPC");
      log.add("access", "a line that is cut");
      log.add("access", "the next one");
      await log.tick();
      if (isMoved) renameSync(join(log.dir, "access"), join(log.dir, "moved"));
      log.directory.reopen();
      await log.tick();
      await close(log);
      expect(linesOf(log.dir)).toEqual(isMoved ? ["the next one"] : ["a line ", "the next one"]);
      expect(log.directory.counts).toEqual({ written: 2, dropped: 0, cut: 1 });
    }
  });

  test("that does not answer holds up nobody, and release ends all the same", async () => {
    const log = rig({ queueOctets: 1000 });
    log.faulty.held = [];
    for (let n = 0; n < 200; n++) {
      log.add("access", `line ${n}`);
      if (n === 50) await log.tick();
    }
    expect(log.directory.counts.dropped).toBeGreaterThan(0);
    const [call] = log.faulty.held;
    log.faulty.held = undefined;
    call!();
    await close(log);
    const { written, dropped } = log.directory.counts;
    expect([written + dropped, linesOf(log.dir).length]).toEqual([200, written]);
  });

  test.skipIf(process.platform !== "linux")(
    "as a FIFO that nobody reads costs lines, not time",
    async () => {
      const dir = tempDir();
      const folder = join(dir, "access", "2026-01-01");
      mkdirSync(folder, { recursive: true });
      execFileSync("mkfifo", [join(folder, "2026-01-01.1.log")]);
      const log = rig({ queueOctets: 10_000 }, dir);
      for (let n = 0; n < 2000; n++) {
        log.add("access", "x".repeat(99));
        if (n % 50 === 0) log.clock.advance(360);
        if (n % 200 === 0) await log.tick();
      }
      expect(log.directory.counts.dropped).toBeGreaterThan(500);
      await close(log);
    },
  );
});

describe("files that go away", () => {
  test("are made again, and what was written to them meanwhile counts as dropped", async () => {
    const log = rig();
    log.add("access", "one");
    await log.tick();
    rmSync(join(log.dir, "access"), { recursive: true });
    log.add("access", "two");
    await log.tick();
    log.add("access", "three");
    await log.tick();
    await close(log);
    expect(linesOf(log.dir)).toEqual(["two", "three"]);
    expect(log.directory.counts).toEqual({ written: 2, dropped: 1, cut: 0 });
  });

  test("take no descriptor along", async () => {
    const count = () => readdirSync("/proc/self/fd").length;
    if (process.platform !== "linux") return;
    const log = rig({ sizeOctets: 1024 });
    log.add("access", "x");
    await log.tick();
    const before = count();
    for (let n = 0; n < 60; n++) {
      log.add("access", "x".repeat(700));
      if (n % 3 === 0) log.directory.reopen();
      if (n % 5 === 0) log.directory.flushSync();
      if (n % 7 === 0) log.faulty.faults.push(10, "ENOSPC");
      if (n % 11 === 0) rmSync(join(log.dir, "access"), { recursive: true, force: true });
      log.clock.advance(360);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await log.tick();
    expect(count()).toBeLessThanOrEqual(before + 1);
    await close(log);
    expect(count()).toBeLessThan(before + 1);
  });
});

describe("a process", () => {
  test("listens for its end only while a directory is in use", async () => {
    const count = () => [
      process.listenerCount("exit"),
      process.listenerCount("uncaughtExceptionMonitor"),
    ];
    const before = count();
    const one = rig();
    const two = rig();
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    await close(one);
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    await close(two);
    expect(count()).toEqual(before);
  });

  test.each([
    ["whole", []],
    ["in part", [20_000]],
  ])(
    "that ends writes behind a write that is made %s and not told yet, each line once",
    async (_, faults) => {
      const log = rig();
      log.add("access", "line 0");
      await log.tick();
      log.faulty.late = [];
      log.faulty.faults.push(...faults);
      for (let n = 1; n < 1000; n++) log.add("access", `line ${n} ${"x".repeat(100)}`);
      for (let turn = 0; turn < 50 && log.faulty.late.length === 0; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(log.faulty.late.length).toBe(1);
      log.directory.flushSync();
      const numbers = () => linesOf(log.dir).map((line) => Number(line.split(" ")[1]));
      expect(numbers()).toEqual(Array.from({ length: 1000 }, (_, n) => n));
      // The process may go on all the same.
      const [told] = log.faulty.late;
      log.faulty.late = undefined;
      told!();
      log.add("access", "line 1000");
      await close(log);
      expect(numbers()).toEqual(Array.from({ length: 1001 }, (_, n) => n));
      expect(log.directory.counts).toEqual({ written: 1001, dropped: 0, cut: 0 });
    },
  );
});
