import { describe, expect, test } from "vitest";
import { type FileSystem, type Steps, takeSteps, takeStepsSync } from "./file-system.ts";

/** A file system that gives what `answers` hold, one for each call, and notes what it is asked for. */
function answering(answers: unknown[]) {
  const asked: unknown[][] = [];
  const answer = (call: string, args: unknown[]) => {
    asked.push([call, ...args]);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const fs = {
    open(...args: unknown[]) {
      const done = args.pop() as (error: unknown, value?: unknown) => void;
      try {
        const value = answer("open", args);
        queueMicrotask(() => done(null, value));
      } catch (error) {
        queueMicrotask(() => done(error));
      }
    },
    openSync: (...args: unknown[]) => answer("open", args),
    close(): never {
      throw new TypeError("not even called");
    },
    closeSync(): never {
      throw new TypeError("not even called");
    },
  };
  return { asked, fs: fs as unknown as FileSystem };
}

const WAYS: readonly (readonly [
  way: string,
  take: <T>(fs: FileSystem, steps: Steps<T>) => Promise<T>,
])[] = [
  ["behind the event loop", takeSteps],
  ["at once", async (fs, steps) => takeStepsSync(fs, steps)],
];

describe.each(WAYS)("steps that are taken %s", (_, take) => {
  test("get their results, in order", async () => {
    const { asked, fs } = answering([3, 4]);
    function* steps(): Steps<number> {
      const first = (yield ["open", "a", 0]) as number;
      return first * ((yield ["open", "b", 1]) as number);
    }
    expect(await take(fs, steps())).toBe(12);
    expect(asked).toEqual([
      ["open", "a", 0],
      ["open", "b", 1],
    ]);
  });

  test("may catch an error and go on", async () => {
    const { fs } = answering([new Error("no"), 5]);
    function* steps(): Steps<unknown> {
      try {
        yield ["open", "a"];
      } catch (error) {
        return [(error as Error).message, yield ["open", "b"]];
      }
      return undefined;
    }
    expect(await take(fs, steps())).toEqual(["no", 5]);
  });

  test("are told of a call that throws instead of calling back, and clean up", async () => {
    const { fs } = answering([]);
    let isCleanedUp = false;
    function* steps(): Steps<void> {
      try {
        yield ["close", "nonsense"];
      } finally {
        isCleanedUp = true;
      }
    }
    await expect(take(fs, steps())).rejects.toThrow("not even called");
    expect(isCleanedUp).toBe(true);
  });
});
