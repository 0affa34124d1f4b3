// Each invariant, broken on purpose in runs that never happened.

import type { ServerStats } from "@hyperlane-ts/core";
import { describe, expect, test } from "vitest";
import type { FuzzCase } from "./cases.ts";
import { difference } from "./compare.ts";
import { judgeRun, readRun } from "./judge.ts";
import { impossible, leftOver } from "./judge-totals.ts";
import type { Played } from "./play.ts";
import type { ConnectionState } from "./records.ts";

const HELLO = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
const BROKEN = "G@T\r\n\r\n";
const UNREAD =
  "POST /unread HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";

function answer(content: string, more = "", status = "200 OK"): string {
  const date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  return `HTTP/1.1 ${status}\r\n${date}${more}Content-Length: ${content.length}\r\n\r\n${content}`;
}
const REFUSED = answer("Bad Request", "Connection: close\r\n", "400 Bad Request");

/** Its answer is cut, which may take those before it along. */
const THROWING = "GET /throw-while-sending HTTP/1.1\r\nHost: h\r\n\r\n";

function slow(turns: string): string {
  return `GET /slow/${turns} HTTP/1.1\r\nHost: h\r\n\r\n`;
}

const STATE: ConnectionState = {
  received: 0,
  written: 0,
  pending: 0,
  ending: true,
  rests: true,
  over: true,
  requests: [],
  violations: [],
};

function fuzzCase(input: string): FuzzCase {
  return {
    index: 0,
    kind: "split",
    profile: "plain",
    input,
    cuts: [],
    holdMs: 0,
    sendsOn: false,
    stalls: false,
    cut: undefined,
  };
}

function read(input: string, received: string, more: Partial<Played> = {}) {
  const requests = (more.endedFirst ? [] : [input]).filter((text) => text === HELLO);
  const played: Played = {
    received,
    sentOctets: input.length,
    settledOctets: received.length,
    endedFirst: false,
    wasReset: false,
    wasCut: false,
    missing: undefined,
    state: { ...STATE, requests },
    ...more,
  };
  return readRun(fuzzCase(input), played);
}

function judged(input: string, received: string, more: Partial<Played> = {}): string[] {
  return judgeRun(fuzzCase(input), read(input, received, more));
}

const CLOSED = { endedFirst: true };

describe("judgeRun finds nothing wrong with what is right", () => {
  test.each([
    [HELLO, answer("hello"), {}],
    [BROKEN, REFUSED, CLOSED],
    [HELLO + BROKEN + HELLO, answer("hello") + REFUSED, CLOSED],
    [`HEAD /${BROKEN}`, REFUSED, CLOSED],
    [`HEAD / HTTP/1.1\r\n\r\n`, REFUSED.replace(/Bad Request$/, ""), CLOSED],
    [HELLO + THROWING, answer("hello").slice(0, -2), { ...CLOSED, wasReset: true }],
    [`\r\n\r\n\r\n\r\nHEAD / HTTP/1.1\r\n\r\n`, REFUSED, CLOSED],
    [slow("%1"), answer("Bad Request", "", "400 Bad Request"), {}],
  ] as const)("%j", (input, received, more) => {
    expect(judged(input, received, more)).toEqual([]);
  });
});

describe("judgeRun finds each broken invariant", () => {
  const cases: readonly (readonly [string, string, string, Partial<Played>, RegExp])[] = [
    ["one answer too many", HELLO, answer("hello").repeat(2), {}, /^C6: 2 answers/],
    [
      "an answer behind a refusal",
      BROKEN + HELLO,
      REFUSED + answer("hello"),
      CLOSED,
      /^C6: 2 answers/,
    ],
    [
      "an answer behind a close",
      HELLO + HELLO,
      answer("hello", "Connection: close\r\n") + answer("hello"),
      CLOSED,
      /^C6: something follows/,
    ],
    [
      "a close that does not come",
      HELLO,
      answer("hello", "Connection: close\r\n"),
      {},
      /^C6: the server does not close/,
    ],
    [
      "a handler behind a fault",
      BROKEN + HELLO,
      REFUSED,
      { ...CLOSED, state: { ...STATE, requests: ["GET /hello"] } },
      /^C6: handlers ran/,
    ],
    [
      "a refusal that keeps",
      BROKEN,
      answer("Bad Request", "", "400 Bad Request"),
      {},
      /without Connection: close/,
    ],
    [
      "a 400 that keeps, to a path that can be decoded",
      slow("%31"),
      answer("Bad Request", "", "400 Bad Request"),
      {},
      /400 without Connection: close/,
    ],
    [
      "a 431 that keeps",
      HELLO,
      answer("x", "", "431 Too Large"),
      {},
      /431 without Connection: close/,
    ],
    ["another's answer", HELLO, answer("other"), {}, /is answered "other"/],
    ["half an answer", HELLO, answer("hello").slice(0, -2), CLOSED, /cut off that had no reason/],
    [
      "half an answer behind a reset for which there is no reason",
      HELLO,
      answer("hello").slice(0, -2),
      { ...CLOSED, wasReset: true },
      /cut off that had no reason/,
    ],
    ["half a head", HELLO, "HTTP/1.1 200", CLOSED, /head is cut off/],
    ["a close without a word", HELLO, "", CLOSED, /closed without a word/],
    ["no HTTP", HELLO, "ICY 200 OK\r\n\r\n", {}, /no answer a client can read/],
    ["no end", HELLO, answer("hello"), { missing: "the close" }, /^hang/],
    [
      "what the target saw",
      HELLO,
      answer("hello"),
      { state: { ...STATE, violations: ["C15: x"] } },
      /^C15: x/,
    ],
  ];
  test.each(cases)("%s", (_, input, received, more, expected) => {
    expect(judged(input, received, more).join("; ")).toMatch(expected);
  });
});

