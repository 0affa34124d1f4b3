// Our server as a target, for whatever adapter it is given: the routes that all targets have. ATTACK_OPTIONS is a JSON
// object: `server` goes to `new Server` on top of a free port, `close` to `handleSignals`.

import { type Adapter, addressText, Server, type ServerOptions } from "@hyperlane-ts/core";
import { BIG, burn, numberIn, serveControl, streamed } from "./control.ts";

export async function listen(adapter: Adapter): Promise<void> {
  const { server: options = {}, close = {} } = JSON.parse(process.env["ATTACK_OPTIONS"] ?? "{}");
  const server = new Server(adapter, { port: 0, ...(options as ServerOptions) });
  route(server);
  server.handleSignals(close);
  await server.listen();
  serveControl(`http://${addressText(server.address!)}`, () => server.stats());
}

function route(server: Server): void {
  server
    .get("/", (ctx) => {
      ctx.response.text("hello");
    })
    .get("/big", (ctx) => {
      ctx.response.setBody(BIG);
    })
    .post("/upload", async (ctx) => {
      let octets = 0;
      for await (const piece of ctx.request.stream()) octets += piece.length;
      ctx.response.text(String(octets));
    })
    .post("/echo", (ctx) => {
      ctx.response.setBody(ctx.request.stream());
    })
    .get("/burn", (ctx) => {
      burn(numberIn(ctx.request.query, "ms", 5));
      ctx.response.text("burnt");
    })
    .get("/block", (ctx) => {
      burn(numberIn(ctx.request.query, "ms", 2500));
      ctx.response.text("blocked");
    })
    .get("/resolved", async (ctx) => {
      await Promise.resolve();
      ctx.response.text("resolved");
    })
    .get("/slow", async (ctx) => {
      const ms = numberIn(ctx.request.query, "ms", 200);
      await new Promise((resolve) => setTimeout(resolve, ms));
      ctx.response.text("slow");
    })
    .get("/stream", (ctx) => {
      ctx.response.setBody(streamed(numberIn(ctx.request.query, "octets", 1_048_576)));
    });
}
