// The server whose deadlines are looked at: handlers that answer, never answer, answer much, or take content.

import type { Server } from "../src/server.ts";
import { head } from "./memory-server.ts";

export function app(server: Server): void {
  server
    .get("/", (ctx) => void ctx.response.text("a"))
    .get("/never", () => new Promise<void>(() => {}))
    .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(1_000_000)))
    .get("/endless", (ctx) => {
      ctx.response.setBody(
        (async function* () {
          yield "first";
          await new Promise(() => {});
        })(),
      );
    })
    .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes()))
    .post("/unread", (ctx) => void ctx.response.text("unread"));
}

export const POST_5: string = head("POST /", "Content-Length: 5");
export const POST_CHUNKED: string = head("POST /", "Transfer-Encoding: chunked");
