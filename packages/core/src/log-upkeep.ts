// What becomes of log files that are not written to any more: they are compressed, and removed when they are old or too
// many. Behind the event loop, one thing after the other; a failure leaves the file as it is until the next time.

import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { fileNumber, firstDayKept, isDay } from "./log-file-names.ts";
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
  /** Resolves when nothing is under way. */
  idle: Promise<void> = Promise.resolve();

  constructor(options: FileOptions) {
    this.#options = options;
  }

  /**
   * A file of `level` has been opened at `current`: looks after the others below `root`. `hasLock`: what earlier
   * processes left in directories of their own is looked after too.
   */
  run(root: string, level: FileLevel, current: string, today: string, hasLock: boolean): void {
    this.idle = this.idle
      .then(async () => {
        await this.#keep(join(root, level), current, today);
        if (hasLock) await this.#keepLeftOver(root, today);
      })
      .catch(() => {});
  }

  async #keepLeftOver(root: string, today: string): Promise<void> {
    for (const name of await namesIn(root)) {
      if (!PROCESS.test(name) || isAlive(Number(name))) continue;
      for (const level of await namesIn(join(root, name))) {
        if (!LEVELS.includes(level)) continue;
        await this.#keep(join(root, name, level), "", today);
        await rmdir(join(root, name, level)).catch(() => {});
      }
      await rmdir(join(root, name)).catch(() => {});
    }
  }

  /** Removes what is too old or too much in a level's directory, compresses the rest but `current`. */
  async #keep(dir: string, current: string, today: string): Promise<void> {
    const { keepDays, keepFiles, gzip } = this.#options;
    const first = Number.isFinite(keepDays) ? firstDayKept(today, keepDays) : "";
    const files: Kept[] = [];
    for (const day of (await namesIn(dir)).filter(isDay).toSorted()) {
      const folder = join(dir, day);
      for (const name of await namesIn(folder)) {
        const number = fileNumber(name, day);
        if (number !== undefined) files.push({ path: join(folder, name), day, number });
        // Left by a process that ended while it compressed.
        else if (name.endsWith(".log.gz.part")) await rm(join(folder, name), { force: true });
      }
    }
    files.sort((a, b) => (a.day === b.day ? b.number - a.number : a.day < b.day ? 1 : -1));
    for (const [at, { path, day }] of files.entries()) {
      if (path === current) continue;
      if (day < first || at >= keepFiles) await rm(path, { force: true });
      else if (gzip && path.endsWith(".log")) await compress(path);
    }
    for (const day of new Set(files.map((file) => file.day))) {
      if (day !== today) await rmdir(join(dir, day)).catch(() => {});
    }
  }
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
