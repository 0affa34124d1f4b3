// Node's own server with the same answer.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ONE_REQUEST_EACH, sayWhere } from "./canned.ts";

const server = createServer((_, response) => {
  // Else it adds Connection and Keep-Alive lines that the others do not send.
  if (!ONE_REQUEST_EACH) response.removeHeader("Connection");
  response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": 5 });
  response.end("hello");
});
server.listen(0, "127.0.0.1", () => sayWhere((server.address() as AddressInfo).port));
