// The file of a unix socket before, while and after it is bound, for adapters. Knows the file system only: the
// attempt to connect comes from the adapter, binding is its own affair.

import { chmodSync, lstatSync, type Stats, statSync, unlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ListenError } from "./listen-error.ts";

// sun_path of unix(7) holds 108 octets, one of them the NUL. Runtimes differ in what they do with more: cut it off
// silently, EINVAL, or an error without a code.
const PATH_OCTETS_MAX = 107;

function fileAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? "EIO");
}

/**
 * Makes `path` free to bind: a socket that nobody listens on any more is removed.
 *
 * `connect` tries to connect to `path`: it resolves once connected (having closed that connection) and rejects with
 * the runtime's error. Two processes that claim one dead socket in the same instant can both succeed; the later wins.
 *
 * Rejects with a `ListenError`: EADDRINUSE (somebody listens), ENOTSOCK (a file of another kind, or a link),
 * ENOENT or ENOTDIR (the directory), ENAMETOOLONG (more than 107 octets), EACCES.
 */
export async function claimSocketPath(
  path: string,
  connect: (path: string) => Promise<void>,
): Promise<void> {
  const address = { path };
  if (Buffer.byteLength(path) > PATH_OCTETS_MAX) throw new ListenError(address, "ENAMETOOLONG");
  try {
    statSync(dirname(path));
    const found = fileAt(path);
    if (found === undefined) return;
    if (!found.isSocket()) throw new ListenError(address, "ENOTSOCK");
    await refused(path, connect);
    const now = fileAt(path);
    if (now !== undefined && now.ino === found.ino && now.dev === found.dev) unlinkSync(path);
  } catch (error) {
    if (error instanceof ListenError) throw error;
    throw new ListenError(address, codeOf(error), error);
  }
}

/** Resolves when nobody listens at `path`. */
async function refused(path: string, connect: (path: string) => Promise<void>): Promise<void> {
  try {
    await connect(path);
  } catch (error) {
    const code = codeOf(error);
    // ENOENT: gone since, or Bun 1.3.0, which says so of every failed connect to a path.
    if (code === "ECONNREFUSED" || code === "ENOENT") return;
    // EAGAIN is a full queue, EPROTOTYPE a datagram socket: somebody is there.
    throw new ListenError({ path }, code === "EACCES" ? code : "EADDRINUSE", error);
  }
  throw new ListenError({ path }, "EADDRINUSE");
}

/**
 * To be called as soon as `path` is bound: sets its permission bits and returns what removes the file again, which
 * leaves alone a file that has taken its place. Between binding and this call the umask decides who may connect.
 *
 * Throws a `ListenError` when the bits cannot be set.
 */
export function holdSocketPath(path: string, mode: number | undefined): () => void {
  const absolute = resolve(path);
  let held: Stats;
  try {
    if (mode !== undefined) chmodSync(absolute, mode);
    held = lstatSync(absolute);
  } catch (error) {
    throw new ListenError({ path }, codeOf(error), error);
  }
  return () => {
    try {
      const now = fileAt(absolute);
      if (now !== undefined && now.ino === held.ino && now.dev === held.dev) unlinkSync(absolute);
    } catch {
      // Gone, or no longer ours to remove: the next claim of the path deals with what is left.
    }
  };
}
