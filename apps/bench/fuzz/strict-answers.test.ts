// The reader of answers: what it reads and what it refuses.

import { describe, expect, test } from "vitest";
import { announcesClose, readAnswers } from "./strict-answers.ts";

const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const OK = `HTTP/1.1 200 OK\r\n${DATE}`;

function read(received: string, heads: readonly number[] = []) {
  return readAnswers(received, (index) => heads.includes(index));
}

test("readAnswers reads lengths, chunks, interim answers and answers to HEAD one behind the other", () => {
  const { finals, interims, rest, refused } = read(
    `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 3\r\n\r\nabc${OK}Transfer-Encoding: chunked\r\n\r\n` +
      `2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n${OK}Content-Length: 9\r\n\r\nHTTP/1.1 204 No Content\r\n${DATE}\r\n`,
    [2],
  );
  expect(refused).toBeUndefined();
  expect([interims, rest]).toEqual([1, ""]);
  expect(finals.map(({ status, content }) => [status, content])).toEqual([
    [200, "abc"],
    [200, "abc"],
    [200, ""],
    [204, ""],
  ]);
  expect(finals[1]).toMatchObject({ framing: "chunked", trailers: ["X: y"], dated: true });
});

test.each([
  `${OK}Content-Length: 3\r\n\r\nab`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nab`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n`,
])("readAnswers tells an answer that is not all there: %j", (received) => {
  expect(read(received).finals[0]).toMatchObject({ complete: false });
});

describe("readAnswers refuses what a strict client refuses", () => {
  test.each([
    "HTTP/1.0 200 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`,
    `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `${OK}Content-Length: x\r\n\r\n`,
    `${OK}Transfer-Encoding: gzip\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`,
    `${OK}X : a\r\n\r\n`,
    `${OK}X: a\rb\r\n\r\n`,
    `HTTP/1.1 204 No Content\r\n${DATE}Content-Length: 0\r\n\r\n`,
  ])("%j", (received) => {
    expect(read(received).refused).toBeDefined();
  });
});

test("readAnswers tells a Date that is missing, twice there or malformed", () => {
  const length = "Content-Length: 0\r\n\r\n";
  for (const head of ["HTTP/1.1 200 OK\r\n", OK + DATE, "HTTP/1.1 200 OK\r\nDate: now\r\n"]) {
    expect(read(head + length).finals[0]).toMatchObject({ dated: false });
  }
});

test("announcesClose finds the option in a list, in any case", () => {
  const [answer] = read(`${OK}Connection: Foo, CLOSE\r\nContent-Length: 0\r\n\r\n`).finals;
  expect(announcesClose(answer!)).toBe(true);
});
