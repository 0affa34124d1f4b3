// What every target does beside serving: it answers the program's questions on standard input, and says what nobody
// caught. Lines in, lines out, so that it also works when no descriptor is left for another listener.

import { createInterface } from "node:readline";

declare const Bun: { gc(force: boolean): void } | undefined;
/** Node's, with --expose-gc. */
declare const gc: ((options: Readonly<Record<string, string>>) => void) | undefined;

/** The routes' content of 8 MiB, one buffer for all answers. */
export const BIG: Uint8Array<ArrayBuffer> = new Uint8Array(8 * 2 ** 20).fill(0x62);

/** The piece of which streamed answers are made. */
export const PIECE: Uint8Array<ArrayBuffer> = new Uint8Array(65_536).fill(0x73);

/** Takes the processor for `ms`. */
export function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** A whole number of the query, or what it is by default. */
export function numberIn(query: string, name: string, otherwise: number): number {
  const value = Number(new URLSearchParams(query).get(name) ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
}

/** The pieces of a streamed answer. */
export async function* streamed(octets: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let sent = 0; sent < octets; sent += PIECE.length) {
    yield PIECE.subarray(0, Math.min(PIECE.length, octets - sent));
  }
}

/** Says where the target listens and answers questions from then on. Does not keep the process alive. */
export function serveControl(url: string, stats: () => unknown): void {
  for (const event of ["unhandledRejection", "uncaughtException"]) {
    process.on(event, (thrown: unknown) => {
      const text = thrown instanceof Error ? thrown.stack : String(thrown);
      console.log(`UNHANDLED ${event} ${JSON.stringify(text)}`);
    });
  }
  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line === "gc") collectGarbage();
    console.log(`CONTROL ${JSON.stringify(line === "stats" ? stats() : null)}`);
  });
  (process.stdin as { unref?: () => void }).unref?.();
  console.log(`listens on ${url}`);
}

function collectGarbage(): void {
  if (typeof Bun !== "undefined") Bun.gc(true);
  // As under memory pressure: V8 also gives back the room that its heap grew to, else RSS shows the busiest moment so far.
  else gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}
