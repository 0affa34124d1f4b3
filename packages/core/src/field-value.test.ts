import { describe, expect, test } from "vitest";
import {
  ASCII,
  fieldValueClass,
  isAscii,
  LATIN1,
  latin1Octets,
  NOT_ALLOWED,
} from "./field-value.ts";

/** The class of one character, from the rule: HTAB / SP / VCHAR, obs-text, anything else (RFC 9110 §5.5). */
function classOf(code: number): number {
  const char = String.fromCharCode(code);
  if (/^[\t\x20-\x7e]$/.test(char)) return ASCII;
  return /^[\x80-\xff]$/.test(char) ? LATIN1 : NOT_ALLOWED;
}

describe("fieldValueClass", () => {
  test("judges every character by the rule, wherever it stands (RFC 9110 §5.5)", () => {
    for (let code = 0; code <= 0x2ff; code++) {
      const char = String.fromCharCode(code);
      for (const text of [char, `${char}a`, `a${char}`, `a${char}a`]) {
        expect([code, fieldValueClass(text)]).toEqual([code, classOf(code)]);
      }
    }
    for (const code of [0xd800, 0xdfff, 0xfeff, 0xffff]) {
      expect(fieldValueClass(String.fromCharCode(code))).toBe(NOT_ALLOWED);
    }
  });

  test("finds a character that is not allowed behind obs-text", () => {
    expect(fieldValueClass("\xe9\n")).toBe(NOT_ALLOWED);
    expect(fieldValueClass("")).toBe(ASCII);
  });
});

describe("isAscii", () => {
  test("finds one character from U+0080 on at any place, in short and long text", () => {
    for (const length of [1, 2, 127, 128, 129, 300]) {
      const ascii = "\x00\x7fa".repeat(length).slice(0, length);
      expect(isAscii(ascii)).toBe(true);
      for (const at of [0, length >> 1, length - 1]) {
        for (const char of ["\x80", "\xff", "\u2028", "\ud800"]) {
          expect(isAscii(ascii.slice(0, at) + char + ascii.slice(at + 1))).toBe(false);
        }
      }
    }
    expect(isAscii("")).toBe(true);
  });
});

describe("latin1Octets", () => {
  test("makes one octet of each character up to U+00FF", () => {
    const all = Array.from({ length: 256 }, (_, code) => code);
    expect([...latin1Octets(String.fromCharCode(...all))]).toEqual(all);
  });
});
