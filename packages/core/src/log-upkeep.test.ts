import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../test/until.ts";
import { manualClock } from "./clock.ts";
import { LogDirectory } from "./log-directory.ts";
import { DEFAULT_FILE_OPTIONS, type FileOptions } from "./log-options.ts";
import { LogUpkeep } from "./log-upkeep.ts";

const TODAY = "2026-01-05";
/** Above the highest number of a process (proc(5), pid_max). */
const NO_PID = "4194305";
const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A directory with files below it, each with its path as content. */
function directory(...paths: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "hyperlane-upkeep-"));
  dirs.push(dir);
  for (const path of paths) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), path);
  }
  return dir;
}

/** Paths of all files below. */
function pathsIn(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .toSorted();
}

function file(day: number, number: number): string {
  const name = `2026-01-${String(day).padStart(2, "0")}`;
  return `access/${name}/${name}.${number}.log`;
}

async function keep(
  dir: string,
  options: Partial<FileOptions>,
  used: (path: string) => boolean = (path) => path === join(dir, file(5, 3)),
): Promise<void> {
  const upkeep = new LogUpkeep({ ...DEFAULT_FILE_OPTIONS, ...options }, used);
  upkeep.run(dir, "access", TODAY, true);
  await upkeep.idle;
}

describe("files", () => {
  test.each([
    [{ keepDays: 1 }, [file(5, 1), file(5, 2), file(5, 3)]],
    [{ keepDays: 2 }, [file(4, 1), file(4, 10), file(5, 1), file(5, 2), file(5, 3)]],
    [{ keepFiles: 1 }, [file(5, 3)]],
    // By number, not by text.
    [{ keepFiles: 4 }, [file(4, 10), file(5, 1), file(5, 2), file(5, 3)]],
    [{ keepFiles: 2, keepDays: 2 }, [file(5, 2), file(5, 3)]],
  ])("are kept for so many days, and so many: %j", async (options, expected) => {
    const dir = directory(
      ...[file(3, 1), file(4, 1), file(4, 10), file(5, 1), file(5, 2), file(5, 3)],
    );
    await keep(dir, options);
    expect(pathsIn(dir)).toEqual(expected);
    // Days without files go too.
    const days = new Set(expected.map((path) => path.split("/")[1]));
    expect(readdirSync(join(dir, "access"))).toEqual([...days]);
  });

  test.each([Number.POSITIVE_INFINITY, 1e9, Number.MAX_SAFE_INTEGER])(
    "are kept for ever, but compressed, with %d days",
    async (keepDays) => {
      const dir = directory(file(1, 1), file(5, 3));
      await keep(dir, { keepDays, gzip: true });
      expect(pathsIn(dir)).toEqual([`${file(1, 1)}.gz`, file(5, 3)]);
      expect(gunzipSync(readFileSync(join(dir, `${file(1, 1)}.gz`))).toString()).toBe(file(1, 1));
      const mode = statSync(join(dir, `${file(1, 1)}.gz`)).mode & 0o777;
      expect(mode).toBe(0o640 & ~process.umask());
    },
  );

  test("that are not ours are never touched", async () => {
    const paths = [
      "access/2026-01-01/notes.txt",
      "access/2026-01-01/2026-01-02.1.log",
      "access/2026-01-01/2026-01-01.1.log.bak",
      "access/2026-01-01/other.log.gz.part",
      "access/notes/2026-01-01.1.log",
      "elsewhere/2026-01-01/2026-01-01.1.log",
      `${NO_PID}/elsewhere/2026-01-01/2026-01-01.1.log`,
      `${NO_PID}.old/access/2026-01-01/2026-01-01.1.log`,
      "error/2026-01-01/2026-01-01.1.log",
    ].toSorted();
    const dir = directory(...paths, file(1, 1));
    await keep(dir, { keepDays: 1, keepFiles: 1, gzip: true });
    expect(pathsIn(dir)).toEqual(paths);
  });

  test("of a compression that did not end are removed, and made anew", async () => {
    const dir = directory(file(5, 1), `${file(5, 1)}.gz.part`, `${file(5, 2)}.gz.part`, file(5, 3));
    await keep(dir, { gzip: true });
    expect(pathsIn(dir)).toEqual([`${file(5, 1)}.gz`, file(5, 3)]);
  });

  test("of a compression that ended without the removal of what it was made of are one", async () => {
    const dir = directory(file(5, 1), `${file(5, 1)}.gz`, file(5, 3));
    await keep(dir, { gzip: true });
    expect(pathsIn(dir)).toEqual([`${file(5, 1)}.gz`, file(5, 3)]);
    expect(gunzipSync(readFileSync(join(dir, `${file(5, 1)}.gz`))).toString()).toBe(file(5, 1));
  });

  test("that cannot be compressed hold up no others", async () => {
    const dir = directory(file(4, 1), file(5, 3));
    mkdirSync(join(dir, file(5, 1)), { recursive: true });
    await keep(dir, { gzip: true });
    expect(pathsIn(dir)).toEqual([`${file(4, 1)}.gz`, file(5, 3)]);
  });

  test("of processes that are gone are kept like others; those of one that runs are its own", async () => {
    const own = `${process.pid}/${file(1, 1)}`;
    const dir = directory(file(5, 3), own, `${NO_PID}/${file(3, 1)}`, `${NO_PID}/${file(4, 1)}`);
    await keep(dir, { keepDays: 2, gzip: true });
    expect(pathsIn(dir)).toEqual([`${NO_PID}/${file(4, 1)}.gz`, file(5, 3), own].toSorted());
    await keep(dir, { keepDays: 1 });
    expect(pathsIn(dir)).toEqual([file(5, 3), own].toSorted());
    expect(existsSync(join(dir, NO_PID))).toBe(false);
  });
});

