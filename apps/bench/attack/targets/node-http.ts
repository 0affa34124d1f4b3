// The target "node-http": Node's own server with its defaults and the routes that all targets have.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { BIG, burn, numberIn, serveControl, streamed } from "./control.ts";

const { port = 0 } = JSON.parse(process.env["ATTACK_OPTIONS"] ?? "{}").server ?? {};

const server = createServer((request, response) => {
  // A peer that goes away while it is answered is no error of the target.
  answer(request, response).catch(() => response.destroy());
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path, query = ""] = request.url!.split("?");
  switch (`${request.method} ${path}`) {
    case "GET /":
      return text(response, "hello");
    case "GET /big":
      response.writeHead(200, { "Content-Length": BIG.length }).end(BIG);
      return;
    case "POST /upload": {
      let octets = 0;
      for await (const piece of request) octets += (piece as Buffer).length;
      return text(response, String(octets));
    }
    case "POST /echo":
      return pipeline(request, response);
    case "GET /burn":
      burn(numberIn(query, "ms", 5));
      return text(response, "burnt");
    case "GET /block":
      burn(numberIn(query, "ms", 2500));
      return text(response, "blocked");
    case "GET /resolved":
      await Promise.resolve();
      return text(response, "resolved");
    case "GET /slow":
      await new Promise((resolve) => setTimeout(resolve, numberIn(query, "ms", 200)));
      return text(response, "slow");
    case "GET /stream":
      return pipeline(streamed(numberIn(query, "octets", 1_048_576)), response);
    default:
      response.writeHead(404).end();
  }
}

function text(response: ServerResponse, content: string): void {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": content.length });
  response.end(content);
}

let open = 0;
server.on("connection", (socket) => {
  open++;
  socket.on("close", () => open--);
});
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.close());
server.listen(port, "127.0.0.1", () => {
  const address = server.address() as AddressInfo;
  serveControl(`http://127.0.0.1:${address.port}`, () => ({ connections: { open } }));
});
