import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { FaultyFileSystem, HELD } from "../test/faulty-file-system.ts";
import { until } from "../test/until.ts";
import { takeSteps, takeStepsSync } from "./file-system.ts";
import { LevelLog, type LineCounts } from "./level-log.ts";
import { DEFAULT_FILE_OPTIONS } from "./log-options.ts";

const DAY = "2026-01-01";
const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function levelLog(sizeOctets: number = DEFAULT_FILE_OPTIONS.sizeOctets) {
  const dir = mkdtempSync(join(tmpdir(), "hyperlane-level-"));
  const faulty = new FaultyFileSystem();
  const counts: LineCounts = { written: 0, dropped: 0, cut: 0 };
  const host = { opened() {}, taken: (): string | undefined => undefined };
  const log = new LevelLog(faulty.fs, { ...DEFAULT_FILE_OPTIONS, sizeOctets }, counts, {
    opened: () => host.opened(),
    taken: () => host.taken(),
  });
  opened.push(() => {
    takeStepsSync(faulty.fs, log.close());
    rmSync(dir, { recursive: true, force: true });
  });
  const path = (number: number) => join(dir, DAY, `${DAY}.${number}.log`);
  return {
    log,
    faulty,
    counts,
    host,
    dir,
    path,
    text: (number: number) => (existsSync(path(number)) ? readFileSync(path(number), "utf8") : ""),
    add(text: string): void {
      log.append(`${text}\n`, text.length + 1, DAY);
    },
    async write(): Promise<void> {
      while (log.isWaiting) await takeSteps(faulty.fs, log.writeNext(dir));
    },
  };
}

describe("what is dropped at the end", () => {
  test("are the lines that are not in the file whole; the next ones begin afresh", async () => {
    const { log, faulty, counts, dir, text, add, write } = levelLog();
    for (const line of ["first", "second", "third", "fourth"]) add(line);
    faulty.next("write", 15, "ENOSPC");
    expect(() => log.flushSync(dir)).toThrow("ENOSPC");
    expect(text(1)).toBe("first\nsecond\nth");
    expect(counts).toEqual({ written: 2, dropped: 2, cut: 0 });
    expect(log.queuedOctets).toBe(0);
    add("fifth");
    await write();
    expect(text(1)).toBe("first\nsecond\nth\nfifth\n");
    expect(counts).toEqual({ written: 3, dropped: 2, cut: 1 });
  });

  test("is a write that does not end; its descriptor stays until it does", async () => {
    const { log, faulty, counts, dir, text, add, write } = levelLog();
    add("first");
    await write();
    add("second");
    faulty.next("write", HELD);
    const writing = takeSteps(faulty.fs, log.writeNext(dir));
    await until(() => faulty.heldCount === 1);
    expect(() => log.flushSync(dir)).toThrow("does not end");
    takeStepsSync(faulty.fs, log.close());
    // Closed now, its number could be another file's when the write is made.
    expect(faulty.calls).not.toContain("close");
    faulty.letGo();
    await writing;
    expect(faulty.calls.at(-1)).toBe("close");
    expect(counts).toEqual({ written: 1, dropped: 1, cut: 0 });
    expect(text(1)).toBe("first\nsecond\n");
  }, 20_000);
});

describe("a file that goes away", () => {
  test("before it is full takes its lines along: they are counted", async () => {
    const { log, counts, dir, text, add, write } = levelLog(1024);
    add("x".repeat(500));
    await write();
    log.check();
    add("y".repeat(400));
    await write();
    rmSync(join(dir, DAY), { recursive: true });
    add("z".repeat(300));
    await write();
    expect(text(1)).toBe(`${"z".repeat(300)}\n`);
    // When it was looked for the first line was there.
    expect(counts).toEqual({ written: 2, dropped: 1, cut: 0 });
  });

  test("in the midst of a batch: the batch is written again", async () => {
    const { log, faulty, counts, dir, text, add, write } = levelLog();
    for (const line of ["first", "second", "third"]) add(line);
    faulty.next("write", 9, "ENOSPC");
    await expect(write()).rejects.toThrow("ENOSPC");
    rmSync(join(dir, DAY), { recursive: true });
    log.check();
    await write();
    expect(text(1)).toBe("first\nsecond\nthird\n");
    expect(counts).toEqual({ written: 3, dropped: 0, cut: 0 });
  });

  test("behind another that has the first lines: those are not written twice", async () => {
    const { log, faulty, counts, dir, path, text, add, write } = levelLog(16);
    add("first one\nsecond");
    mkdirSync(join(dir, DAY));
    faulty.next("write", 10, "EIO");
    await expect(write()).rejects.toThrow("EIO");
    log.reopen();
    faulty.next("write", 3, "ENOSPC");
    await expect(write()).rejects.toThrow("ENOSPC");
    expect([text(1), text(2)]).toEqual(["first one\n", "sec"]);
    rmSync(path(2));
    log.check();
    await write();
    expect([text(1), text(2)]).toEqual(["first one\n", "second\n"]);
    expect(counts).toEqual({ written: 1, dropped: 0, cut: 0 });
  });
});

