// The smallest real server: builds it for whatever adapter it is given, runs it, closes it on Ctrl-C.

import { type Adapter, addressText, Server } from "@hyperlane-ts/core";

/** Builds the server. Host and port come from HOST and PORT, if they are set and not empty. */
export function hello(adapter: Adapter): Server {
  return new Server(adapter)
    .host(process.env["HOST"] || "127.0.0.1")
    .port(process.env["PORT"] ? Number(process.env["PORT"]) : 60_000)
    .get("/", (ctx) => {
      ctx.response.text("hello");
    })
    .get("/gzip", (ctx) => {
      ctx.response
        .setStatusCode(200)
        .setHeader("Content-Type", "application/json")
        .setHeader("Content-Encoding", "gzip")
        .setBody("hello");
    })
    .post("/echo", (ctx) => {
      const type = ctx.request.headers.get("content-type") ?? "application/octet-stream";
      ctx.response.setHeader("Content-Type", type).setBody(ctx.request.stream());
    })
    .get("/hello/:name", (ctx) => {
      ctx.response.json({ hello: ctx.request.params["name"] });
    });
}

/** At a terminal Ctrl-C comes twice under npm: from the terminal and from npm, which passes it on. */
const REPEAT_MS = 500;

/** Runs the server until SIGINT or SIGTERM; a second signal closes by force. */
export async function run(adapter: Adapter): Promise<void> {
  let server: Server;
  try {
    server = await hello(adapter).listen();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
    return;
  }
  console.log(`hello listens on http://${addressText(server.address!)} (${adapter.runtime})`);
  let first: { signal: string; atMs: number } | undefined;
  const close = (signal: string) => {
    const atMs = performance.now();
    if (first?.signal === signal && atMs - first.atMs < REPEAT_MS) return;
    void server.close(first === undefined ? {} : { graceMs: 0 });
    first ??= { signal, atMs };
  };
  process.on("SIGINT", close).on("SIGTERM", close);
}
