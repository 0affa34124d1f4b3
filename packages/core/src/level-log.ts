// The lines of one level on their way to its files: collected in batches, written one batch after the other, into the
// file of their day. Says when to go to the next file; knows no timer and no other level.

import { Fifo } from "./fifo.ts";
import { type FileSystem, type Steps, takeStepsSync } from "./file-system.ts";
import { LogFile } from "./log-file.ts";
import type { FileOptions } from "./log-options.ts";

/** Lines are written together up to this many octets: a line costs a tenth of what it costs alone. */
const BATCH_OCTETS = 65_536;
/** How long the end of the process waits for a write that is under way. */
const LAST_WRITE_MS = 1000;
const LINE_FEED = 0x0a;

/** What log files count, all levels of a directory together. */
export interface LineCounts {
  /** Lines written. */
  written: number;
  /** Lines lost: the queue was full, or what they were written to is gone. */
  dropped: number;
  /** Lines found without an end, or that lost theirs. */
  cut: number;
}

interface Batch {
  readonly day: string;
  text: string;
  octets: number;
  lines: number;
}

/** The batch being written. */
interface Pending {
  readonly batch: Batch;
  readonly octets: Uint8Array;
  /** Octets of it that are written. */
  done: number;
  /** The file they go to, and how many were done before it. */
  file: LogFile | undefined;
  before: number;
}

/** What a level's files have to do with the rest of their directory. */
interface LevelHost {
  /** A file has been opened. */
  opened(path: string): void;
  /** A file that is being compressed or removed. */
  taken(): string | undefined;
}

export class LevelLog {
  /** Octets that wait, those being written included. */
  queuedOctets = 0;
  readonly #fs: FileSystem;
  readonly #options: FileOptions;
  readonly #counts: LineCounts;
  readonly #host: LevelHost;
  readonly #batches = new Fifo<Batch>();
  /** The last batch, while lines are added to it. */
  #open: Batch | undefined;
  #pending: Pending | undefined;
  #file: LogFile | undefined;
  /** Directories in which a file is being opened. */
  readonly #opening: string[] = [];
  /** Lines written since it was known that the file can be found. */
  #unsure = 0;
  #isToCheck = false;
  #isToReopen = false;
  /** Whose steps go on; those begun before are void. */
  #turn = 0;
  readonly #batchOctets: number;

  constructor(fs: FileSystem, options: FileOptions, counts: LineCounts, host: LevelHost) {
    this.#fs = fs;
    this.#options = options;
    this.#counts = counts;
    this.#host = host;
    this.#batchOctets = Math.min(BATCH_OCTETS, options.sizeOctets);
  }

  /** Something waits, or is to be done. */
  get isWaiting(): boolean {
    return this.queuedOctets > 0 || this.#isToReopen;
  }

  /** A whole batch waits. */
  get isFull(): boolean {
    return this.queuedOctets >= this.#batchOctets;
  }

  /** Adds a line, its LF included, of so many octets. */
  append(line: string, octets: number, day: string): void {
    let batch = this.#open;
    if (batch === undefined || batch.octets + octets > this.#batchOctets || batch.day !== day) {
      batch = { day, text: "", octets: 0, lines: 0 };
      this.#open = batch;
      this.#batches.push(batch);
    }
    batch.text += line;
    batch.octets += octets;
    batch.lines++;
    this.queuedOctets += octets;
  }

  /** Reports whether the file is written to, or may be from now on. */
  uses(path: string): boolean {
    return path === this.#file?.path || this.#opening.some((folder) => path.startsWith(folder));
  }

  /** At the next write the file is looked for: it may have been removed. */
  check(): void {
    this.#isToCheck = this.#file !== undefined;
  }

  /** The file is closed at the next write, and found again by its name. */
  reopen(): void {
    this.#isToReopen = this.#file !== undefined;
  }

  /** Writes the oldest batch into files below `dir`. Throws the file system's error; called again, it goes on. */
  *writeNext(dir: string): Steps<void> {
    const turn = ++this.#turn;
    if (this.#isToReopen || (this.#isToCheck && (yield* this.#isGone(turn)))) {
      yield* this.#closeFile();
    }
    const pending = this.#pendingNext();
    if (pending === undefined) return;
    const file = yield* this.#fileFor(pending, dir, turn);
    if (file === undefined) return;
    while (turn === this.#turn && pending.done < pending.octets.length) {
      pending.done += yield* file.append(pending.octets, pending.done);
    }
    if (turn === this.#turn) this.#finish(pending);
  }

  #pendingNext(): Pending | undefined {
    if (this.#pending !== undefined) return this.#pending;
    const batch = this.#batches.shift();
    if (batch === undefined) return undefined;
    if (batch === this.#open) this.#open = undefined;
    this.#pending = { batch, octets: Buffer.from(batch.text), done: 0, file: undefined, before: 0 };
    batch.text = "";
    return this.#pending;
  }

  #finish({ batch }: Pending): void {
    this.#pending = undefined;
    this.queuedOctets -= batch.octets;
    this.#counts.written += batch.lines;
    this.#unsure += batch.lines;
  }

  *#isGone(turn: number): Steps<boolean> {
    this.#isToCheck = false;
    const isGone = yield* this.#file!.isUnlinked();
    if (turn !== this.#turn) return false;
    if (!isGone) this.#unsure = 0;
    return isGone;
  }

  *#closeFile(): Steps<void> {
    this.#isToReopen = false;
    this.#isToCheck = false;
    const file = this.#file;
    const unsure = this.#unsure;
    this.#file = undefined;
    this.#unsure = 0;
    if (file === undefined) return;
    try {
      if (yield* file.isUnlinked()) this.#lose(file, unsure);
    } catch {
      // What can be known is known.
    }
    yield* file.close();
  }

