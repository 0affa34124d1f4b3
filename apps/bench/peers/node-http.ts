// Node's own server. It has no router: paths are told apart by hand.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere, TEXT } from "./contract.ts";

const ITEM = /^\/r(\d+)\/items\/([^/?]+)$/;

const server = createServer((request, response) => {
  // Else it adds Connection and Keep-Alive lines that the others do not send. HTTP/1.0 needs them.
  if (response.shouldKeepAlive && request.httpVersionMinor === 1) {
    response.removeHeader("Connection");
  }
  switch (request.url) {
    case "/":
      send(response, TEXT, "hello");
      break;
    case "/json":
      send(response, JSON_TYPE, JSON.stringify({ message: "hello" }));
      break;
    case "/gzip":
      response.setHeader("Content-Encoding", "gzip");
      send(response, JSON_TYPE, gzipSync("hello"));
      break;
    case "/large":
      send(response, OCTETS, LARGE);
      break;
    case "/echo":
      echo(request, response);
      break;
    case "/upload":
      count(request, response);
      break;
    default:
      sendItem(request, response);
  }
});
server.listen(PORT, "127.0.0.1", () => sayWhere((server.address() as AddressInfo).port));

function send(response: ServerResponse, type: string, content: string | Buffer): void {
  response.writeHead(200, { "Content-Type": type, "Content-Length": Buffer.byteLength(content) });
  response.end(content);
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => send(response, OCTETS, Buffer.concat(pieces)));
}

function count(request: IncomingMessage, response: ServerResponse): void {
  let octets = 0;
  request.on("data", (piece: Buffer) => {
    octets += piece.length;
  });
  request.on("end", () => send(response, TEXT, String(octets)));
}

function sendItem(request: IncomingMessage, response: ServerResponse): void {
  const [, route, id] = ITEM.exec(request.url!) ?? [];
  if (id === undefined || Number(route) >= ROUTES) response.writeHead(404).end();
  else send(response, TEXT, decodeURIComponent(id));
}
