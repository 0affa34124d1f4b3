// Which directory this process writes its logs to: `<dir>` with a lock in it, or `<dir>/<pid>` while another process
// holds the lock. Touches nothing but the lock.

import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

export const DIRECTORY_MODE = 0o750;
export const FILE_MODE = 0o640;
const LOCK = ".lock";
/** Several processes may find one dead lock; each round one of them goes on. */
const ROUNDS_MAX = 16;

/** What a lock holds. */
interface Holder {
  readonly pid: number;
  /** When the process began; text that only compares. */
  readonly start: string;
}

/**
 * When a process began, in ticks since the machine did (proc(5), field 22 of stat; the second may hold blanks). Without
 * /proc only our own is known.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return pid === process.pid ? String(Math.round(performance.timeOrigin)) : undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process, but a process.
    return (error as { code?: string }).code === "EPERM";
  }
}

/** Reports whether the process `pid` runs; with `start`, whether it is the one that began then. */
export function isAlive(pid: number, start?: string): boolean {
  if (!isRunning(pid)) return false;
  const began = startOf(pid);
  return start === undefined || began === undefined || began === start;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(text) as Partial<Holder>;
    if (Number.isInteger(pid) && typeof start === "string") return { pid: pid!, start };
  } catch {}
  return undefined;
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Reports whether the lock was made; false when there is one. It is never there without its text. */
function makeLock(path: string, text: string): boolean {
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: FILE_MODE });
  try {
    linkSync(fresh, path);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    // A file system without hard links.
    if (readLock(path) !== undefined) return false;
    renameSync(fresh, path);
    return true;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Removes the lock that held `text`. Another process may have replaced it meanwhile: then that one is put back. */
function removeDead(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readLock(aside) !== text) linkSync(aside, path);
  } catch {}
  try {
    unlinkSync(aside);
  } catch {}
}

/**
 * Claims `dir` for this process and gives the directory to write to. Throws the file system's error when that cannot be.
 * A lock whose process is gone, or that an earlier process of our number left, is taken over.
 */
export function claimLogRoot(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
  const path = join(dir, LOCK);
  const start = startOf(process.pid) ?? "";
  const own = JSON.stringify({ pid: process.pid, start });
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (makeLock(path, own)) return dir;
    const text = readLock(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    const isOurs = holder?.pid === process.pid && holder.start === start;
    if (isOurs) return dir;
    if (holder !== undefined && isAlive(holder.pid, holder.start)) break;
    removeDead(path, text);
  }
  const beside = join(dir, String(process.pid));
  mkdirSync(beside, { recursive: true, mode: DIRECTORY_MODE });
  return beside;
}

/** Gives the lock of `dir` back, if this process has it. */
export function releaseLogRoot(dir: string): void {
  const path = join(dir, LOCK);
  try {
    if (parseHolder(readLock(path) ?? "")?.pid === process.pid) unlinkSync(path);
  } catch {}
}
