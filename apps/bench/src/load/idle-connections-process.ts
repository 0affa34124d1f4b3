// The process of idle-connections.ts: opens its connections, so many at a time, asks once on each, and holds them. Sends how
// many had an answer, then how many are left whenever it is asked.

import { createConnection, type Socket } from "node:net";
import type { IdlePlan } from "./idle-connections.ts";

const AT_ONCE = 100;
const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

const { host, port, count }: IdlePlan = JSON.parse(process.argv[2] ?? "{}");
const held = new Set<Socket>();
let begun = 0;

process.on("disconnect", () => process.exit());
process.on("message", () => process.send!(held.size));
await Promise.all(Array.from({ length: AT_ONCE }, openSome));
process.send!(held.size);

async function openSome(): Promise<void> {
  while (begun < count) {
    begun++;
    await openOne();
  }
}

function openOne(): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, noDelay: true });
    socket.once("data", () => {
      held.add(socket);
      resolve();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      held.delete(socket);
      resolve();
    });
    socket.write(REQUEST);
  });
}
