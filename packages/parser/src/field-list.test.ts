// Comma-separated lists and the tokens in them.

import { describe, expect, test } from "vitest";
import { hasToken, listMembers } from "./field-list.ts";

const LISTS: readonly (readonly [value: string, members: readonly string[]])[] = [
  ["", []],
  [" \t ", []],
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  [" a \t, b\t,c ", ["a", "b", "c"]],
  [",, ,a,,b, ,", ["a", "b"]],
  ["a b", ["a b"]],
  ["a;q=1, b;q=0.5", ["a;q=1", "b;q=0.5"]],
  ['"a,b", c', ['"a,b"', "c"]],
  ['a="x, \\", y",b', ['a="x, \\", y"', "b"]],
  ['"a, b', ['"a, b']],
  ['"a\\', ['"a\\']],
  ["\xa0a\x85,\x0bb", ["\xa0a\x85", "\x0bb"]],
];

describe("listMembers", () => {
  for (const [value, members] of LISTS) {
    test(`cuts ${JSON.stringify(value)} (9110 5.6.1)`, () => {
      expect(listMembers(value)).toEqual([...members]);
    });
  }
});

describe("hasToken", () => {
  for (const [value, members] of LISTS) {
    test(`finds the members of ${JSON.stringify(value)} and no part of one (9110 5.6.1)`, () => {
      for (const member of members) {
        expect(hasToken(value, member)).toBe(true);
        expect(hasToken(value, `${member}x`)).toBe(false);
        expect(hasToken(value, member.slice(0, -1))).toBe(members.includes(member.slice(0, -1)));
      }
      expect(hasToken(value, "")).toBe(false);
      expect(hasToken(value, "close")).toBe(false);
    });
  }

  test("takes ASCII letters without case on both sides (9110 5.6.1)", () => {
    expect(hasToken("x, Keep-ALIVE", "keep-alive")).toBe(true);
    expect(hasToken("x, keep-alive", "KEEP-Alive")).toBe(true);
  });

  test("takes no other letter without case: the Kelvin sign, the long s, obs-text (reliability F34)", () => {
    expect(hasToken("\u212aeep-alive", "keep-alive")).toBe(false);
    expect(hasToken("keep-alive", "\u212aeep-alive")).toBe(false);
    expect(hasToken("clo\u017fe", "close")).toBe(false);
    expect(hasToken("\xc9", "\xe9")).toBe(false);
  });

  test("keeps apart what only a bit of case parts: at sign and grave, brackets and braces (9110 5.6.2)", () => {
    expect(hasToken("@", "`")).toBe(false);
    expect(hasToken("[", "{")).toBe(false);
    expect(hasToken("^", "~")).toBe(false);
  });
});
