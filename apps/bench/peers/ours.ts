// Our server under measurement, for whatever adapter it is given: the answer that all peers give, an echo, and two ways
// of refusing content that is too large. The argument "watch" adds what it holds in memory, at a cost; "log" access lines.

import { type Adapter, addressText, Server } from "@hyperlane-ts/core";

const WATCH_MS = 5;

export async function listen(adapter: Adapter): Promise<void> {
  const server = new Server(adapter)
    .port(0)
    .get("/", (ctx) => {
      ctx.response.text("hello");
    })
    .post("/echo", (ctx) => {
      ctx.response.setBody(ctx.request.stream());
    })
    .post("/bytes", async (ctx) => {
      ctx.response.text(`${(await ctx.request.bytes()).length} octets`);
    })
    .post("/at-once", (ctx) => {
      ctx.response.setStatusCode(413).text("too large");
    });
  if (process.argv.includes("watch")) watch(server);
  if (process.argv.includes("log")) server.logDir(process.env["LOG_DIR"]!);
  await server.listen();
  console.log(`ours listens on http://${addressText(server.address!)}`);
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
