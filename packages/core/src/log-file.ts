// One open log file: finds or makes the one to go on with, appends octets, tells when it is gone. Knows no queue, and of
// lines only whether the last one is whole.

import { constants, type Stats } from "node:fs";
import type { FileSystem, Steps } from "./file-system.ts";
import { fileName, highestNumber } from "./log-file-names.ts";
import { DIRECTORY_MODE, FILE_MODE } from "./log-root.ts";

/** A FIFO that nobody reads must not hold up a thread; regular files take no notice of it. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const LINE_FEED = 0x0a;

export class LogFile {
  readonly path: string;
  readonly day: string;
  /** Its size as far as is known, in octets. */
  octets: number;
  /** A write is under way. */
  isWriting = false;
  /** Lines found without an end, in this file and in those before it that had no room; they have been ended. */
  readonly cutLines: number;
  #isToClose = false;
  readonly #fd: number;
  readonly #isRegular: boolean;

  private constructor(path: string, day: string, fd: number, stats: Stats, cutLines: number) {
    this.path = path;
    this.day = day;
    this.#fd = fd;
    this.#isRegular = stats.isFile();
    this.octets = this.#isRegular ? stats.size : 0;
    this.cutLines = cutLines;
  }

  /**
   * Opens the file with the highest number in `folder`, that of `day`, if it has room for `octets` below `sizeOctets`, or
   * makes the next one. `taken` is left alone. Throws the file system's error.
   */
  static *open(
    folder: string,
    day: string,
    octets: number,
    sizeOctets: number,
    taken: string | undefined,
  ): Steps<LogFile> {
    yield ["mkdir", folder, { recursive: true, mode: DIRECTORY_MODE }];
    const names = (yield ["readdir", folder]) as string[];
    let number = Math.max(1, highestNumber(names, day));
    // What is compressed is not written to any more.
    if (names.includes(`${fileName(day, number)}.gz`)) number++;
    let cutLines = 0;
    for (; ; number++) {
      const path = `${folder}/${fileName(day, number)}`;
      if (path === taken) continue;
      const file = yield* LogFile.#openOne(path, day, cutLines);
      if (file.hasRoom(octets, sizeOctets)) return file;
      cutLines = file.cutLines;
      yield* file.close();
    }
  }

  static *#openOne(path: string, day: string, cutBefore: number): Steps<LogFile> {
    const fd = (yield ["open", path, FLAGS, FILE_MODE]) as number;
    try {
      const stats = (yield ["fstat", fd]) as Stats;
      const isCut = stats.isFile() && stats.size > 0 && !(yield* endsLine(fd, stats.size));
      if (isCut) stats.size += (yield ["write", fd, "\n"]) as number;
      return new LogFile(path, day, fd, stats, cutBefore + (isCut ? 1 : 0));
    } catch (error) {
      yield ["close", fd];
      throw error;
    }
  }

  /** Whether `octets` more fit below `sizeOctets`; an empty file takes any number. */
  hasRoom(octets: number, sizeOctets: number): boolean {
    return this.octets === 0 || this.octets + octets <= sizeOctets;
  }

  /** Appends what it can of `octets` from `from` on, and gives how many those are, at least one. */
  *append(octets: Uint8Array, from: number): Steps<number> {
    const length = octets.length - from;
    this.isWriting = true;
    try {
      const written = (yield ["write", this.#fd, octets, from, length]) as number;
      if (written === 0) throw Object.assign(new Error("nothing is taken"), { code: "EAGAIN" });
      if (this.#isRegular) this.octets += written;
      return written;
    } finally {
      this.isWriting = false;
      if (this.#isToClose) yield* this.close();
    }
  }

  /** The size the file has, whoever wrote to it; -1 where size does not tell what was written. */
  sizeSync(fs: FileSystem): number {
    return this.#isRegular ? fs.fstatSync(this.#fd).size : -1;
  }

  /** Whether nothing leads to the file any more: what is written to it is lost. */
  *isUnlinked(): Steps<boolean> {
    return this.#isRegular && ((yield ["fstat", this.#fd]) as Stats).nlink === 0;
  }

  /** A write that is under way is waited for: the number of its descriptor must not become that of another file. */
  *close(): Steps<void> {
    this.#isToClose = this.isWriting;
    if (this.#isToClose) return;
    try {
      yield ["close", this.#fd];
    } catch {}
  }
}

function* endsLine(fd: number, size: number): Steps<boolean> {
  const octet = new Uint8Array(1);
  yield ["read", fd, octet, 0, 1, size - 1];
  return octet[0] === LINE_FEED;
}
