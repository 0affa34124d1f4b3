// The smallest real server: builds it for whatever adapter it is given, runs it until a signal ends it.

import { fileURLToPath } from "node:url";
import { type Adapter, addressText, Server } from "@hyperlane-ts/core";

/** The repository's own `logs`, unless LOG_DIR says otherwise. */
const LOG_DIR = process.env["LOG_DIR"] || fileURLToPath(new URL("../../../logs", import.meta.url));

/** Builds the server. Host and port come from HOST and PORT, if they are set and not empty. */
export function hello(adapter: Adapter): Server {
  return new Server(adapter)
    .host(process.env["HOST"] || "127.0.0.1")
    .port(process.env["PORT"] ? Number(process.env["PORT"]) : 60_000)
    .logDir(LOG_DIR)
    .health({ live: "/live", ready: "/ready" })
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

/** Runs the server until SIGINT or SIGTERM; a second signal closes by force. */
export async function run(adapter: Adapter): Promise<void> {
  try {
    const server = await hello(adapter).handleSignals().listen();
    console.log(`hello listens on http://${addressText(server.address!)} (${adapter.runtime})`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