describe("a file that is written to", () => {
  test("is asked for right before it would be compressed or removed", async () => {
    const dir = directory(file(5, 1), file(5, 2), file(5, 3));
    let current = join(dir, file(5, 1));
    const upkeep = new LogUpkeep({ ...DEFAULT_FILE_OPTIONS, gzip: true }, (p) => p === current);
    upkeep.run(dir, "access", TODAY, true);
    // The next one has been opened meanwhile.
    current = join(dir, file(5, 3));
    await upkeep.idle;
    expect(pathsIn(dir)).toEqual([`${file(5, 1)}.gz`, `${file(5, 2)}.gz`, file(5, 3)]);
  });

  test("may be opened however often: what waits to be looked after waits once", async () => {
    const dir = directory(file(5, 1));
    let asked = 0;
    const upkeep = new LogUpkeep({ ...DEFAULT_FILE_OPTIONS, gzip: true }, () => ++asked > 0);
    for (let n = 0; n < 100; n++) upkeep.run(dir, "access", TODAY, true);
    await upkeep.idle;
    expect(asked).toBe(1);
    upkeep.run(dir, "access", TODAY, true);
    await upkeep.idle;
    expect(asked).toBe(2);
  });

  test("is known to others while it is compressed", async () => {
    const dir = directory(file(5, 3));
    writeFileSync(join(dir, "access", TODAY, `${TODAY}.1.log`), randomBytes(2 ** 22));
    const upkeep = new LogUpkeep({ ...DEFAULT_FILE_OPTIONS, gzip: true }, () => false);
    expect(upkeep.taken).toBeUndefined();
    const seen = new Set<string | undefined>();
    upkeep.run(dir, "access", TODAY, true);
    const timer = setInterval(() => seen.add(upkeep.taken), 1);
    await upkeep.idle;
    clearInterval(timer);
    expect(seen).toContain(join(dir, file(5, 1)));
    expect(upkeep.taken).toBeUndefined();
  });

  test("stays as it is when the directory is let go before its turn comes", async () => {
    const dir = directory();
    const inDebug = (path: string) => path.replace("access", "debug");
    mkdirSync(join(dir, "debug", TODAY), { recursive: true });
    const big = join(dir, inDebug(file(5, 1)));
    writeFileSync(big, randomBytes(2 ** 22));
    const clock = manualClock(Date.parse(TODAY));
    const options = { ...DEFAULT_FILE_OPTIONS, sizeOctets: 4096, gzip: true };
    const log = LogDirectory.use(dir, options, { clock });
    log.append("debug", "a\n", 2, clock.date());
    log.append("access", "b\n", 2, clock.date());
    clock.advance(360);
    await until(() => log.counts.written === 2);
    log.hurry();
    await log.release();
    await until(() => existsSync(`${big}.gz`) && !existsSync(big));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pathsIn(dir)).toEqual([file(5, 1), `${inDebug(file(5, 1))}.gz`, inDebug(file(5, 2))]);
  });

  test("is none any more to be known of once it is stopped: nothing is begun", async () => {
    const dir = directory(file(1, 1), file(5, 1));
    const upkeep = new LogUpkeep({ ...DEFAULT_FILE_OPTIONS, keepDays: 1, gzip: true }, () => false);
    upkeep.run(dir, "access", TODAY, true);
    upkeep.stop();
    await upkeep.idle;
    expect(pathsIn(dir)).toEqual([file(1, 1), file(5, 1)]);
  });
});

test("lines that come while older files are compressed are all in the end", async () => {
  const dir = directory();
  const big = join(dir, "access", TODAY);
  mkdirSync(big, { recursive: true });
  // Long at work on this one, it comes late to those that have been begun since.
  writeFileSync(join(big, `${TODAY}.1.log`), `${randomBytes(2 ** 22).toString("base64")}\n`);
  const clock = manualClock(Date.parse(TODAY));
  const options = { ...DEFAULT_FILE_OPTIONS, sizeOctets: 4096, gzip: true };
  const log = LogDirectory.use(dir, options, { clock });
  let given = 0;
  while (given < 3000) {
    // Now and then the clock goes back to yesterday, and files of both days are gone on with.
    const dateMs = clock.date() - (given % 500 < 20 ? 3_600_000 : 0);
    const line = `line ${given++} ${"x".repeat(90)}\n`;
    log.append("access", line, line.length, dateMs);
    if (given % 20 !== 0) continue;
    clock.advance(360);
    await until(() => log.counts.written === given);
  }
  await log.release();
  const lines = pathsIn(dir).flatMap((path) => {
    const octets = readFileSync(join(dir, path));
    const text = (path.endsWith(".gz") ? gunzipSync(octets) : octets).toString();
    return text.split("\n").slice(0, -1);
  });
  const numbers = lines
    .filter((line) => line.startsWith("line "))
    .map((l) => Number(l.split(" ")[1]));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: given }, (_, n) => n));
  expect(pathsIn(dir).filter((path) => path.endsWith(".gz")).length).toBeGreaterThan(50);
  expect(log.counts).toEqual({ written: given, dropped: 0, cut: 0 });
}, 20_000);
