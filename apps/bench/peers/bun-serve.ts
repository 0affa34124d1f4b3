// Bun's own server with the same answer.

import { ONE_REQUEST_EACH, sayWhere } from "./canned.ts";

const type = { "Content-Type": "text/plain; charset=utf-8" };
const headers = ONE_REQUEST_EACH ? { ...type, Connection: "close" } : type;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: () => new Response("hello", { headers }),
});
sayWhere(server.port!);