  /** So many lines have gone with the file. Those of the batch under way are written again. */
  #lose(file: LogFile, lines: number): void {
    this.#counts.written -= lines;
    this.#counts.dropped += lines;
    const pending = this.#pending;
    if (pending?.file !== file) return;
    pending.done = pending.before;
    pending.file = undefined;
  }

  /** The file that has room for the batch, or for what is left of it; `undefined` when somebody else goes on. */
  *#fileFor(pending: Pending, dir: string, turn: number): Steps<LogFile | undefined> {
    const { day } = pending.batch;
    const { length } = pending.octets;
    const { sizeOctets } = this.#options;
    const held = this.#file;
    if (held !== undefined && held === pending.file) return held;
    if (held !== undefined && held.day === day && held.hasRoom(length, sizeOctets)) {
      pending.file = held;
      return held;
    }
    yield* this.#closeFile();
    const folder = `${dir}/${day}`;
    this.#opening.push(folder);
    let file: LogFile;
    try {
      file = yield* LogFile.open(folder, day, length, sizeOctets, this.#host.taken());
    } finally {
      this.#opening.splice(this.#opening.indexOf(folder), 1);
    }
    if (turn !== this.#turn) {
      yield* file.close();
      return undefined;
    }
    this.#file = file;
    this.#counts.cut += file.cutLines;
    if (pending.file !== undefined) this.#skipCutLine(pending, file);
    pending.file = file;
    pending.before = pending.done;
    this.#host.opened(file.path);
    return file;
  }

  /** Goes on in another file: what is left of a line that has begun in the last one is left out. */
  #skipCutLine(pending: Pending, file: LogFile): void {
    const { octets, done } = pending;
    if (done === 0 || octets[done - 1] === LINE_FEED) return;
    pending.done = octets.indexOf(LINE_FEED, done) + 1;
    if (file.cutLines === 0) this.#counts.cut++;
  }

  /**
   * The process ends: writes everything at once, behind a write that is under way. What cannot be written is dropped and
   * counted; then throws the file system's error.
   */
  flushSync(dir: string): void {
    const turn = this.#turn;
    try {
      this.#waitForWrite();
      this.#turn = turn + 1;
      while (this.queuedOctets > 0) takeStepsSync(this.#fs, this.writeNext(dir));
    } catch (error) {
      this.#turn++;
      this.drop();
      throw error;
    }
  }

  /** A write that is under way runs on beside this: the file's size tells when it is done. Throws when it is stuck. */
  #waitForWrite(): void {
    const pending = this.#pending;
    const file = pending?.file;
    if (pending === undefined || file === undefined || file !== this.#file || !file.isWriting) {
      return;
    }
    const before = file.octets;
    const left = pending.octets.length - pending.done;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const untilMs = performance.now() + LAST_WRITE_MS;
    let grown = 0;
    while (grown < left && performance.now() < untilMs) {
      grown = file.sizeSync(this.#fs) - before;
      if (grown < left) Atomics.wait(clock, 0, 0, 1);
    }
    if (grown <= 0) throw new Error("the write under way does not end");
    pending.done += Math.min(grown, left);
  }

  /** Gives up what waits. */
  drop(): void {
    const pending = this.#pending;
    let lines = 0;
    if (pending !== undefined) {
      const whole = linesIn(pending.octets.subarray(0, pending.done));
      this.#counts.written += whole;
      this.#unsure += whole;
      lines = pending.batch.lines - whole;
      // It may end within a line.
      this.reopen();
    }
    for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
      lines += batch.lines;
    }
    this.#pending = undefined;
    this.#open = undefined;
    this.queuedOctets = 0;
    this.#counts.dropped += lines;
  }

  /** Closes the file; it is opened again when a line comes. */
  *close(): Steps<void> {
    yield* this.#closeFile();
  }
}

function linesIn(octets: Uint8Array): number {
  let lines = 0;
  for (let at = octets.indexOf(LINE_FEED); at >= 0; at = octets.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}
