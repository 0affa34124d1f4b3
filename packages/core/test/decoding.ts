// Servers that decode the content of requests, and requests whose content is coded.

import type { Context } from "../src/context.ts";
import { decompress } from "../src/decompress.ts";
import type { ServerOptions } from "../src/options.ts";
import { head, type MemoryServer, type Peer, serve } from "./memory-server.ts";
import type { ReceivedResponse } from "./read-responses.ts";
import { until } from "./until.ts";

export type Run = (ctx: Context) => unknown;

export const HELLO: Uint8Array = new TextEncoder().encode('"hello"');
export const readBytes: Run = (ctx) => ctx.request.bytes();
export const readStream: Run = async (ctx) => {
  let octets = 0;
  for await (const piece of ctx.request.stream()) octets += piece.length;
  return octets;
};

/** A server that decodes; how each handler's `run` ended is noted, and decides the answer. */
export async function decoding(
  run: Run,
  options: ServerOptions = {},
): Promise<MemoryServer & { readonly ends: unknown[] }> {
  const ends: unknown[] = [];
  const server = await serve(
    (app) =>
      app.middleware(decompress()).use(async (ctx) => {
        try {
          ends.push(await run(ctx));
        } catch (error) {
          ends.push(error);
          throw error;
        }
        ctx.response.text("done");
      }),
    options,
  );
  return { ...server, ends };
}

export function withLength(content: Uint8Array, ...fields: string[]): Uint8Array {
  const start = head("POST /", `Content-Length: ${content.length}`, ...fields);
  return Buffer.concat([Buffer.from(start, "latin1"), content]);
}

export function inChunks(content: Uint8Array, size: number, ...fields: string[]): Uint8Array {
  const parts = [Buffer.from(head("POST /", "Transfer-Encoding: chunked", ...fields), "latin1")];
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.subarray(at, at + size);
    parts.push(
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      Buffer.from(chunk),
      Buffer.from("\r\n"),
    );
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

export async function answer(peer: Peer): Promise<ReceivedResponse> {
  await until(() => peer.responses().at(-1)?.complete === true || peer.transport.closed);
  return peer.responses().at(-1)!;
}

export interface Posted {
  readonly status: number;
  readonly response: ReceivedResponse;
  /** What the handler's `run` gave or threw; `ends` has that of every request. */
  readonly end: unknown;
  readonly ends: unknown[];
  readonly peer: Peer;
}

/** Sends one request and gives the status and how reading ended. */
export async function posted(
  run: Run,
  request: Uint8Array | string,
  options?: ServerOptions,
): Promise<Posted> {
  const server = await decoding(run, options);
  const peer = await server.connect().send(request);
  const response = await answer(peer);
  return {
    status: response.status,
    response,
    end: server.ends[0],
    ends: server.ends,
    peer,
  };
}
