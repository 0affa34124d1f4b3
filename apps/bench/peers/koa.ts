// Koa with its router. It reads no content itself: raw-body does, as in its body parsers.

import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import Router from "@koa/router";
import Koa from "koa";
import getRawBody from "raw-body";
import { JSON_TYPE, LARGE, PORT, ROUTES, sayWhere } from "./contract.ts";

const router = new Router();

router.get("/", (ctx) => {
  ctx.body = "hello";
});
router.get("/json", (ctx) => {
  ctx.body = { message: "hello" };
});
router.get("/gzip", (ctx) => {
  ctx.set({ "Content-Type": JSON_TYPE, "Content-Encoding": "gzip" });
  ctx.body = gzipSync("hello");
});
router.get("/large", (ctx) => {
  ctx.body = LARGE;
});
router.post("/echo", async (ctx) => {
  ctx.body = await getRawBody(ctx.req, { length: ctx.request.length, limit: "1mb" });
});
router.post("/upload", async (ctx) => {
  let octets = 0;
  for await (const piece of ctx.req) octets += piece.length;
  ctx.body = String(octets);
});
for (let n = 0; n < ROUTES; n++) {
  router.get(`/r${n}/items/:id`, (ctx) => {
    ctx.body = ctx.params["id"];
  });
}

const server = new Koa().use(router.routes()).listen(PORT, "127.0.0.1", () => {
  sayWhere((server.address() as AddressInfo).port);
});
