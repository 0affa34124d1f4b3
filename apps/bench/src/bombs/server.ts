// Decodes what is sent to it; its argument names the runtime's adapter.

import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { addressText, decompress, Server } from "@hyperlane-ts/core";

const server = new Server(process.argv[2] === "bun" ? bunAdapter() : nodeAdapter())
  .port(0)
  .use(decompress())
  .post("/", async (ctx) => {
    ctx.response.text(`${(await ctx.request.bytes()).length} octets`);
  });
await server.listen();
console.log(`http://${addressText(server.address!)}`);
