// A log directory for tests: on a real file system whose calls can be made to fail, with a clock that is moved by hand.

import * as nodeFs from "node:fs";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { manualClock } from "../src/clock.ts";
import type { FileSystem } from "../src/file-system.ts";
import { LogDirectory } from "../src/log-directory.ts";
import { DEFAULT_FILE_OPTIONS, type FileOptions } from "../src/log-options.ts";

const MIDNIGHT: number = Date.UTC(2026, 0, 2);
const open = new Set<LogDirectory>();
const dirs: string[] = [];

/** Lets go of all that a test has opened and made. */
export async function cleanUp(): Promise<void> {
  for (const directory of open) await directory.release();
  open.clear();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "hyperlane-files-"));
  dirs.push(dir);
  return dir;
}

/** What `write` and `writeSync` do next: an error code, or how many octets they take at most. */
type Fault = string | number;

class FaultyFileSystem {
  readonly faults: Fault[] = [];
  /** Every write fails with it. */
  always: string | undefined;
  /** Calls that are held. */
  held: (() => void)[] | undefined;
  /** Writes are made at once, and told when these are called. */
  late: (() => void)[] | undefined;
  readonly fs: FileSystem;

  constructor() {
    const write = (fd: number, octets: Uint8Array, from: number, length: number, done: unknown) => {
      const callback = done as (error: Error | null, written?: number) => void;
      if (this.late !== undefined) {
        const most = Math.min(length, (this.faults.shift() as number | undefined) ?? length);
        const written = nodeFs.writeSync(fd, octets, from, most);
        this.late.push(() => callback(null, written));
        return;
      }
      const call = () => {
        const fault = this.always ?? this.faults.shift();
        if (typeof fault === "string") callback(codeError(fault));
        else
          nodeFs.write(
            fd,
            octets,
            from,
            Math.min(length, fault ?? length),
            null,
            callback as never,
          );
      };
      if (this.held === undefined) call();
      else this.held.push(call);
    };
    const writeSync = (fd: number, octets: Uint8Array | string, from = 0, length?: number) => {
      const fault = this.always ?? this.faults.shift();
      if (typeof fault === "string") throw codeError(fault);
      if (typeof octets === "string") return nodeFs.writeSync(fd, octets);
      return nodeFs.writeSync(
        fd,
        octets,
        from,
        Math.min(length ?? octets.length, fault ?? Infinity),
      );
    };
    this.fs = {
      ...nodeFs,
      write: ((...args: unknown[]) => {
        // A line feed that ends a cut line comes as text.
        if (typeof args[1] === "string") (nodeFs.write as (...a: unknown[]) => void)(...args);
        else
          write(
            args[0] as number,
            args[1] as Uint8Array,
            args[2] as number,
            args[3] as number,
            args[4],
          );
      }) as never,
      writeSync: writeSync as never,
    };
  }
}

function codeError(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

export interface Rig {
  readonly dir: string;
  readonly directory: LogDirectory;
  readonly clock: ReturnType<typeof manualClock>;
  readonly faulty: FaultyFileSystem;
  readonly told: string[];
  add(level: "access" | "info", text: string): void;
  /** Moves the clock by the interval and waits for what is written then. */
  tick(): Promise<void>;
}

export function rig(
  options: Partial<FileOptions> = {},
  dir: string = tempDir(),
  dateMs: number = MIDNIGHT - 1000,
): Rig {
  const clock = manualClock(dateMs);
  const faulty = new FaultyFileSystem();
  const told: string[] = [];
  const host = { clock, fs: faulty.fs, tell: (text: string) => void told.push(text) };
  const directory = LogDirectory.use(dir, { ...DEFAULT_FILE_OPTIONS, ...options }, host);
  open.add(directory);
  return {
    dir,
    directory,
    clock,
    faulty,
    told,
    add: (level, text) => directory.append(level, `${text}\n`, text.length + 1, clock.date()),
    async tick() {
      clock.advance(360);
      // The clock is not that of the disk.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

export async function close({ directory }: Rig): Promise<void> {
  open.delete(directory);
  await directory.release();
}

/** Paths of a level's files below its directory, by day and number, with what is in them. */
export function filesOf(dir: string, level = "access"): [path: string, text: string][] {
  const days = readdirSync(join(dir, level)).toSorted();
  const paths = days.flatMap((day) =>
    readdirSync(join(dir, level, day))
      .toSorted((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]))
      .map((name) => `${day}/${name}`),
  );
  return paths.map((path) => {
    const octets = readFileSync(join(dir, level, path));
    return [path, (path.endsWith(".gz") ? gunzipSync(octets) : octets).toString()];
  });
}

export function linesOf(dir: string, level = "access"): string[] {
  return filesOf(dir, level).flatMap(([, text]) => text.split("\n").slice(0, -1));
}
