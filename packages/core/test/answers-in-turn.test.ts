// Answers that are almost the same as the one before: none may take anything over from another.

import { expect, test } from "vitest";
import { head, serve } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

test("each answer is its own, whichever came before", async () => {
  const server = await serve((app) =>
    app
      .get("/a", (ctx) => void ctx.response.text("a"))
      .get("/b", (ctx) => void ctx.response.text("b"))
      .get("/html", (ctx) => void ctx.response.html("a"))
      .get("/created", (ctx) => void ctx.response.setStatusCode(201).text("a"))
      .get("/octets", (ctx) => void ctx.response.text("").setBody(new Uint8Array([0x61])))
      .get("/reason", (ctx) => void ctx.response.setStatusCode(200, "Fine").text("a"))
      .get("/tag", (ctx) => void ctx.response.text("a").setHeader("ETag", '"1"'))
      .get("/empty", (ctx) => void ctx.response.text("")),
  );
  const answers: readonly [line: string, status: string, type: string, content: string][] = [
    ["GET /a", "200 OK", "text/plain", "a"],
    ["HEAD /a", "200 OK", "text/plain", ""],
    ["GET /b", "200 OK", "text/plain", "b"],
    ["GET /html", "200 OK", "text/html", "a"],
    ["GET /created", "201 Created", "text/plain", "a"],
    ["GET /octets", "200 OK", "text/plain", "a"],
    ["GET /reason", "200 Fine", "text/plain", "a"],
    ["GET /tag", "200 OK", "text/plain", "a"],
    ["GET /empty", "200 OK", "text/plain", ""],
  ];
  // Each behind each other, and behind itself.
  const turns = answers.flatMap((one) => answers.flatMap((other) => [one, other]));
  const peer = server.connect();
  for (const [line] of turns) await peer.send(head(line));
  const methods = turns.map(([line]) => line.slice(0, line.indexOf(" ")));
  const found = peer.responses(methods).map((response) => {
    const type = fieldOf(response, "Content-Type")!.split(";")[0];
    return [`${response.status} ${response.reason}`, type, contentText(response)];
  });
  expect(found).toEqual(turns.map(([, ...expected]) => expected));
});
