// Tables of octets and the tests of texts built on them, against regular expressions over every
// octet.

import { describe, expect, test } from "vitest";
import * as octets from "./octets.ts";
import { isFieldValue, isToken } from "./octets.ts";

const ALL: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  String.fromCharCode(octet),
);

// Each rule once more, as the RFC writes it and not as the table is built.
const RULES: readonly (readonly [table: Uint8Array, name: string, rule: RegExp])[] = [
  [octets.TCHAR, "tchar (9110 5.6.2)", /^[!#$%&'*+\-.^_`|~\dA-Za-z]$/],
  [octets.FIELD_OCTET, "HTAB / SP / VCHAR / obs-text (9110 5.5)", /^[\t\x20\x21-\x7E\x80-\xFF]$/],
  [octets.QDTEXT, "qdtext (9110 5.6.4)", /^[\t\x20\x21\x23-\x5B\x5D-\x7E\x80-\xFF]$/],
  [octets.TARGET_OCTET, "octets of a target (row octets in the target)", /^[^\0-\x20#\x7F-\xFF]$/],
  [
    octets.REG_NAME_OCTET,
    "unreserved / sub-delims without the comma (3986 2.2, 2.3)",
    /^(?:[A-Za-z]|\d|[-._~]|[!$&'()*+;=])$/,
  ],
];

describe("tables of octets agree with their rules over all 256 octets", () => {
  for (const [table, name, rule] of RULES) {
    test(name, () => {
      expect(table.length).toBe(256);
      const members = ALL.filter((character) => table[character.charCodeAt(0)] !== 0);
      expect(members).toEqual(ALL.filter((character) => rule.test(character)));
      expect(Math.max(...table)).toBe(1);
    });
  }

  test("HEXDIG (5234 B.1), with its value", () => {
    expect([...octets.HEXDIG_VALUE]).toEqual(
      ALL.map((character) =>
        /^[0-9a-fA-F]$/.test(character) ? Number.parseInt(character, 16) : 16,
      ),
    );
  });

  test("folding touches A to Z only", () => {
    expect([...octets.FOLDED]).toEqual(
      ALL.map((character) =>
        (/^[A-Z]$/.test(character) ? character.toLowerCase() : character).charCodeAt(0),
      ),
    );
  });
});

describe("isToken", () => {
  test("agrees with tchar on every character up to U+FFFF (9110 5.6.2)", () => {
    for (let unit = 0; unit < 0x10000; unit++) {
      const character = String.fromCharCode(unit);
      const isTchar = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(character);
      if (isToken(character) !== isTchar || isToken(`a${character}b`) !== isTchar) {
        expect(`U+${unit.toString(16)}: ${isToken(character)}`).toBe(`${isTchar}`);
      }
    }
  });

  test("refuses the empty text (9110 5.6.2)", () => {
    expect(isToken("")).toBe(false);
  });
});

describe("isFieldValue", () => {
  test("takes HTAB, SP, VCHAR and obs-text of every character up to U+FFFF (9110 5.5)", () => {
    for (let unit = 0; unit < 0x10000; unit++) {
      const character = String.fromCharCode(unit);
      const isFit = /^[\t\x20-\x7e\x80-\xff]$/.test(character);
      if (isFieldValue(character) !== isFit || isFieldValue(`a${character}b`) !== isFit) {
        expect(`U+${unit.toString(16)}: ${isFieldValue(character)}`).toBe(`${isFit}`);
      }
    }
  });

  test("takes the empty text (9110 5.5)", () => {
    expect(isFieldValue("")).toBe(true);
  });

  test("refuses a lone surrogate and a character above U+FFFF (9110 5.5)", () => {
    expect(isFieldValue("\ud800")).toBe(false);
    expect(isFieldValue("\u{1f600}")).toBe(false);
  });
});