describe("the file to go on with", () => {
  test("has a cut line ended and counted although there is no room in it", async () => {
    const { counts, dir, path, text, add, write } = levelLog(1024);
    mkdirSync(join(dir, DAY));
    writeFileSync(path(1), "x".repeat(1020));
    add("fresh one");
    await write();
    expect([text(1), text(2)]).toEqual([`${"x".repeat(1020)}\n`, "fresh one\n"]);
    expect(counts).toEqual({ written: 1, dropped: 0, cut: 1 });
  });

  test("is none that is being compressed", async () => {
    const { host, dir, path, text, add, write } = levelLog();
    mkdirSync(join(dir, DAY));
    writeFileSync(path(1), "old\n");
    host.taken = () => path(1);
    add("new");
    await write();
    expect([text(1), text(2)]).toEqual(["old\n", "new\n"]);
  });

  test("is in use from before it is found until it is closed", async () => {
    const { log, faulty, dir, path, add } = levelLog();
    faulty.next("readdir", HELD);
    add("line");
    expect(log.uses(path(1))).toBe(false);
    const writing = takeSteps(faulty.fs, log.writeNext(dir));
    await until(() => faulty.heldCount === 1);
    expect([log.uses(path(1)), log.uses(join(dir, "2026-01-02", "x"))]).toEqual([true, false]);
    faulty.letGo();
    await writing;
    expect([log.uses(path(1)), log.uses(path(2))]).toEqual([true, false]);
    await takeSteps(faulty.fs, log.close());
    expect(log.uses(path(1))).toBe(false);
  });

  test.each(["mkdir", "readdir", "open", "fstat"] as const)(
    "is looked for again when %s fails",
    async (call) => {
      const { faulty, counts, text, add, write } = levelLog();
      add("line");
      faulty.next(call, "EACCES");
      await expect(write()).rejects.toThrow("EACCES");
      expect(faulty.calls.filter((name) => name === "close").length).toBe(call === "fstat" ? 1 : 0);
      await write();
      expect(text(1)).toBe("line\n");
      expect(counts).toEqual({ written: 1, dropped: 0, cut: 0 });
    },
  );

  test("is found by who ends the process while another looks for it; no descriptor is left", async () => {
    const { log, faulty, counts, dir, text, add } = levelLog();
    for (const call of ["mkdir", "readdir", "open", "fstat"] as const) {
      faulty.next(call, HELD);
      add(call);
      const writing = takeSteps(faulty.fs, log.writeNext(dir));
      await until(() => faulty.heldCount === 1);
      log.flushSync(dir);
      faulty.letGo();
      await writing;
      takeStepsSync(faulty.fs, log.close());
    }
    expect(text(1)).toBe("mkdir\nreaddir\nopen\nfstat\n");
    expect(counts).toEqual({ written: 4, dropped: 0, cut: 0 });
    const calls = (name: string) => faulty.calls.filter((call) => call === name).length;
    expect(calls("close")).toBe(calls("open"));
    expect(readdirSync(join(dir, DAY))).toEqual([`${DAY}.1.log`]);
  });

  test("that takes nothing is no reason to try without end", async () => {
    const { faulty, text, add, write } = levelLog();
    add("line");
    faulty.next("write", 0);
    await expect(write()).rejects.toThrow("nothing is taken");
    await write();
    expect(text(1)).toBe("line\n");
  });
});
