// Elysia on Bun.

import { Elysia } from "elysia";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere } from "./contract.ts";

const octets = { headers: { "Content-Type": OCTETS } };
const gzipped = { headers: { "Content-Type": JSON_TYPE, "Content-Encoding": "gzip" } };
// Not copied for each answer, as octets would be.
const large = new Blob([LARGE]);

const app = new Elysia();
app.get("/", () => "hello");
app.get("/json", () => ({ message: "hello" }));
app.get("/gzip", () => new Response(Bun.gzipSync("hello"), gzipped));
app.get("/large", () => new Response(large, octets));
app.post("/echo", ({ body }) => new Response(body as ArrayBuffer, octets), {
  parse: "arrayBuffer",
});
app.post("/upload", async ({ request }) => String(await count(request)), { parse: "none" });
for (let n = 0; n < ROUTES; n++) app.get(`/r${n}/items/:id`, ({ params }) => params.id);

app.listen({ hostname: "127.0.0.1", port: PORT }, ({ port }) => sayWhere(port!));

async function count({ body }: Request): Promise<number> {
  let total = 0;
  for await (const piece of body ?? []) total += piece.length;
  return total;
}
