// Which answer is the one that was written last, and which is not.

import { describe, expect, test } from "vitest";
import type { FieldLine } from "./field-line.ts";
import { fieldName } from "./field-name.ts";
import { KeptAnswer } from "./kept-answer.ts";

interface Answer {
  readonly start: string;
  readonly lines: readonly FieldLine[];
  readonly octets: number;
  readonly content: string;
}

function line(name: string, value: string): FieldLine {
  const field = fieldName(name);
  return { name: field, value, text: `${field.prefix}${value}\r\n`, latin1: false };
}

const TYPE = line("Content-Type", "text/plain");
const OTHER_TYPE = line("Content-Type", "text/html");
const VARY = line("Vary", "Accept-Encoding");

const KEPT: Answer = {
  start: "HTTP/1.1 200 OK\r\n",
  lines: [TYPE, VARY],
  octets: 5,
  content: "hello",
};

function keptAfter({ start, lines, octets, content }: Answer): KeptAnswer {
  const kept = new KeptAnswer();
  kept.keep(start, lines, octets, content, "the text");
  return kept;
}

function find(kept: KeptAnswer, { start, lines, octets, content }: Answer): string | undefined {
  return kept.find(start, lines, octets, content);
}

test("the same answer is found, again and again", () => {
  const kept = keptAfter(KEPT);
  for (let i = 0; i < 3; i++) {
    expect(find(kept, { ...KEPT, content: ["hel", "lo"].join("") })).toBe("the text");
  }
});

describe("another answer is not found", () => {
  const others: readonly [what: string, other: Partial<Answer>][] = [
    ["status-line or Date", { start: "HTTP/1.1 404 Not Found\r\n" }],
    ["a line", { lines: [OTHER_TYPE, VARY] }],
    ["a line's last octets", { lines: [TYPE, line("Vary", "Accept-Encodinh")] }],
    ["fewer lines", { lines: [TYPE] }],
    ["more lines", { lines: [TYPE, VARY, VARY] }],
    ["order of lines", { lines: [VARY, TYPE] }],
    ["length", { octets: 6 }],
    ["content of the same length", { content: "hallo" }],
    ["no content, as for HEAD", { content: "" }],
  ];
  test.each(others)("%s", (_, other) => {
    expect(find(keptAfter(KEPT), { ...KEPT, ...other })).toBeUndefined();
  });

  test("when nothing has been kept", () => {
    const nothing = { start: "", lines: [], octets: 0, content: "" };
    expect(find(new KeptAnswer(), nothing)).toBeUndefined();
  });
});

test("lines that are changed afterwards change nothing", () => {
  const lines = [TYPE, VARY];
  const kept = keptAfter({ ...KEPT, lines });
  lines[0] = OTHER_TYPE;
  expect(find(kept, KEPT)).toBe("the text");
  expect(find(kept, { ...KEPT, lines })).toBeUndefined();
});

describe("what is large is not kept, and leaves what was", () => {
  const large: readonly [what: string, answer: Answer][] = [
    ["content", { ...KEPT, octets: 1025, content: "a".repeat(1025) }],
    ["lines", { ...KEPT, lines: new Array(9).fill(TYPE) }],
  ];
  test.each(large)("%s", (_, { start, lines, octets, content }) => {
    const kept = keptAfter(KEPT);
    kept.keep(start, lines, octets, content, "large");
    expect(kept.find(start, lines, octets, content)).toBeUndefined();
    expect(find(kept, KEPT)).toBe("the text");
  });
});
