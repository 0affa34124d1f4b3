// Every transcript of core over node:net, whole and octet by octet. Server and clients share this process.

import { conformance, conformanceServer } from "@hyperlane-ts/core/testing";
import { afterAll, describe, test } from "vitest";
import { nodeAdapter } from "../src/index.ts";
import { connectSocket } from "./fixture/socket-client.ts";

describe("nodeAdapter", () => {
  const added = conformance(test, async (options) => {
    const server = await conformanceServer(nodeAdapter(), options).listen();
    const port = server.address?.port ?? 0;
    return {
      connect: () => connectSocket(port),
      async close() {
        await server.close({ graceMs: 0 });
      },
      stats: () => server.stats(),
    };
  });
  afterAll(() => added.close());
});
