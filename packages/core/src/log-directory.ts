// One directory of log files: what is logged waits here until it is written, behind the event loop, one write at a time,
// so that a disk that stands still holds up one thread and costs lines, never time. All servers of a process that log to
// a directory share it.

import * as nodeFs from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "./clock.ts";
import { deferred } from "./deferred.ts";
import { type FileSystem, takeSteps, takeStepsSync } from "./file-system.ts";
import { LevelLog, type LineCounts } from "./level-log.ts";
import { dayOf } from "./log-file-names.ts";
import { type FileLevel, type FileOptions, RECORD_LEVELS } from "./log-options.ts";
import { claimLogRoot, releaseLogRoot } from "./log-root.ts";
import { LogUpkeep } from "./log-upkeep.ts";

const LEVELS: readonly FileLevel[] = [...RECORD_LEVELS, "access"];
/** How long `close` waits for a disk that does not answer. */
const CLOSE_MS = 5000;
/** Troubles are told once, and again when they come back after this long without. */
const QUIET_MS = 60_000;
/** Errors behind which the same descriptor works again. */
const PASSING = ["ENOSPC", "EDQUOT", "EAGAIN", "EFBIG"];
const DAY_MS = 86_400_000;

/** Where troubles are told. */
export interface LogHost {
  readonly clock: Clock;
  readonly fs?: FileSystem;
  /** Tells whoever runs the process; default stderr. */
  readonly tell?: (text: string) => void;
}

/** What has lines to write that are not made yet. */
export interface LineSource {
  collect(): void;
}

export class LogDirectory {
  /** Those that are open, by path. */
  static readonly #all = new Map<string, LogDirectory>();

  readonly dir: string;
  readonly counts: LineCounts = { written: 0, dropped: 0, cut: 0 };
  readonly #options: FileOptions;
  readonly #clock: Clock;
  readonly #fs: FileSystem;
  readonly #tell: (text: string) => void;
  readonly #levels = new Map<FileLevel, LevelLog>();
  readonly #upkeep: LogUpkeep;
  readonly #sources = new Set<LineSource>();
  #users = 0;
  /** `dir`, or a directory in it while another process has the lock. */
  #root: string | undefined;
  #timer: unknown;
  #pumping: Promise<void> | undefined;
  /** Everything that waits is to be written, not only whole batches. */
  #isAllWanted = false;
  #isClosed = false;
  readonly #hurried = deferred<void>();
  #isFailing = false;
  /** Troubles have been told, their end not yet. */
  #isTold = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  #droppedBefore = 0;
  #day = "";
  #dayEndsMs = 0;

