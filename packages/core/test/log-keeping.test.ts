// What becomes of old log files, and who may write to a directory.

import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { claimLogRoot, releaseLogRoot } from "../src/log-root.ts";
import { cleanUp, close, filesOf, linesOf, rig, tempDir } from "./log-rig.ts";

afterEach(cleanUp);

describe("old files", () => {
  const day = (n: number) => `2026-01-${String(n).padStart(2, "0")}`;
  const old = (dir: string, days: readonly number[]): void => {
    for (const n of days) {
      mkdirSync(join(dir, "access", day(n)), { recursive: true });
      writeFileSync(join(dir, "access", day(n), `${day(n)}.1.log`), `day ${n}\n`);
      utimesSync(join(dir, "access", day(n)), 1, 1);
    }
  };

  test("are removed after so many days, today included; what is not ours stays", async () => {
    const dir = tempDir();
    old(dir, [1, 2, 3, 4]);
    mkdirSync(join(dir, "access", "notes"));
    writeFileSync(join(dir, "access", day(1), "notes.txt"), "mine");
    const log = rig({ keepDays: 3 }, dir, Date.UTC(2026, 0, 5, 12));
    log.add("access", "today");
    await close(log);
    expect(readdirSync(join(dir, "access")).toSorted()).toEqual([
      day(1),
      day(3),
      day(4),
      day(5),
      "notes",
    ]);
    expect(readdirSync(join(dir, "access", day(1)))).toEqual(["notes.txt"]);
  });

  test("are removed beyond so many, the one being written counts", async () => {
    const dir = tempDir();
    old(dir, [1, 2, 3, 4]);
    const log = rig({ keepFiles: 3 }, dir, Date.UTC(2026, 0, 5, 12));
    log.add("access", "today");
    await close(log);
    expect(readdirSync(join(dir, "access")).toSorted()).toEqual([day(3), day(4), day(5)]);
  });

  test("are compressed when full, and hold what they held", async () => {
    const log = rig({ sizeOctets: 1024, gzip: true });
    const lines = Array.from({ length: 60 }, (_, n) => `line ${n} ${"x".repeat(90)}`);
    for (const [n, line] of lines.entries()) {
      log.add("access", line);
      if (n % 15 === 14) await log.tick();
    }
    await close(log);
    const files = filesOf(log.dir);
    expect(linesOf(log.dir)).toEqual(lines);
    expect(files.slice(0, -1).every(([path]) => path.endsWith(".log.gz"))).toBe(true);
    expect(files.at(-1)![0]).toMatch(/\.log$/);
  });

  test("of processes that are gone are kept as long, and no longer", async () => {
    const dir = tempDir();
    // No process has the highest number there may be.
    const gone = join(dir, "4194305");
    old(gone, [1, 4]);
    const log = rig({ keepDays: 3 }, dir, Date.UTC(2026, 0, 5, 12));
    log.add("access", "today");
    await close(log);
    expect(readdirSync(join(gone, "access"))).toEqual([day(4)]);
  });
});

describe("the lock of a directory", () => {
  const lock = (dir: string) => JSON.parse(readFileSync(join(dir, ".lock"), "utf8"));

  test("is ours once claimed, and given back", () => {
    const dir = join(tempDir(), "deep");
    expect(claimLogRoot(dir)).toBe(dir);
    expect(lock(dir).pid).toBe(process.pid);
    expect(claimLogRoot(dir)).toBe(dir);
    releaseLogRoot(dir);
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each([
    ["of a process that is gone", { pid: 4_194_305, start: "1" }],
    ["of an earlier process of our number", { pid: process.pid, start: "another" }],
    ["of an earlier process of somebody else's number", { pid: process.ppid, start: "another" }],
    ["that nobody can read", "nonsense"],
  ])("%s is taken over", (_, holder) => {
    if (process.platform !== "linux") return;
    const dir = tempDir();
    writeFileSync(join(dir, ".lock"), JSON.stringify(holder));
    expect(claimLogRoot(dir)).toBe(dir);
    expect(lock(dir).pid).toBe(process.pid);
    expect(readdirSync(dir)).toEqual([".lock"]);
  });

  test("of another process leaves us a directory of our own, and is never removed by us", () => {
    if (process.platform !== "linux") return;
    const dir = tempDir();
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "latin1");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    writeFileSync(join(dir, ".lock"), JSON.stringify({ pid: process.ppid, start }));
    expect(claimLogRoot(dir)).toBe(join(dir, String(process.pid)));
    releaseLogRoot(dir);
    expect(lock(dir).pid).toBe(process.ppid);
  });
});
