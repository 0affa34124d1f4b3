// h3 on srvx, which brings it to Node.

import { gzipSync } from "node:zlib";
import { H3, serve } from "h3";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere } from "./contract.ts";

const app = new H3();

app.get("/", () => "hello");
app.get("/json", () => ({ message: "hello" }));
app.get("/gzip", ({ res }) => {
  res.headers.set("Content-Type", JSON_TYPE);
  res.headers.set("Content-Encoding", "gzip");
  return gzipSync("hello");
});
app.get("/large", ({ res }) => {
  res.headers.set("Content-Type", OCTETS);
  return LARGE;
});
app.post("/echo", ({ req, res }) => {
  res.headers.set("Content-Type", OCTETS);
  return req.bytes();
});
app.post("/upload", async ({ req }) => {
  let octets = 0;
  for await (const piece of req.body ?? []) octets += piece.length;
  return String(octets);
});
for (let n = 0; n < ROUTES; n++)
  app.get(`/r${n}/items/:id`, ({ context }) => context.params!["id"]);

const server = await serve(app, { hostname: "127.0.0.1", port: PORT, silent: true }).ready();
sayWhere(Number(new URL(server.url!).port));