  private constructor(dir: string, options: FileOptions, host: LogHost) {
    this.dir = dir;
    this.#options = options;
    this.#clock = host.clock;
    this.#fs = host.fs ?? nodeFs;
    this.#tell = host.tell ?? ((text) => console.error(text));
    const levels = this.#levels;
    this.#upkeep = new LogUpkeep(options, (path) => {
      return [...levels.values()].some((log) => log.uses(path));
    });
    for (const level of LEVELS) {
      const opened = () => this.#opened(level);
      const levelHost = { opened, taken: () => this.#upkeep.taken };
      levels.set(level, new LevelLog(this.#fs, options, this.counts, levelHost));
    }
  }

  /**
   * The directory at `dir`, for one more user. Throws `RangeError` when somebody else in this process writes there in
   * another way.
   */
  static use(dir: string, options: FileOptions, host: LogHost): LogDirectory {
    const path = resolve(dir);
    let directory = LogDirectory.#all.get(path);
    if (directory === undefined) {
      directory = new LogDirectory(path, options, host);
      if (LogDirectory.#all.size === 0) process.on("exit", flushAll);
      if (LogDirectory.#all.size === 0) process.on("uncaughtExceptionMonitor", flushAll);
      LogDirectory.#all.set(path, directory);
    } else directory.#checkSame(options);
    directory.#users++;
    return directory;
  }

  static flushAllSync(): void {
    for (const directory of LogDirectory.#all.values()) directory.flushSync();
  }

  #checkSame(options: FileOptions): void {
    for (const name of Object.keys(options) as (keyof FileOptions)[]) {
      if (options[name] === this.#options[name]) continue;
      throw new RangeError(
        `Cannot log to ${this.dir}: another server of this process does with ${name} ${this.#options[name]}, this one has ${options[name]}`,
      );
    }
  }

  /** From now on `source` is asked for its lines before anything is written. */
  addSource(source: LineSource): void {
    this.#sources.add(source);
  }

  removeSource(source: LineSource): void {
    this.#sources.delete(source);
  }

  /** The source has lines. */
  expect(source: LineSource): void {
    if (this.#isClosed) source.collect();
    else this.#schedule();
  }

  #collect(): void {
    for (const source of this.#sources) source.collect();
  }

  /**
   * Adds a line, its LF included, to the files of `level`. `octets` is what it takes as UTF-8, `dateMs` the time it
   * belongs to. A line for which there is no room is dropped and counted.
   */
  append(level: FileLevel, line: string, octets: number, dateMs: number): void {
    const log = this.#levels.get(level)!;
    if (log.queuedOctets + octets > this.#options.queueOctets) {
      this.counts.dropped++;
      return;
    }
    log.append(line, octets, this.#dayOf(dateMs));
    if (this.#isClosed) this.#writeLate(log, level);
    else if (log.isFull && !this.#isFailing) this.#pump(false);
    else this.#schedule();
  }

  #dayOf(dateMs: number): string {
    if (dateMs >= this.#dayEndsMs || dateMs < this.#dayEndsMs - DAY_MS) {
      this.#day = dayOf(dateMs);
      this.#dayEndsMs = Date.parse(this.#day) + DAY_MS;
    }
    return this.#day;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.schedule(() => {
      this.#timer = undefined;
      this.#collect();
      for (const log of this.#levels.values()) log.check();
      this.#pump(true);
    }, this.#options.intervalMs);
  }

  /** Writes what waits; whole batches only, unless `all`. */
  #pump(all: boolean): void {
    this.#isAllWanted ||= all;
    this.#pumping ??= this.#writeAll().finally(() => {
      this.#pumping = undefined;
      this.#isAllWanted = false;
      if ([...this.#levels.values()].some((log) => log.isWaiting)) this.#schedule();
    });
  }

  async #writeAll(): Promise<void> {
    const failed = new Map<LevelLog, unknown>();
    const isDue = (log: LevelLog) => (this.#isAllWanted ? log.isWaiting : log.isFull);
    for (let isDone = false; !isDone; ) {
      isDone = true;
      // By turns: a level with lines without end holds up no other.
      for (const [level, log] of this.#levels) {
        if (failed.has(log) || !isDue(log)) continue;
        isDone = false;
        try {
          this.#root ??= claimLogRoot(this.dir);
          await takeSteps(this.#fs, log.writeNext(join(this.#root, level)));
        } catch (thrown) {
          // The other levels may lie where there is room.
          failed.set(log, thrown);
          if (!PASSING.includes((thrown as { code?: string }).code ?? "")) log.reopen();
        }
      }
    }
    if (this.#isClosed) return;
    if (failed.size > 0) this.#failed([...failed.values()].at(-1));
    else if (this.#isFailing) this.#recovered();
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) this.#droppedBefore = this.counts.dropped;
    this.#isFailing = true;
    const now = this.#clock.now();
    if (now - this.#toldMs >= QUIET_MS) {
      this.#isTold = true;
      this.#say(
        `Cannot write log files in ${this.dir}: ${(error as Error).message}; lines wait, and are dropped beyond ${this.#options.queueOctets} octets of a level`,
      );
    }
    this.#toldMs = now;
  }

  #recovered(): void {
    this.#isFailing = false;
    if (!this.#isTold) return;
    this.#isTold = false;
    const dropped = this.counts.dropped - this.#droppedBefore;
    this.#say(`Log files in ${this.dir} are written again; lines dropped meanwhile: ${dropped}`);
  }

  #say(text: string): void {
    try {
      this.#tell(text);
    } catch {
      // There is nowhere left to say so.
    }
  }

  #opened(level: FileLevel): void {
    if (this.#isClosed) return;
    this.#claimAgain();
    if (this.#root === undefined) return;
    const hasLock = this.#root === this.dir;
    this.#upkeep.run(this.#root, level, dayOf(this.#clock.date()), hasLock);
  }

  /** The directory may have been removed, its lock with it, and made again by another process. */
  #claimAgain(): void {
    let root: string;
    try {
      root = claimLogRoot(this.dir);
    } catch {
      return;
    }
    if (root === this.#root) return;
    this.#root = root;
    for (const log of this.#levels.values()) log.reopen();
  }

  /** Files are closed, and found again by their names: they may have been moved. */
  reopen(): void {
    this.#collect();
    for (const log of this.#levels.values()) log.reopen();
    this.#pump(true);
  }

  /** Writes everything before it returns; what cannot be written is dropped and counted. For the process's end. */
  flushSync(): void {
    this.#collect();
    for (const [level, log] of this.#levels) {
      if (log.queuedOctets === 0) continue;
      try {
        this.#root ??= claimLogRoot(this.dir);
        log.flushSync(join(this.#root, level));
      } catch (error) {
        log.drop();
        this.#failed(error);
      }
    }
  }

  /** A record behind the end of the last server: it is written at once. */
  #writeLate(log: LevelLog, level: FileLevel): void {
    try {
      log.flushSync(join(claimLogRoot(this.dir), level));
      takeStepsSync(this.#fs, log.close());
    } catch {
      log.drop();
    }
    if (!LogDirectory.#all.has(this.dir)) releaseLogRoot(this.dir);
  }

  /** Whoever waits for `release` waits no longer than it takes to write what there is. */
  hurry(): void {
    this.#hurried.resolve();
  }

  /** One user less. With the last one everything is written and the directory is let go. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    await this.#before(CLOSE_MS, Promise.race([this.#close(), this.#hurried.promise]));
    // Somebody may have come meanwhile, or have let go already.
    if (this.#users > 0 || this.#isClosed) return;
    LogDirectory.#all.delete(this.dir);
    if (LogDirectory.#all.size === 0) {
      process.off("exit", flushAll);
      process.off("uncaughtExceptionMonitor", flushAll);
    }
    this.#clock.cancel(this.#timer);
    this.#collect();
    this.#isClosed = true;
    this.#upkeep.stop();
    this.flushSync();
    for (const log of this.#levels.values()) takeStepsSync(this.#fs, log.close());
    if (this.#root !== undefined) releaseLogRoot(this.dir);
  }

  async #close(): Promise<void> {
    this.#collect();
    await this.#pumping;
    this.#pump(true);
    await this.#pumping;
    await this.#upkeep.idle;
  }

  /** Resolves with `done`, or after `ms`. */
  async #before(ms: number, done: Promise<void>): Promise<void> {
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.schedule(resolve, ms);
    });
    await Promise.race([done, late]).finally(() => this.#clock.cancel(timer));
  }
}

function flushAll(): void {
  LogDirectory.flushAllSync();
}
