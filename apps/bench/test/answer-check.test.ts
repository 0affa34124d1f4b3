// The check before a measurement, against sockets that answer what they are told.

import { type AddressInfo, createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkAnswers } from "../src/answer-check.ts";
import { SCENARIOS, type Scenario } from "../src/scenarios.ts";

function named(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name)!;
}

/** Answers everything that arrives in one piece with these octets, then ends the connection. */
async function answering(octets: string | Buffer): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(octets));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const DATE = "Date: Sun, 22 Nov 2026 19:00:00 GMT\r\n";
const TYPE = "Content-Type: text/plain; charset=utf-8\r\n";
const HELLO = `HTTP/1.1 200 OK\r\n${DATE}${TYPE}Content-Length: 5\r\n\r\nhello`;

describe("an answer", () => {
  test.each([
    ["what all answer", HELLO, []],
    ["other cases of names", HELLO.replaceAll("Content-", "content-"), []],
    ["no Date", HELLO.replace(DATE, ""), ["sends no Date"]],
    ["a wrong Date", HELLO.replace("Sun, ", ""), ["sends Date: 22 Nov 2026 19:00:00 GMT"]],
    ["another type", HELLO.replace("; charset=utf-8", ""), ["says text/plain"]],
    [
      "more fields",
      HELLO.replace(TYPE, `${TYPE}Connection: keep-alive\r\nServer: x\r\n`),
      ["adds connection: keep-alive, server: x"],
    ],
    [
      "chunks",
      HELLO.replace(
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      ),
      ["sends no Content-Length", "adds transfer-encoding: chunked"],
    ],
  ])("with %s is told", async (_, octets, told) => {
    expect(await checkAnswers(await answering(octets), named("keep-alive"))).toEqual(told);
  });

  test("that says it closes differs only where connections are kept", async () => {
    const port = await answering(HELLO.replace(TYPE, `${TYPE}Connection: close\r\n`));
    expect(await checkAnswers(port, named("new-connection"))).toEqual([]);
    expect(await checkAnswers(port, named("keep-alive"))).toEqual(["adds connection: close"]);
  });

  test.each([
    [
      "another status",
      "keep-alive",
      HELLO.replace("200 OK", "404 Not Found"),
      /a wrong answer to \//,
    ],
    ["other content", "keep-alive", HELLO.replace("hello", "hallo"), /a wrong answer to \//],
    ["nothing", "keep-alive", "", /0 answers to 1 requests/],
    ["octets behind it", "keep-alive", `${HELLO}x`, /1 answers to 1 requests/],
    ["one of sixteen", "pipelined", HELLO, /1 answers to 16 requests/],
    ["too few octets", "download", HELLO, /a wrong answer to \/large/],
  ])("with %s is an error", async (_, name, octets, message) => {
    await expect(checkAnswers(await answering(octets), named(name))).rejects.toThrow(message);
  });

  test("that is compressed is decoded", async () => {
    const content = gzipSync("hello");
    const head = `HTTP/1.1 200 OK\r\n${DATE}Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${content.length}\r\n\r\n`;
    const port = await answering(Buffer.concat([Buffer.from(head), content]));
    expect(await checkAnswers(port, named("gzip"))).toEqual([]);
  });
});
