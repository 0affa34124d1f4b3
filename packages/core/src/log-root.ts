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
/** Locks may come and go meanwhile. */
const ROUNDS_MAX = 16;

/** What a lock holds. */
interface Holder {
  readonly pid: number;
  /** When the process began; text that only compares. */
  readonly start: string;
}

/** Fields of /proc/<pid>/stat from the third on (proc(5); the second may hold blanks); none without /proc. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

/** When a process began, in ticks since the machine did. Without /proc only our own is known. */
function startOf(pid: number): string | undefined {
  const known = pid === process.pid ? String(Math.round(performance.timeOrigin)) : undefined;
  return statOf(pid)[19] ?? known;
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
  // "Z": it has ended, and its parent has not asked yet how.
  if (!isRunning(pid) || statOf(pid)[0] === "Z") return false;
  const began = startOf(pid);
  return start === undefined || began === undefined || began === start;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(text) as Partial<Holder>;
    // 0 and below name groups of processes.
    if (Number.isInteger(pid) && pid! > 0 && typeof start === "string") return { pid: pid!, start };
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
  try {
    writeFileSync(fresh, text, { mode: FILE_MODE });
    linkSync(fresh, path);
    return true;
  } catch (error) {
    if (readLock(path) !== undefined) return false;
    if ((error as { code?: string }).code === "EEXIST") return false;
    if (readLock(fresh) !== text) throw error;
    // A file system without hard links.
    renameSync(fresh, path);
    return true;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/**
 * Puts `text` in the place of a lock that holds `dead`, and reports whether it did. Only who holds `<path>.next` may do so:
 * else two that found the same dead lock could each remove what the other has made.
 */
function replaceDead(path: string, dead: string, text: string): boolean {
  const next = `${path}.next`;
  if (!takeLock(next, text)) return false;
  try {
    if (readLock(path) !== dead) return false;
    renameSync(next, path);
    return true;
  } finally {
    if (readLock(next) === text) unlinkSync(next);
  }
}

/** Reports whether the lock is ours now. Locks whose process is gone are taken over. */
function takeLock(path: string, own: string): boolean {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const text = readLock(path);
    if (text === own) return true;
    if (text === undefined) {
      if (makeLock(path, own)) return true;
      continue;
    }
    const holder = parseHolder(text);
    if (holder !== undefined && isAlive(holder.pid, holder.start)) return false;
    if (replaceDead(path, text, own)) return true;
  }
  return false;
}

/**
 * Claims `dir` for this process and gives the directory to write to. Throws the file system's error when that cannot be.
 * A lock whose process is gone, or that an earlier process of our number left, is taken over.
 */
export function claimLogRoot(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
  const own = JSON.stringify({ pid: process.pid, start: startOf(process.pid) ?? "" });
  if (takeLock(join(dir, LOCK), own)) return dir;
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
