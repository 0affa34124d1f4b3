// Our server under measurement, for whatever adapter it is given: what all peers answer, an echo that streams, and two
// ways of refusing content that is too large. The argument "watch" adds what it holds in memory, at a cost.

import { type Adapter, Server } from "@hyperlane-ts/core";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere } from "./contract.ts";

const WATCH_MS = 5;

export async function listen(adapter: Adapter): Promise<void> {
  const server = new Server(adapter).port(PORT);
  answerAsPeersDo(server);
  refuse(server);
  server.post("/echo-stream", (ctx) => {
    ctx.response.setBody(ctx.request.stream());
  });
  if (process.argv.includes("watch")) watch(server);
  const { PEER_LOG_DIR, PEER_CONNECTIONS, PEER_REUSE_PORT } = process.env;
  if (PEER_LOG_DIR !== undefined) server.logDir(PEER_LOG_DIR);
  if (PEER_CONNECTIONS !== undefined) server.limits({ connections: Number(PEER_CONNECTIONS) });
  if (PEER_REUSE_PORT !== undefined) server.reusePort();
  await server.listen();
  sayWhere((server.address as { readonly port: number }).port);
}

function answerAsPeersDo(server: Server): void {
  server
    .get("/", (ctx) => {
      ctx.response.text("hello");
    })
    .get("/json", (ctx) => {
      ctx.response.json({ message: "hello" });
    })
    .get("/gzip", (ctx) => {
      ctx.response
        .setHeader("Content-Type", JSON_TYPE)
        .setHeader("Content-Encoding", "gzip")
        .setBody("hello");
    })
    .get("/large", (ctx) => {
      ctx.response.setHeader("Content-Type", OCTETS).setBody(LARGE);
    })
    .post("/echo", async (ctx) => {
      const content = await ctx.request.bytes();
      ctx.response.setHeader("Content-Type", OCTETS).setBody(content);
    })
    .post("/upload", async (ctx) => {
      let octets = 0;
      for await (const piece of ctx.request.stream()) octets += piece.length;
      ctx.response.text(String(octets));
    });
  for (let n = 0; n < ROUTES; n++) {
    server.get(`/r${n}/items/:id`, (ctx) => {
      ctx.response.text(ctx.request.params["id"]!);
    });
  }
}

function refuse(server: Server): void {
  server
    .post("/bytes", async (ctx) => {
      ctx.response.text(`${(await ctx.request.bytes()).length} octets`);
    })
    .post("/at-once", (ctx) => {
      ctx.response.setStatusCode(413).text("too large");
    });
}

/** Answers with the most octets that were ever buffered when it looked. */
function watch(server: Server): void {
  let most = 0;
  server.get("/most-buffered", (ctx) => {
    ctx.response.text(String(most));
  });
  setInterval(() => {
    most = Math.max(most, server.stats().bufferedOctets);
  }, WATCH_MS);
}
