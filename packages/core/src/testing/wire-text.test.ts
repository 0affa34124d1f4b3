import { describe, expect, test } from "vitest";
import { joinParts, octetsOfText, shownOctets, wireParts } from "./wire-text.ts";

function latin1(octets: Uint8Array): string {
  return String.fromCharCode(...octets);
}

describe("octetsOfText", () => {
  const read: [text: string, octets: string][] = [
    ["GET / HTTP/1.1", "GET / HTTP/1.1"],
    ["\\r\\n\\t\\\\\\{\\}", "\r\n\t\\{}"],
    ["\\x00\\x7f\\xfF", "\x00\x7f\xff"],
    ["\\x411", "A1"],
    ["", ""],
  ];
  for (const [text, octets] of read) {
    test(`octetsOfText reads ${text || "nothing"}`, () => {
      expect(latin1(octetsOfText(text))).toBe(octets);
    });
  }
  for (const text of ["\\q", "\\x4", "\\xgg", "end\\", "\t", "é", "\u007f"]) {
    test(`octetsOfText refuses ${JSON.stringify(text)}`, () => {
      expect(() => octetsOfText(text)).toThrow(SyntaxError);
    });
  }
});

describe("wireParts", () => {
  function shape(text: string): string[] {
    return joinParts(wireParts(text)).map((part) => {
      if (part.kind === "octets") return latin1(part.octets);
      return part.kind === "date" ? "DATE" : `PIECES ${latin1(part.content)}`;
    });
  }
  const read: [text: string, parts: string[]][] = [
    ["plain", ["plain"]],
    ["a{b * 3}c", ["abbbc"]],
    ["{a * b * 2}", ["a * ba * b"]],
    ["{\\r\\n * 2}", ["\r\n\r\n"]],
    ["{\\} * 2}", ["}}"]],
    ["\\{date\\}", ["{date}"]],
    ["Date: {date}\\r\\n", ["Date: ", "DATE", "\r\n"]],
    ["{pieces ab * 2}0", ["PIECES abab", "0"]],
    ["{pieces  a}", ["PIECES  a"]],
    ["{ok a\\x00}", ["HTTP/1.1 200 OK\r\nDate: ", "DATE", "\r\nContent-Length: 2\r\n\r\na\x00"]],
    [
      "{refused 400 Bad Request}",
      [
        "HTTP/1.1 400 Bad Request\r\nDate: ",
        "DATE",
        "\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n\r\nBad Request",
      ],
    ],
  ];
  for (const [text, parts] of read) {
    test(`wireParts reads ${text}`, () => expect(shape(text)).toEqual(parts));
  }
  for (const text of ["{", "}", "a{b", "{unknown}", "{a * }", "{a * -1}", "{{a * 2} * 2}", "{}"]) {
    test(`wireParts refuses ${text}`, () => expect(() => wireParts(text)).toThrow(SyntaxError));
  }
});

test("shownOctets escapes what cannot be seen and ends long runs", () => {
  expect(shownOctets(octetsOfText("a\\r\\n\\x00\\\\"))).toBe("a\\r\\n\n\\x00\\\\");
  expect(shownOctets(new Uint8Array(700).fill(0x61))).toBe(`${"a".repeat(600)}... and 100 octets`);
});
