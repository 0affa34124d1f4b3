// Started by conformance.test.ts, on Bun: servers with the conformance application. One JSON line in, one out:
// {"id":1,"options":{...}} listens and answers {"id":1,"port":n}; {"id":1,"do":"stats"} answers
// {"id":1,"stats":{...}}; {"id":1,"do":"close"} closes and answers {"id":1}.

import { createInterface } from "node:readline";
import type { Server, ServerOptions } from "@hyperlane-ts/core";
import { conformanceServer } from "@hyperlane-ts/core/testing";
import { bunAdapter } from "../src/index.ts";

interface Order {
  readonly id: number;
  readonly options?: ServerOptions;
  readonly do?: "stats" | "close";
}

const servers = new Map<number, Server>();

async function carryOut(order: Order): Promise<object> {
  const { id, options } = order;
  if (order.do === "stats") return { id, stats: servers.get(id)?.stats() };
  if (order.do === "close") {
    await servers.get(id)?.close({ graceMs: 0 });
    servers.delete(id);
    return { id };
  }
  const server = await conformanceServer(bunAdapter(), options).listen();
  servers.set(id, server);
  return { id, port: server.address?.port };
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  const answer = await carryOut(order).catch((error) => ({ id: order.id, failure: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
