import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
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
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { FaultyFileSystem, HELD } from "../test/faulty-file-system.ts";
import { until } from "../test/until.ts";
import { manualClock } from "./clock.ts";
import { LogDirectory } from "./log-directory.ts";
import { DEFAULT_FILE_OPTIONS, type FileLevel, type FileOptions } from "./log-options.ts";

const APP = fileURLToPath(new URL("../test/log-app.ts", import.meta.url));
const isLinux = process.platform === "linux";
const opened = new Set<LogDirectory>();
const dirs: string[] = [];

afterEach(async () => {
  for (const directory of opened) await directory.release();
  opened.clear();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "hyperlane-directory-"));
  dirs.push(dir);
  return dir;
}

function use(options: Partial<FileOptions> = {}, say?: (text: string) => void) {
  const dir = tempDir();
  const clock = manualClock();
  const faulty = new FaultyFileSystem();
  const told: string[] = [];
  const tell = say ?? ((text: string) => void told.push(text));
  const all = { ...DEFAULT_FILE_OPTIONS, ...options };
  const directory = LogDirectory.use(dir, all, { clock, fs: faulty.fs, tell });
  opened.add(directory);
  const { counts } = directory;
  return {
    ...{ dir, clock, faulty, told, directory, counts },
    add(text: string, level: FileLevel = "access"): void {
      directory.append(level, `${text}\n`, text.length + 1, clock.date());
    },
    release(): Promise<void> {
      opened.delete(directory);
      return directory.release();
    },
    async written(lines: number): Promise<void> {
      clock.advance(DEFAULT_FILE_OPTIONS.intervalMs);
      await until(() => counts.written === lines);
    },
  };
}

/** What is in the files of a level, one behind the other. */
function textOf(dir: string, level: FileLevel = "access"): string {
  if (!existsSync(join(dir, level))) return "";
  const days = readdirSync(join(dir, level)).toSorted();
  return days
    .flatMap((day) =>
      readdirSync(join(dir, level, day))
        .toSorted((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]))
        .map((name) => readFileSync(join(dir, level, day, name), "utf8")),
    )
    .join("");
}

/** Removes what it can: files may be made there at the same time. */
function removed(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {}
}

describe("levels", () => {
  test("are written by turns: lines without end of one hold up no other", async () => {
    const log = use();
    const { lengths } = log.faulty;
    let batches = 0;
    const more = () => {
      for (; batches < 300 && batches - lengths.length < 20; batches++) log.add("x".repeat(65_535));
    };
    const timer = setInterval(more, 0);
    more();
    log.add("seen", "error");
    log.clock.advance(360);
    await until(() => lengths.includes(5));
    clearInterval(timer);
    expect(lengths.indexOf(5)).toBeLessThan(5);
  }, 20_000);

  test("are all written when the interval ends within a write of whole batches", async () => {
    const log = use();
    log.faulty.next("write", HELD);
    log.add("x".repeat(65_535));
    await until(() => log.faulty.heldCount === 1);
    log.add("seen", "error");
    log.clock.advance(360);
    log.faulty.letGo();
    // Without another interval.
    await until(() => textOf(log.dir, "error") === "seen\n");
  });
});

describe("a directory that is removed", () => {
  test("is made again, with its lock", async () => {
    const log = use();
    log.add("one");
    await log.written(1);
    rmSync(log.dir, { recursive: true });
    log.add("two");
    log.clock.advance(360);
    await until(() => log.counts.dropped === 1);
    await log.written(1);
    expect(log.counts).toEqual({ written: 1, dropped: 1, cut: 0 });
    expect(readdirSync(log.dir).toSorted()).toEqual([".lock", "access"]);
    await log.release();
    expect([textOf(log.dir), readdirSync(log.dir)]).toEqual(["two\n", ["access"]]);
  });

  test.skipIf(!isLinux)("and taken by another process meanwhile is left to it", async () => {
    const log = use();
    log.add("one");
    await log.written(1);
    rmSync(log.dir, { recursive: true });
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "latin1");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    mkdirSync(log.dir);
    const lock = JSON.stringify({ pid: process.ppid, start });
    writeFileSync(join(log.dir, ".lock"), lock);
    log.add("two");
    log.clock.advance(360);
    await until(() => log.counts.dropped === 1);
    await log.written(1);
    log.add("three");
    await log.written(2);
    await log.release();
    expect(textOf(join(log.dir, String(process.pid)))).toContain("three\n");
    expect(readFileSync(join(log.dir, ".lock"), "utf8")).toBe(lock);
  });
});

