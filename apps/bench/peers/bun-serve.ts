// Bun's own server, with its own router. No route is a ready-made Response: Bun would answer that without JavaScript.

import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere, TEXT } from "./contract.ts";

const text = { headers: { "Content-Type": TEXT } };
const json = { headers: { "Content-Type": JSON_TYPE } };
const gzipped = { headers: { "Content-Type": JSON_TYPE, "Content-Encoding": "gzip" } };
const octets = { headers: { "Content-Type": OCTETS } };

// Not copied for each answer, as octets would be.
const large = new Blob([LARGE]);

const items: Record<`/r${number}/items/:id`, (request: Bun.BunRequest) => Response> = {};
for (let n = 0; n < ROUTES; n++) {
  items[`/r${n}/items/:id`] = ({ params }) => new Response(Object(params).id, text);
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: PORT,
  routes: {
    "/": () => new Response("hello", text),
    "/json": () => new Response(JSON.stringify({ message: "hello" }), json),
    "/gzip": () => new Response(Bun.gzipSync("hello"), gzipped),
    "/large": () => new Response(large, octets),
    "/echo": { POST: async (request) => new Response(await request.arrayBuffer(), octets) },
    "/upload": { POST: async (request) => new Response(String(await count(request)), text) },
    ...items,
  },
});
sayWhere(server.port!);

async function count({ body }: Request): Promise<number> {
  let total = 0;
  for await (const piece of body ?? []) total += piece.length;
  return total;
}