describe("difference compares what does not depend on time", () => {
  test("finds another answer, another end, another moment and another handler", () => {
    const whole = read(HELLO, answer("hello"));
    expect(difference(whole, read(HELLO, answer("other")))).toMatch(/^F31: answer 1 differs/);
    expect(difference(whole, read(HELLO, ""))).toMatch(/split nothing/);
    expect(difference(whole, read(HELLO, answer("hello"), CLOSED))).toMatch(/split it is closed/);
    expect(difference(whole, read(HELLO, answer("hello"), { settledOctets: 3 }))).toMatch(
      /split 0/,
    );
    const state = { ...STATE, requests: ["GET /other"] };
    expect(difference(whole, read(HELLO, answer("hello"), { state }))).toMatch(/handlers/);
  });

  test("takes 100 (Continue), Date and the cut of chunks for the same", () => {
    const chunked = (data: string): string =>
      answer("").replace("Content-Length: 0", "Transfer-Encoding: chunked") + data;
    const whole = read(HELLO, chunked("2\r\nab\r\n0\r\n\r\n"));
    const split = `HTTP/1.1 100 Continue\r\n\r\n${chunked("1\r\na\r\n1\r\nb\r\n0\r\n\r\n")}`;
    expect(difference(whole, read(HELLO, split.replace("Sun, 06", "Mon, 07")))).toBeUndefined();
  });

  test("lets content that nobody reads keep or close the connection, no other request", () => {
    const closed = answer("x", "Connection: close\r\n");
    const both = (input: string) =>
      difference(
        read(input + HELLO, answer("x") + answer("hello")),
        read(input + HELLO, closed, CLOSED),
      );
    expect(both(UNREAD)).toBeUndefined();
    expect(both(UNREAD.replace("/unread", "/echo"))).toMatch(/^F31: answer 1 differs/);
  });
});

describe("totals", () => {
  const stats: ServerStats = {
    connections: { open: 0, idle: 0, active: 0 },
    handlers: 0,
    waiting: 0,
    accepted: 3,
    dropped: { connections: 1, connectionsPerPeer: 0, closing: 0 },
    closes: { answered: 2 },
    bufferedOctets: 0,
    octetsIn: 5,
    octetsOut: 9,
  } as ServerStats;
  const totals = {
    profile: "plain",
    stats,
    opened: 3,
    closed: 3,
    octetsIn: 5,
    octetsOut: 9,
  } as const;

  test("are possible and nothing is left over", () => {
    expect([...impossible(totals), ...leftOver(totals)]).toEqual([]);
  });

  test.each([
    [{ ...totals, stats: { ...stats, handlers: -1 } }, /handlers is -1/],
    [
      { ...totals, stats: { ...stats, connections: { open: 0, idle: 1, active: -1 } } },
      /active is -1/,
    ],
    [{ ...totals, stats: { ...stats, accepted: 4 }, opened: 4 }, /accepted 4 is not closed 2/],
    [{ ...totals, opened: 4 }, /the adapter announced 4/],
    [{ ...totals, closed: 4 }, /4 closes of 3/],
    [{ ...totals, stats: { ...stats, closes: { answered: 1, internal: 1 } } }, /core itself threw/],
    [{ ...totals, stats: { ...stats, handlers: 1 } }, /handlers stays at 1/],
    [{ ...totals, stats: { ...stats, bufferedOctets: 7 } }, /bufferedOctets stays at 7/],
    [{ ...totals, octetsIn: 6 }, /octetsIn is 5/],
    [{ ...totals, octetsOut: 8 }, /octetsOut is 9/],
  ])("that cannot be are found, case %#", (wrong, expected) => {
    expect([...impossible(wrong), ...leftOver(wrong)].join("; ")).toMatch(expected);
  });
});