describe("troubles", () => {
  test("that come and go are told once, and their end once; again after a quiet minute", async () => {
    const log = use();
    let lines = 0;
    const fail = async () => {
      const calls = log.faulty.calls.length;
      log.faulty.next("write", "ENOSPC");
      log.add("line");
      log.clock.advance(360);
      await until(() => log.faulty.calls.length > calls && log.faulty.calls.at(-1) === "write");
      // The error has to come back.
      await new Promise((resolve) => setTimeout(resolve, 5));
      await log.written(++lines);
      await new Promise((resolve) => setTimeout(resolve, 5));
    };
    for (let n = 0; n < 4; n++) await fail();
    expect(log.told).toEqual([
      expect.stringMatching(/^Cannot write .*ENOSPC/),
      expect.stringMatching(/written again; lines dropped meanwhile: 0$/),
    ]);
    log.clock.advance(60_000);
    await fail();
    expect(log.told.length).toBe(4);
  }, 20_000);

  test("are no rejection that nobody handles, although they cannot be told", async () => {
    const log = use({}, () => {
      throw new Error("stderr is closed");
    });
    log.faulty.next("open", "EACCES");
    log.add("line");
    log.clock.advance(360);
    await until(() => log.faulty.calls.includes("open"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await log.written(1);
    expect(log.counts.dropped).toBe(0);
  });

  test("at the end are told too, and what is lost is counted", async () => {
    const log = use();
    log.faulty.always("mkdir", "EACCES");
    log.add("line");
    log.directory.flushSync();
    expect(log.told).toEqual([expect.stringMatching(/^Cannot write .*EACCES/)]);
    expect(log.counts).toEqual({ written: 0, dropped: 1, cut: 0 });
  });

  test.skipIf(!isLinux)(
    "with descriptors leave none behind",
    async () => {
      const count = () => readdirSync("/proc/self/fd").length;
      const log = use({ sizeOctets: 1024 });
      log.add("line");
      await log.written(1);
      const before = count();
      for (let n = 0; n < 100; n++) {
        if (n % 8 === 0) log.faulty.next(n % 16 === 0 ? "fstat" : "open", "EIO");
        if (n % 3 === 0) log.directory.reopen();
        if (n % 7 === 0) removed(join(log.dir, "access"));
        for (let line = 0; line < 10; line++) log.add("x".repeat(700));
        log.clock.advance(360);
        // Overtakes what has begun.
        if (n % 10 === 5) log.directory.flushSync();
        await until(() => {
          log.clock.advance(360);
          return log.counts.written + log.counts.dropped === 10 * n + 11;
        });
      }
      await log.release();
      expect(count()).toBeLessThan(before);
      const calls = (name: string) => log.faulty.calls.filter((call) => call === name).length;
      expect(calls("open")).toBeGreaterThan(900);
      expect(log.counts.written + log.counts.dropped).toBe(1001);
    },
    20_000,
  );
});

test.skipIf(!isLinux)(
  "a FIFO costs lines while nobody reads it, and no time",
  async () => {
    const log = use({ queueOctets: 100_000 });
    const folder = join(log.dir, "access", "2026-01-01");
    mkdirSync(folder, { recursive: true });
    const fifo = join(folder, "2026-01-01.1.log");
    execFileSync("mkfifo", [fifo]);
    let longestMs = 0;
    for (let n = 0; n < 4000; n++) {
      const beginMs = performance.now();
      log.add(`line ${n} ${"x".repeat(90)}`);
      if (n % 100 === 0) log.clock.advance(360);
      longestMs = Math.max(longestMs, performance.now() - beginMs);
      if (n % 400 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(longestMs).toBeLessThan(1000);
    expect(log.counts.dropped).toBeGreaterThan(1000);
    const { dropped } = log.counts;
    const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    reader.stdout.on("data", (piece) => {
      text += piece;
    });
    const read = () => text.split("\n").length - 1;
    await until(() => {
      log.clock.advance(360);
      return read() === 4000 - dropped && log.counts.written === read();
    });
    expect(log.counts).toEqual({ written: 4000 - dropped, dropped, cut: 0 });
    await log.release();
    await once(reader, "exit");
    expect(readdirSync(folder)).toEqual(["2026-01-01.1.log"]);
  },
  20_000,
);

describe("release", () => {
  test("ends after five seconds although the disk does not answer", async () => {
    const log = use();
    log.add("one");
    await log.written(1);
    log.faulty.always("write", HELD);
    log.add("two");
    log.clock.advance(360);
    await until(() => log.faulty.heldCount === 1);
    let isReleased = false;
    const released = log.release().then(() => {
      isReleased = true;
    });
    log.clock.advance(4999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isReleased).toBe(false);
    log.clock.advance(1);
    await released;
    expect(log.counts).toEqual({ written: 1, dropped: 1, cut: 0 });
    expect(existsSync(join(log.dir, ".lock"))).toBe(false);
    log.faulty.letGo();
    await until(() => log.faulty.calls.at(-1) === "close");
  }, 20_000);

  test("by the last user lets go; records behind it are written at once", async () => {
    const log = use();
    const host = { clock: log.clock };
    expect(LogDirectory.use(log.dir, DEFAULT_FILE_OPTIONS, host)).toBe(log.directory);
    log.add("one");
    await log.directory.release();
    await log.written(1);
    expect(existsSync(join(log.dir, ".lock"))).toBe(true);
    await log.release();
    expect(readdirSync(log.dir)).toEqual(["access"]);
    log.add("two");
    expect([textOf(log.dir), readdirSync(log.dir)]).toEqual(["one\ntwo\n", ["access"]]);
    const next = LogDirectory.use(log.dir, { ...DEFAULT_FILE_OPTIONS, gzip: true }, host);
    expect(next).not.toBe(log.directory);
    opened.add(next);
  });
});

describe("the end of a process", () => {
  const LINES = 1500;
  const RUNS = 8;
  const AT_ONCE = 4;

  function start(dir: string, what: string, stderr: "ignore" | "inherit"): ChildProcess {
    const stdio = ["ignore", "pipe", stderr] as const;
    return spawn(process.execPath, [APP, dir, what, String(LINES)], { stdio: [...stdio] });
  }

  const numbersOf = (text: string) => text.split("\n").slice(0, -1).map(numberOf);
  const numberOf = (line: string) => Number(/^line (\d+) x{80}$/.exec(line)?.[1] ?? Number.NaN);
  const counted = (lines: number) => Array.from({ length: lines }, (_, n) => n);

  test.each([
    ["that calls exit", "exit", 7],
    ["by an error that nobody catches", "throw", 1],
    ["that goes on behind an error", "caught", 0],
  ] as const)(
    "%s has every line written once, in order",
    async (_, what, code) => {
      for (let run = 0; run < RUNS; run += AT_ONCE) {
        const runs = Array.from({ length: AT_ONCE }, async () => {
          const dir = tempDir();
          const [ended] = await once(start(dir, what, "ignore"), "exit");
          expect(ended).toBe(code);
          expect(numbersOf(textOf(dir))).toEqual(counted(LINES));
        });
        await Promise.all(runs);
      }
    },
    20_000,
  );

  test("by kill -9 costs what has waited, and one line that is cut; the next one goes on", async () => {
    const runs = Array.from({ length: AT_ONCE }, async (_, run) => {
      const dir = tempDir();
      const child = start(dir, "log", "inherit");
      const exit = once(child, "exit");
      await once(child.stdout!, "data");
      await until(() => textOf(dir).length > 100_000 * (run + 1));
      child.kill("SIGKILL");
      await exit;
      const before = textOf(dir);
      const whole = numbersOf(before);
      expect(whole).toEqual(counted(whole.length));
      const [day] = readdirSync(join(dir, "access"));
      const host = { clock: manualClock(Date.parse(day!)) };
      const log = LogDirectory.use(dir, DEFAULT_FILE_OPTIONS, host);
      log.append("access", "fresh\n", 6, host.clock.date());
      await log.release();
      const isCut = !before.endsWith("\n");
      expect(log.counts).toEqual({ written: 1, dropped: 0, cut: isCut ? 1 : 0 });
      expect(textOf(dir)).toBe(`${before}${isCut ? "\n" : ""}fresh\n`);
    });
    await Promise.all(runs);
  }, 20_000);
});
