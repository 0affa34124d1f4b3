// The reader of requests: what it counts, where it stops, and that no transcript has more answers.

import { readTranscripts } from "@hyperlane-ts/core/testing";
import { describe, expect, test } from "vitest";
import { readRequests } from "./reference-reader.ts";
import { readAnswers } from "./strict-answers.ts";

const GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

function framings(input: string): string[] {
  return readRequests(input).requests.map(({ method, framing, whole }) => {
    return `${method} ${framing}${whole ? "" : " unfinished"}`;
  });
}

describe("readRequests counts what can be told from each other", () => {
  test.each([
    [GET + GET, ["GET none", "GET none"]],
    [`\r\n\r\n${GET}`, ["GET none"]],
    [
      "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcHEAD / HTTP/1.0\r\n\r\n",
      ["POST length", "HEAD none"],
    ],
    ["POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc", ["POST length unfinished"]],
    [
      "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;a\r\nabc\r\n0\r\nX: y\r\n\r\nG",
      ["POST chunked"],
    ],
    [
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
      ["POST chunked unfinished"],
    ],
  ])("%j", (input, expected) => {
    expect(framings(input)).toEqual(expected);
  });
});

describe("readRequests stops where the framing is in doubt, and keeps what it has not read", () => {
  test.each([
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
    "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "GET  / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h",
    "\r\n\r\n\r\n",
  ])("%j", (broken) => {
    const { requests, rest } = readRequests(GET + broken);
    expect(requests).toHaveLength(1);
    expect(rest).toBe(broken);
  });
});

test("readRequests never counts fewer requests than the transcripts have answers", () => {
  const wrong: string[] = [];
  for (const { title, steps } of readTranscripts()) {
    let [sent, received] = ["", ""];
    for (const step of steps) {
      if (step.kind === "send") sent += Buffer.from(step.octets).toString("latin1");
      if (step.kind !== "expect") continue;
      for (const part of step.parts) {
        if (part.kind === "octets") received += Buffer.from(part.octets).toString("latin1");
        else if (part.kind === "date") received += "Sun, 06 Nov 1994 08:49:37 GMT";
        else
          received += `${part.content.length.toString(16)}\r\n${Buffer.from(part.content).toString("latin1")}\r\n`;
      }
    }
    const { requests, rest } = readRequests(sent);
    const most = requests.filter(({ whole }) => whole).length + (rest === "" ? 0 : 1);
    const { finals } = readAnswers(received, (index) => requests[index]?.method === "HEAD");
    if (finals.length > most) wrong.push(`${title}: ${finals.length} answers, ${most} requests`);
  }
  expect(wrong).toEqual([]);
});
