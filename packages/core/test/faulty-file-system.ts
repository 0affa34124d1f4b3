// A file system for tests of log files: the real one, whose calls can be made to fail, to take less than they are given, or
// to wait until they are let go.

import nodeFs from "node:fs";
import type { FileSystem } from "../src/file-system.ts";

const CALLS = ["close", "fstat", "mkdir", "open", "read", "readdir", "write"] as const;
type FileCall = (typeof CALLS)[number];

/** What a call does: fails with this code, writes so many octets at most, or (asynchronous only) waits for `letGo`. */
type Fault = string | number | { readonly isHeld: true };
export const HELD: Fault = { isHeld: true };

type Callback = (error: Error | null, value?: unknown) => void;
type Asynchronous = (...args: unknown[]) => void;
type Synchronous = (...args: unknown[]) => unknown;

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

export class FaultyFileSystem {
  readonly fs: FileSystem;
  /** What has been called, oldest first; `Sync` is left out. */
  readonly calls: FileCall[] = [];
  /** How many octets each write was given. */
  readonly lengths: number[] = [];
  readonly #next = new Map<FileCall, Fault[]>();
  readonly #always = new Map<FileCall, Fault>();
  readonly #held: (() => void)[] = [];

  constructor() {
    const calls = CALLS.flatMap((call): [string, unknown][] => [
      [call, (...args: unknown[]) => this.#call(call, args)],
      [`${call}Sync`, (...args: unknown[]) => this.#callSync(call, args)],
    ]);
    this.fs = Object.fromEntries(calls) as unknown as FileSystem;
  }

  /** The next calls meet these faults, one each. */
  next(call: FileCall, ...faults: readonly Fault[]): void {
    this.#next.set(call, [...(this.#next.get(call) ?? []), ...faults]);
  }

  /** Every call meets the fault; `undefined` for none any more. */
  always(call: FileCall, fault: Fault | undefined): void {
    if (fault === undefined) this.#always.delete(call);
    else this.#always.set(call, fault);
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** What is held goes on. */
  letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }

  #fault(call: FileCall, args: readonly unknown[]): Fault | undefined {
    this.calls.push(call);
    if (call === "write") this.lengths.push(Number(args[3]));
    return this.#next.get(call)?.shift() ?? this.#always.get(call);
  }

  #call(call: FileCall, args: unknown[]): void {
    const fault = this.#fault(call, args);
    const done = args.at(-1) as Callback;
    const real = nodeFs[call] as unknown as Asynchronous;
    if (typeof fault === "string") setImmediate(() => done(failure(fault)));
    else if (fault === 0) setImmediate(() => done(null, 0));
    else if (typeof fault === "number") real(...shortened(args.slice(0, -1), fault), null, done);
    else if (fault === undefined) real(...args);
    else this.#held.push(() => real(...args));
  }

  #callSync(call: FileCall, args: unknown[]): unknown {
    const fault = this.#fault(call, args);
    const real = nodeFs[`${call}Sync`] as unknown as Synchronous;
    if (typeof fault === "string") throw failure(fault);
    if (typeof fault !== "number") return real(...args);
    return fault === 0 ? 0 : real(...shortened(args, fault));
  }
}

/** The arguments of a write of octets, so many at most. */
function shortened([fd, octets, from, length]: readonly unknown[], most: number): unknown[] {
  return [fd, octets, from, Math.min(length as number, most)];
}
