// Fastify with its defaults, which log nothing, and a schema for its JSON as its documentation advises.

import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { fastify } from "fastify";
import { JSON_TYPE, LARGE, OCTETS, PORT, ROUTES, sayWhere } from "./contract.ts";

const MESSAGE = { type: "object", properties: { message: { type: "string" } } };

const app = fastify();

app.get("/", (_, reply) => {
  reply.send("hello");
});
app.get("/json", { schema: { response: { 200: MESSAGE } } }, (_, reply) => {
  reply.send({ message: "hello" });
});
app.get("/gzip", (_, reply) => {
  reply
    .header("Content-Type", JSON_TYPE)
    .header("Content-Encoding", "gzip")
    .send(gzipSync("hello"));
});
app.get("/large", (_, reply) => {
  reply.header("Content-Type", OCTETS).send(LARGE);
});
for (let n = 0; n < ROUTES; n++) {
  app.get<{ Params: { id: string } }>(`/r${n}/items/:id`, (request, reply) => {
    reply.send(request.params.id);
  });
}

// How content is read belongs to a plugin: one for what is read whole, one for what is read as it comes.
app.register(async (whole) => {
  whole.addContentTypeParser("*", { parseAs: "buffer" }, (_, content, done) => done(null, content));
  whole.post("/echo", (request, reply) => {
    reply.header("Content-Type", OCTETS).send(request.body);
  });
});
app.register(async (streamed) => {
  streamed.addContentTypeParser("*", (_, stream, done) => done(null, stream));
  streamed.post("/upload", async (request) => {
    let octets = 0;
    for await (const piece of request.body as Readable) octets += piece.length;
    return String(octets);
  });
});

await app.listen({ host: "127.0.0.1", port: PORT });
sayWhere((app.server.address() as AddressInfo).port);
