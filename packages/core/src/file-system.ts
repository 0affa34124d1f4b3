// The part of node:fs that log files need, so that tests can give one that is full, slow or gone; and steps on it that run
// behind the event loop or, when the process ends, at once.

import type * as fs from "node:fs";

type Call = "close" | "fstat" | "mkdir" | "open" | "read" | "readdir" | "write";
export type FileSystem = Pick<typeof fs, Call | `${Call}Sync`>;

/** A call of node:fs by its asynchronous name, with its arguments but the callback. Its result is what comes back. */
type Step = readonly [call: Call, ...args: unknown[]];
export type Steps<T> = Generator<Step, T, unknown>;

type Asynchronous = (...args: unknown[]) => void;
type Synchronous = (...args: unknown[]) => unknown;

interface Result {
  readonly error: unknown;
  readonly value?: unknown;
}

/** Takes the steps one after the other. Rejects with the error that one of them throws at its caller. */
export async function takeSteps<T>(fs: FileSystem, steps: Steps<T>): Promise<T> {
  let at = steps.next();
  while (!at.done) {
    const [call, ...args] = at.value;
    const result = await new Promise<Result>((resolve) => {
      const done = (error: unknown, value: unknown) => resolve({ error, value });
      (fs[call] as Asynchronous)(...args, done);
    }).catch((error: unknown): Result => ({ error }));
    at = result.error ? steps.throw(result.error) : steps.next(result.value);
  }
  return at.value;
}

/** Takes the steps before it returns. */
export function takeStepsSync<T>(fs: FileSystem, steps: Steps<T>): T {
  let at = steps.next();
  while (!at.done) {
    const [call, ...args] = at.value;
    let value: unknown;
    try {
      value = (fs[`${call}Sync`] as Synchronous)(...args);
    } catch (error) {
      at = steps.throw(error);
      continue;
    }
    at = steps.next(value);
  }
  return at.value;
}
