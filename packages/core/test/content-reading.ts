// Servers whose handlers read content, for the tests of both ways to read it.

import type { Context } from "../src/context.ts";
import type { ServerOptions } from "../src/options.ts";
import { head, type MemoryServer, serve } from "./memory-server.ts";

export type Run = (ctx: Context) => unknown;

/** A server whose handler does `run` and notes how that ended. */
export async function reading(
  run: Run,
  options: ServerOptions = {},
): Promise<MemoryServer & { ends: unknown[] }> {
  const ends: unknown[] = [];
  const server = await serve(
    (app) =>
      app.use(async (ctx) => {
        try {
          ends.push(await run(ctx));
        } catch (error) {
          ends.push(error);
        }
        if (!ctx.response.isSet) ctx.response.text("done");
      }),
    options,
  );
  return { ...server, ends };
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

export const LENGTH_5: string = head("POST /", "Content-Length: 5");
export const CHUNKED: string = head("POST /", "Transfer-Encoding: chunked");

/** The requests that carry `hello`. */
export const HELLOS: readonly (readonly [string, string])[] = [
  ["a length", `${LENGTH_5}hello`],
  ["chunks", `${CHUNKED}2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-A: 1\r\n\r\n`],
];
