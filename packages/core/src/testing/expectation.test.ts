import { describe, expect, test } from "vitest";
import { Expectation, type ExpectationStatus } from "./expectation.ts";
import { octetsOfText, wireParts } from "./wire-text.ts";

interface Case {
  readonly expected: string;
  readonly sent: string;
  readonly status: ExpectationStatus;
  readonly position: number;
}

const DATE = "Thu, 01 Jan 2026 00:00:00 GMT";

const CASES: readonly Case[] = [
  { expected: "abc", sent: "", status: "more", position: 0 },
  { expected: "abc", sent: "ab", status: "more", position: 2 },
  { expected: "abc", sent: "abc", status: "met", position: 3 },
  { expected: "abc", sent: "abcd", status: "met", position: 3 },
  { expected: "abc", sent: "abd", status: "differs", position: 2 },
  { expected: "a{date}b", sent: `a${DATE}b`, status: "met", position: 31 },
  { expected: "a{date}b", sent: `a${DATE.slice(0, 28)}`, status: "more", position: 1 },
  { expected: "a{date}b", sent: `a${DATE.replace("Thu", "Thx")}b`, status: "differs", position: 1 },
  { expected: "{pieces abc}0", sent: "3\\r\\nabc\\r\\n0", status: "met", position: 9 },
  {
    expected: "{pieces abc}0",
    sent: "1\\r\\na\\r\\n2\\r\\nbc\\r\\n0",
    status: "met",
    position: 14,
  },
  { expected: "{pieces abc}", sent: "1\\r\\na\\r\\n2\\r\\nb", status: "more", position: 6 },
  { expected: "{pieces abc}", sent: "3\\r\\nabd\\r\\n", status: "differs", position: 5 },
  { expected: "{pieces abc}", sent: "4\\r\\nabcd\\r\\n", status: "differs", position: 0 },
  { expected: "{pieces abc}", sent: "1\\r\\na\\r\\n0\\r\\n", status: "differs", position: 6 },
  { expected: "{pieces abc}", sent: "3\\r\\nabcXX", status: "differs", position: 0 },
  { expected: "{pieces abc}", sent: "3\\nabc\\r\\n", status: "differs", position: 0 },
  { expected: "{pieces abc}", sent: "HTTP/1.1 400 Bad Request", status: "differs", position: 0 },
];

describe("Expectation", () => {
  for (const { expected, sent, status, position } of CASES) {
    test(`Expectation of ${expected} finds ${status} in ${sent || "nothing"}`, () => {
      const octets = octetsOfText(sent);
      const whole = new Expectation(wireParts(expected), 0);
      expect([whole.match(octets), whole.position]).toEqual([status, position]);
      const stepwise = new Expectation(wireParts(expected), 0);
      let last: ExpectationStatus = "more";
      for (let end = 0; end <= octets.length && last === "more"; end++) {
        last = stepwise.match(octets.subarray(0, end));
      }
      expect([last, stepwise.position]).toEqual([status, position]);
    });
  }

  test("Expectation begins where it is told and says what is due", () => {
    const expectation = new Expectation(wireParts("abc{date}"), 2);
    expect(expectation.match(octetsOfText("xxab"))).toBe("more");
    expect(expectation.position).toBe(4);
    expect(expectation.due).toBe("c{date}");
  });
});
