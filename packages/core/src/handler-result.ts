// What a handler gave back, as something to wait for or not.

/** Handlers in JavaScript may give back anything; only a thenable is waited for. Throws what its `then` throws. */
export function promiseOf(result: unknown): Promise<unknown> | undefined {
  if (result === undefined || result instanceof Promise) return result;
  const then = (result as { then?: unknown } | null)?.then;
  return typeof then === "function" ? Promise.resolve(result) : undefined;
}
