// Express, without the fields that it can leave out.

import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import express from "express";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere } from "./contract.ts";

const app = express().disable("x-powered-by").disable("etag");

app.get("/", (_, response) => {
  response.type("text/plain").send("hello");
});
app.get("/json", (_, response) => {
  response.json({ message: "hello" });
});
app.get("/gzip", (_, response) => {
  response.set("Content-Encoding", "gzip").type(JSON_TYPE).send(gzipSync("hello"));
});
app.get("/large", (_, response) => {
  response.type(OCTETS).send(LARGE);
});
app.post("/echo", express.raw({ type: () => true }), (request, response) => {
  response.type(OCTETS).send(request.body);
});
app.post("/upload", async (request, response) => {
  let octets = 0;
  for await (const piece of request) octets += piece.length;
  response.type("text/plain").send(String(octets));
});
for (let n = 0; n < ROUTES; n++) {
  app.get(`/r${n}/items/:id`, (request, response) => {
    response.type("text/plain").send(request.params["id"]);
  });
}

const server = app.listen(PORT, "127.0.0.1", () => {
  sayWhere((server.address() as AddressInfo).port);
});
