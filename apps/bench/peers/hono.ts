// Hono on its adapter for Node.

import { gzipSync } from "node:zlib";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere } from "./contract.ts";

const app = new Hono();

app.get("/", (c) => c.text("hello"));
app.get("/json", (c) => c.json({ message: "hello" }));
app.get("/gzip", (c) =>
  c.body(gzipSync("hello"), 200, { "Content-Type": JSON_TYPE, "Content-Encoding": "gzip" }),
);
app.get("/large", (c) => c.body(LARGE, 200, { "Content-Type": OCTETS }));
app.post("/echo", async (c) => c.body(await c.req.arrayBuffer(), 200, { "Content-Type": OCTETS }));
app.post("/upload", async (c) => {
  let octets = 0;
  for await (const piece of c.req.raw.body ?? []) octets += piece.length;
  return c.text(String(octets));
});
for (let n = 0; n < ROUTES; n++) app.get(`/r${n}/items/:id`, (c) => c.text(c.req.param("id")!));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: PORT }, ({ port }) => sayWhere(port));
