// Field lines by name and in order, as text.

import { describe, expect, test } from "vitest";
import { octetsOf } from "../test/wire.ts";
import { COMPLETE, FieldSection, HeadParser, readRequestHead } from "./index.ts";

/** The header section of a request with these lines, the request lying somewhere in a buffer. */
function fieldsOf(...lines: readonly string[]): FieldSection {
  const before = "\r\n GET";
  const head = octetsOf(`GET / HTTP/1.0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
  const bytes = new Uint8Array([...octetsOf(before), ...head, ...octetsOf("X: y\r\n")]);
  const parser = new HeadParser();
  expect(parser.push(bytes, before.length, bytes.length)).toBe(COMPLETE);
  const request = readRequestHead(parser, bytes, before.length, { behindTls: false });
  if (request === undefined) throw new Error(`refused by fault ${parser.fault}`);
  return request.fields;
}

describe("FieldSection", () => {
  test("gives lines as received and in wire order (9110 5.3)", () => {
    const fields = fieldsOf("B: 1", "a:2", "b:\t3 ");
    expect(fields.size).toBe(3);
    expect([...fields]).toEqual([
      ["B", "1"],
      ["a", "2"],
      ["b", "3"],
    ]);
    expect([...fields]).toEqual([...fields]);
  });

  test("joins repeated lines in order with a comma (9110 5.3)", () => {
    const fields = fieldsOf("Accept: a", "X: y", "accept: b, c", "ACCEPT:", "Accept: d");
    expect(fields.get("accept")).toBe("a, b, c, , d");
    expect(fields.getAll("Accept")).toEqual(["a", "b, c", "", "d"]);
  });

  test("joins repeated Cookie lines with a semicolon (design 2)", () => {
    const fields = fieldsOf("Cookie: a=1", "cookie: b=2; c=3", "Cookies: d", "Cookies: e");
    expect(fields.get("COOKIE")).toBe("a=1; b=2; c=3");
    expect(fields.getAll("cookie")).toEqual(["a=1", "b=2; c=3"]);
    expect(fields.get("cookies")).toBe("d, e");
  });

  test("finds a name in any case and no part of one (9110 5.1)", () => {
    const fields = fieldsOf("X-Long-Name: 1", "X: 2");
    expect(fields.get("x-lONG-nAME")).toBe("1");
    expect(fields.get("x")).toBe("2");
    for (const name of ["", "x-long", "x-long-name-", "long-name", "x_long_name", "X-Long-Name:"]) {
      expect([name, fields.get(name)]).toEqual([name, undefined]);
      expect([name, fields.has(name)]).toEqual([name, false]);
      expect([name, fields.getAll(name)]).toEqual([name, []]);
    }
  });

  test("folds letters of ASCII only: no Kelvin sign, no long s (reliability F34)", () => {
    const fields = fieldsOf("keep: 1", "sk: 2");
    expect(fields.get("\u212aeep")).toBe(undefined);
    expect(fields.has("\u212aeep")).toBe(false);
    expect(fields.getAll("\u017fk")).toEqual([]);
    expect(fields.get("KEEP")).toBe("1");
  });

  test("keeps apart names that only a bit of case parts (9110 5.6.2)", () => {
    const fields = fieldsOf("^: 1", "`: 2", "|: 3");
    expect(["^", "~", "`", "@", "|", "\\"].map((name) => fields.get(name))).toEqual([
      "1",
      undefined,
      "2",
      undefined,
      "3",
      undefined,
    ]);
  });

  test("takes names of Object's own members as plain data (reliability F33)", () => {
    const names = ["__proto__", "constructor", "hasOwnProperty", "toString", "1", "0", "length"];
    const none = fieldsOf("X: y");
    for (const name of names) {
      expect([name, none.get(name)]).toEqual([name, undefined]);
      expect([name, none.has(name)]).toEqual([name, false]);
    }
    const all = fieldsOf(...names.map((name) => `${name}: of ${name}`));
    for (const name of names) expect(all.get(name)).toBe(`of ${name}`);
    expect([...all].map(([name]) => name)).toEqual(names);
    expect(({} as { of?: string }).of).toBe(undefined);
  });

  test("keeps every octet from 0x80 as the character of the same number (9110 5.5)", () => {
    const high = Array.from({ length: 128 }, (_, k) => String.fromCharCode(0x80 + k)).join("");
    const fields = fieldsOf("A: b", `X: ${high}`, "C: d", "X: \x80\x9f");
    expect(fields.get("x")).toBe(`${high}, \x80\x9f`);
    expect([...fields]).toEqual([
      ["A", "b"],
      ["X", high],
      ["C", "d"],
      ["X", "\x80\x9f"],
    ]);
  });

  test("does not take a byte order mark for one (9110 5.5)", () => {
    expect(fieldsOf("X: \xef\xbb\xbfa").get("x")).toBe("\xef\xbb\xbfa");
  });

  test("keeps values apart when the head is long and holds obs-text (9110 5.5)", () => {
    const long = "\xe9a".repeat(4000);
    const fields = fieldsOf("A: b", `X: ${long}`, "C: d");
    expect(fields.get("x")).toBe(long);
    expect(fields.get("c")).toBe("d");
  });

  test("tells an empty value from none (9110 5.5)", () => {
    const fields = fieldsOf("X:");
    expect([fields.get("x"), fields.has("x"), fields.getAll("x")]).toEqual(["", true, [""]]);
  });

  test("is empty without lines", () => {
    for (const fields of [fieldsOf(), FieldSection.empty]) {
      expect([
        fields.size,
        [...fields],
        fields.get("a"),
        fields.getAll("a"),
        fields.has("a"),
      ]).toEqual([0, [], undefined, [], false]);
    }
  });

  test("is unchanged by what its parser reads next", () => {
    const one = octetsOf("GET / HTTP/1.0\r\nA: b\r\nC: d\r\n\r\n");
    const other = octetsOf("GET /long/path HTTP/1.0\r\nLonger: value\r\n\r\n");
    const parser = new HeadParser();
    parser.push(one, 0, one.length);
    const first = readRequestHead(parser, one, 0, { behindTls: false });
    parser.reset();
    parser.push(other, 0, other.length);
    const second = readRequestHead(parser, other, 0, { behindTls: false });
    expect([...(first?.fields ?? [])]).toEqual([
      ["A", "b"],
      ["C", "d"],
    ]);
    expect([...(second?.fields ?? [])]).toEqual([["Longer", "value"]]);
    expect([first?.path, second?.path]).toEqual(["/", "/long/path"]);
    expect(first?.fields).toBe(first?.fields);
  });
});
