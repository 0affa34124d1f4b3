// The judge of the corpora finds each kind of wrong server: what passes it has been looked at.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { judge } from "./corpora/judge.ts";
import type { CorpusCase } from "./corpora/read-cases.ts";

type Behave = (socket: Socket, octets: Buffer) => void;

const OK = "HTTP/1.1 200 OK\r\nx-target: /\r\nContent-Length: 0\r\n\r\n";
const BAD = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const WHOLE = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** Answers at the end of a head, without looking at it. */
const answersAll: Behave = (socket, octets) => {
  if (octets.toString("latin1").endsWith("\r\n\r\n")) socket.write(OK);
};
const refusesAll: Behave = (socket) => socket.end(BAD);
const refusesAndStays: Behave = (socket, octets) => {
  if (octets.toString("latin1").endsWith("\r\n\r\n")) socket.write(BAD);
};
const answersParts: Behave = (socket) => socket.write(OK);

const MATTERS: readonly (readonly [
  what: string,
  expect: CorpusCase["expect"],
  wire: string,
  target: string,
  behave: Behave,
  said: RegExp,
])[] = [
  ["accepts an answer", "accept", WHOLE, "/", answersAll, /^$/],
  ["finds a refusal of what is legal", "accept", WHOLE, "/", refusesAll, /answered 400/],
  ["finds another target", "accept", WHOLE, "/other", answersAll, /target \//],
  ["accepts a refusal", "reject", WHOLE, "/", refusesAll, /^$/],
  [
    "finds an answer to an unfinished request",
    "incomplete",
    "GET",
    "/",
    answersParts,
    /before the end/,
  ],
  [
    "finds a refusal of an unfinished request",
    "incomplete",
    "GET",
    "/",
    refusesAll,
    /does not wait/,
  ],
  ["accepts a wait", "incomplete", "GET", "/", answersAll, /^$/],
  ["finds what depends on splits", "either", WHOLE, "/", answersParts, /octet by octet/],
];

test.each(MATTERS)("judge %s", async (_, expected, wire, target, behave, said) => {
  const port = await serve(behave);
  const one = caseOf(expected, wire, target);
  expect(await judge(port, one)).toMatch(said);
});

test("judge finds a refusal that leaves the connection open", async () => {
  const port = await serve(refusesAndStays);
  expect(await judge(port, caseOf("reject", WHOLE, "/"), 200)).toMatch(
    /does not end the connection/,
  );
});

function caseOf(expected: CorpusCase["expect"], wire: string, target: string): CorpusCase {
  return {
    id: "one",
    bytes_base64: Buffer.from(wire, "latin1").toString("base64"),
    expect: expected,
    requests: [{ method: "GET", target }],
    flags: [],
  };
}

async function serve(behave: Behave): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let octets = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => {
      if (socket.writableEnded) return;
      octets = Buffer.concat([octets, piece]);
      behave(socket, octets);
    });
    socket.on("end", () => socket.end());
  });
  server.unref();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
