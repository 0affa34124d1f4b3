// Deno's own server. It has no router: paths are told apart by hand. Stands alone, as Deno reads it without the packages
// of this workspace; it sees nothing else of Deno than is declared here.

import { gzipSync } from "node:zlib";

declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request) => Response | Promise<Response>,
  ): unknown;
};

const ROUTES = Number(Deno.env.get("PEER_ROUTES") ?? 0);
const ITEM = /^\/r(\d+)\/items\/([^/?]+)$/;
const LARGE = new Uint8Array(2 ** 20).fill(0x78);

const text = { headers: { "Content-Type": "text/plain; charset=utf-8" } };
const json = { headers: { "Content-Type": "application/json" } };
const gzipped = { headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" } };
const octets = { headers: { "Content-Type": "application/octet-stream" } };

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: Number(Deno.env.get("PEER_PORT") ?? 0),
    onListen: ({ port }) => console.log(`listens on http://127.0.0.1:${port}`),
  },
  answer,
);

function answer(request: Request): Response | Promise<Response> {
  const path = request.url.slice(request.url.indexOf("/", "http://".length));
  switch (path) {
    case "/":
      return new Response("hello", text);
    case "/json":
      return new Response(JSON.stringify({ message: "hello" }), json);
    case "/gzip":
      return new Response(gzipSync("hello"), gzipped);
    case "/large":
      return new Response(LARGE, octets);
    case "/echo":
      return echo(request);
    case "/upload":
      return count(request);
    default:
      return item(path);
  }
}

async function echo(request: Request): Promise<Response> {
  return new Response(await request.arrayBuffer(), octets);
}

async function count({ body }: Request): Promise<Response> {
  let total = 0;
  for await (const piece of body ?? []) total += piece.length;
  return new Response(String(total), text);
}

function item(path: string): Response {
  const [, route, id] = ITEM.exec(path) ?? [];
  if (id === undefined || Number(route) >= ROUTES) return new Response(null, { status: 404 });
  return new Response(decodeURIComponent(id), text);
}
