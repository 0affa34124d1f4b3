// A content stream whose pieces a test hands out by hand, and which tells what was asked of it.

import { gate, settled } from "./memory-server.ts";

export interface Pieces {
  readonly stream: AsyncIterableIterator<string>;
  /** Hands out the next piece, or the end for `undefined`. */
  give(value: string | undefined): Promise<void>;
  fail(error: unknown): Promise<void>;
  /** Calls of `next` and of `return` so far. */
  readonly asked: number;
  readonly returned: number;
}

export function pieces(): Pieces {
  const gates: ReturnType<typeof gate<string | undefined>>[] = [];
  let asked = 0;
  let returned = 0;
  const stream: AsyncIterableIterator<string> = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      const turn = gates[asked++] ?? gates[gates.push(gate()) - 1]!;
      const value = await turn.promise;
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
    async return() {
      returned++;
      return { done: true, value: undefined };
    },
  };
  const slot = (n: number) => {
    while (gates.length <= n) gates.push(gate());
    return gates[n]!;
  };
  let given = 0;
  return {
    stream,
    async give(value: string | undefined): Promise<void> {
      slot(given++).open(value);
      await settled();
    },
    async fail(error: unknown): Promise<void> {
      slot(given++).fail(error);
      await settled();
    },
    get asked() {
      return asked;
    },
    get returned() {
      return returned;
    },
  };
}
