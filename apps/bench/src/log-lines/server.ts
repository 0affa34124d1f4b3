// The server whose access lines are counted; its argument names the runtime's adapter.

import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { addressText, Server } from "@hyperlane-ts/core";

const server = new Server(process.argv[2] === "bun" ? bunAdapter() : nodeAdapter())
  .port(0)
  .limits({ requestsPerConnection: Number.MAX_SAFE_INTEGER })
  .logDir(process.env["LOG_DIR"]!)
  // Several files, so that going from one to the next is part of it.
  .logSize(64 * 2 ** 20)
  .handleSignals({ graceMs: 2000 })
  .get("/", (ctx) => {
    ctx.response.text("hello");
  })
  .get("/close", (ctx) => {
    void server.close({ graceMs: 2000 });
    ctx.response.text("closing");
  })
  .get("/exception", () => {
    setImmediate(() => {
      throw new Error("nobody catches this");
    });
  });
await server.listen();
console.log(`http://${addressText(server.address!)}`);
