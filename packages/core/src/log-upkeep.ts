// What becomes of log files that are not written to any more: they are compressed, and removed when they are old or too
// many. Behind the event loop, one thing after the other; a failure leaves the file as it is until the next time.

import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { fileNumber, firstDayKept, isDay, isPart } from "./log-file-names.ts";
import { type FileLevel, type FileOptions, RECORD_LEVELS } from "./log-options.ts";
import { FILE_MODE, isAlive } from "./log-root.ts";

const LEVELS: readonly string[] = [...RECORD_LEVELS, "access"] satisfies FileLevel[];
const PROCESS = /^[1-9]\d*$/;

/** The names in `dir`, none when it cannot be read. */
async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

/** A file of a level. */
interface Kept {
  readonly path: string;
  readonly day: string;
  readonly number: number;
}

export class LogUpkeep {
  readonly #options: FileOptions;
  readonly #isUsed: (path: string) => boolean;
  /** Directories of levels whose turn has not come yet. */
  readonly #waiting = new Set<string>();
  #taken: string | undefined;
  #isStopped = false;
  /** Resolves when nothing is under way. */
  idle: Promise<void> = Promise.resolve();

  /** `isUsed` tells of a file that is written to. */
  constructor(options: FileOptions, isUsed: (path: string) => boolean) {
    this.#options = options;
    this.#isUsed = isUsed;
  }

  /** The file that is being compressed or removed. */
  get taken(): string | undefined {
    return this.#taken;
  }

  /** No file is begun any more: nobody tells which are written to. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * A file of `level` has been opened: looks after the others below `root`. `hasLock`: what earlier processes left in
   * directories of their own is looked after too.
   */
  run(root: string, level: FileLevel, today: string, hasLock: boolean): void {
    const dir = join(root, level);
    if (this.#waiting.has(dir)) return;
    this.#waiting.add(dir);
    this.idle = this.idle
      .then(async () => {
        this.#waiting.delete(dir);
        await this.#keep(dir, today);
        if (hasLock) await this.#keepLeftOver(root, today);
      })
      .catch(() => {});
  }

  /** A file may be opened while others are worked on: whether it is written to is asked right before. */
  async #take(path: string, work: (path: string) => Promise<void>): Promise<void> {
    if (this.#isStopped || this.#isUsed(path)) return;
    this.#taken = path;
    try {
      await work(path);
    } catch {
      // It stays as it is until the next time; the others do not wait for that.
    } finally {
      this.#taken = undefined;
    }
  }

  async #keepLeftOver(root: string, today: string): Promise<void> {
    for (const name of await namesIn(root)) {
      if (!PROCESS.test(name) || isAlive(Number(name))) continue;
      for (const level of await namesIn(join(root, name))) {
        if (!LEVELS.includes(level)) continue;
        await this.#keep(join(root, name, level), today);
        await rmdir(join(root, name, level)).catch(() => {});
      }
      await rmdir(join(root, name)).catch(() => {});
    }
  }

  /** Removes what is too old or too much in a level's directory, compresses the rest. */
  async #keep(dir: string, today: string): Promise<void> {
    const { keepDays, keepFiles, gzip } = this.#options;
    const first = Number.isFinite(keepDays) ? firstDayKept(today, keepDays) : "";
    const files: Kept[] = [];
    for (const day of (await namesIn(dir)).filter(isDay).toSorted()) {
      const folder = join(dir, day);
      for (const name of await namesIn(folder)) {
        const number = fileNumber(name, day);
        if (number !== undefined) files.push({ path: join(folder, name), day, number });
        // Left by a process that ended while it compressed.
        else if (isPart(name, day)) await this.#take(join(folder, name), remove);
      }
    }
    files.sort((a, b) => (a.day === b.day ? b.number - a.number : a.day < b.day ? 1 : -1));
    for (const [at, { path, day }] of files.entries()) {
      if (day < first || at >= keepFiles) await this.#take(path, remove);
      else if (gzip && path.endsWith(".log")) await this.#take(path, compress);
    }
    for (const day of new Set(files.map((file) => file.day))) {
      if (day !== today) await this.#take(`${join(dir, day)}/`, rmdir);
    }
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Makes `<path>.gz` of a file; it is there whole or not at all. */
async function compress(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  try {
    await pipeline(
      createReadStream(path),
      createGzip({ level: 6 }),
      createWriteStream(part, { mode: FILE_MODE }),
    );
    await rename(part, `${path}.gz`);
    await rm(path, { force: true });
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
