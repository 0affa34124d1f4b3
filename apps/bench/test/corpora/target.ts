// The server that the cases are played against: it answers what it has read whole, and says which target it saw.

import { type Adapter, addressText, Server } from "@hyperlane-ts/core";

export async function listen(adapter: Adapter): Promise<void> {
  const server = new Server(adapter).port(0).middleware(async (ctx) => {
    const content = await ctx.request.bytes();
    ctx.response.setStatusCode(200).setHeader("x-target", ctx.request.target).setBody(content);
  });
  await server.listen();
  console.log(`target listens on http://${addressText(server.address!)}`);
}
