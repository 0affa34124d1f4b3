// Work grows with the input, not with how it is cut: octets looked at are counted. What is kept
// does not grow at all.

import { describe, expect, test } from "vitest";
import {
  ChunkedDecoder,
  COMPLETE,
  DATA,
  FieldSection,
  HeadParser,
  NEED_MORE,
  readRequestHead,
} from "../src/index.ts";
import { countingView } from "./counting-view.ts";
import { octetsOf } from "./wire.ts";

// An octet that ends an element is looked at as its end and as the next one's start, whitespace
// once more from behind, and octets of a trailer section are copied. Nothing is looked at more
// often than this.
const VISITS_PER_OCTET = 4;
// A value is found, checked, and in absolute-form compared; a list is cut and its members compared.
const JUDGING_VISITS_PER_OCTET = 5;

const HEADS: readonly (readonly [name: string, wire: string])[] = [
  ["a short head", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a long target", `GET /${"a".repeat(8000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["a long value", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(8000)}\r\n\r\n`],
  ["a long value of obs-text", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"\xe9a".repeat(4000)}\r\n\r\n`],
  ["a long name", `GET / HTTP/1.1\r\nHost: a\r\n${"a".repeat(8000)}: b\r\n\r\n`],
  ["whitespace before a value", `GET / HTTP/1.1\r\nHost: a\r\nX:${" \t".repeat(4000)}b\r\n\r\n`],
  ["whitespace behind a value", `GET / HTTP/1.1\r\nHost: a\r\nX: b${" \t".repeat(4000)}\r\n\r\n`],
  ["whitespace between words", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"b  ".repeat(2600)}\r\n\r\n`],
  ["whitespace for a value", `GET / HTTP/1.1\r\nHost: a\r\nX:${" ".repeat(8000)}\r\n\r\n`],
  ["100 field lines", `GET / HTTP/1.1\r\nHost: a\r\n${"X: b \r\n".repeat(99)}\r\n`],
  [
    "options of Connection",
    `GET / HTTP/1.1\r\nHost: a\r\nConnection:${" ,x".repeat(2600)}\r\n\r\n`,
  ],
  ["empty options", `GET / HTTP/1.1\r\nHost: a\r\nConnection:${",".repeat(8000)}close\r\n\r\n`],
  ["members of Expect", `GET / HTTP/1.1\r\nHost: a\r\nExpect:${" , ".repeat(2600)}\r\n\r\n`],
  [
    "transfer codings",
    `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${"x, ".repeat(2600)}chunked\r\n\r\n`,
  ],
  [
    "parameters of a coding",
    `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x${"; a=b ".repeat(1300)}\r\n\r\n`,
  ],
  [
    "a parameter without an end",
    `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x${';a="b'.repeat(1500)}\r\n\r\n`,
  ],
  ["a Host of percent signs", `GET / HTTP/1.1\r\nHost: ${"%41".repeat(2600)}\r\n\r\n`],
  ["an address without an end", `GET / HTTP/1.1\r\nHost: [${"0:".repeat(4000)}\r\n\r\n`],
  ["a port without an end", `GET / HTTP/1.1\r\nHost: a:${"0".repeat(8000)}\r\n\r\n`],
  [
    "absolute-form",
    `GET http://${"a".repeat(7900)}/ HTTP/1.1\r\nHost: ${"a".repeat(7900)}\r\n\r\n`,
  ],
  ["a target that could be a scheme", `GET ${"a".repeat(8000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
];

const BODIES: readonly (readonly [name: string, wire: string])[] = [
  ["one chunk", `1000\r\n${"a".repeat(4096)}\r\n0\r\n\r\n`],
  ["tiny chunks", `${"1\r\na\r\n".repeat(1000)}0\r\n\r\n`],
  ["a long extension", `1;${"a".repeat(4000)}\r\na\r\n0\r\n\r\n`],
  ["a long quoted string", `1;a="${"\\b".repeat(2000)}"\r\na\r\n0\r\n\r\n`],
  ["many extensions", `1${" ; a = b".repeat(500)}\r\na\r\n0\r\n\r\n`],
  ["whitespace before an extension", `1${" ".repeat(4000)};a\r\na\r\n0\r\n\r\n`],
  ["a long trailer", `0\r\nX: ${"a".repeat(4000)}\r\n\r\n`],
  ["whitespace behind a trailer", `0\r\nX: a${" ".repeat(4000)}\r\n\r\n`],
  ["32 trailers", `0\r\n${"x-forwarded: a\r\n".repeat(32)}\r\n`],
];

/** Sizes of pieces; the whole is one of them. */
const PIECES = [1, 2, 7, 1000, Number.POSITIVE_INFINITY];

describe("HeadParser looks at each octet a bounded number of times (design 3)", () => {
  for (const [name, wire] of HEADS) {
    test(name, () => {
      const octets = octetsOf(wire);
      for (const piece of PIECES) {
        const view = countingView(octets);
        const parser = new HeadParser();
        let status: number = NEED_MORE;
        for (let end = 0; status === NEED_MORE && end < octets.length; ) {
          const from = end;
          end = Math.min(octets.length, end + piece);
          // Stepping back over whitespace stays within a push, so no octet is looked at again by a
          // later one.
          view.allow(from, end);
          status = parser.push(view.bytes, 0, end);
        }
        expect(status).toBe(COMPLETE);
        expect(view.visits).toBeLessThanOrEqual(VISITS_PER_OCTET * octets.length);
      }
    });
  }
});

describe("readRequestHead looks at each octet a bounded number of times (design 3)", () => {
  for (const [name, wire] of HEADS) {
    test(name, () => {
      const octets = octetsOf(wire);
      const parser = new HeadParser();
      parser.push(octets, 0, octets.length);
      const view = countingView(octets);
      const head = readRequestHead(parser, view.bytes, 0, { behindTls: false });
      if (head !== undefined) expect([...head.fields].length).toBe(parser.fieldCount);
      expect(view.visits).toBeLessThanOrEqual(JUDGING_VISITS_PER_OCTET * octets.length + 100);
    });
  }
});

describe("ChunkedDecoder looks at each octet a bounded number of times (design 3)", () => {
  for (const [name, wire] of BODIES) {
    test(name, () => {
      const octets = octetsOf(wire);
      for (const piece of PIECES) {
        const view = countingView(octets);
        const decoder = new ChunkedDecoder();
        let status: number = NEED_MORE;
        for (let end = 0; status === NEED_MORE && end < octets.length; ) {
          let from = end;
          end = Math.min(octets.length, end + piece);
          do {
            view.allow(from, end);
            status = decoder.push(view.bytes, from, end);
            from = decoder.offset;
          } while (status === DATA);
        }
        expect(status).toBe(COMPLETE);
        expect(view.visits).toBeLessThanOrEqual(VISITS_PER_OCTET * octets.length);
      }
    });
  }
});

describe("FieldSection", () => {
  test("looks a name up in time that grows with the section (reliability L13)", () => {
    const wire = `${"X: b\r\n".repeat(500)}`;
    const view = countingView(octetsOf(wire));
    const spans = Array.from({ length: 500 }, (_, line) => [0, 1, 3, 4].map((at) => 6 * line + at));
    const fields = new FieldSection({
      bytes: view.bytes,
      base: 0,
      octets: wire.length,
      spans: spans.flat(),
      count: 500,
      highOctets: false,
    });
    expect(fields.get("x")).toBe(Array(500).fill("b").join(", "));
    expect(fields.getAll("X").length).toBe(500);
    expect(fields.has("y")).toBe(false);
    expect(view.visits).toBeLessThanOrEqual(3 * wire.length);
  });
});

describe("what is kept stays bounded (reliability L14)", () => {
  test("HeadParser keeps four offsets per field line, whatever came before", () => {
    const parser = new HeadParser();
    const most = octetsOf(`GET / HTTP/1.0\r\n${"a:b\r\n".repeat(101)}\r\n`);
    for (let round = 0; round < 50; round++) {
      parser.reset();
      parser.push(most, 0, most.length);
    }
    expect(parser.spans.length).toBeLessThanOrEqual(4 * 101);
  });

  test("a chunked body of any length leaves nothing behind but its trailers", () => {
    const decoder = new ChunkedDecoder();
    const chunks = octetsOf(
      `${'1;a="bcdefghijklmnop"\r\na\r\n'.repeat(40)}400\r\n${"a".repeat(1024)}\r\n`,
    );
    const before = keptOctets();
    for (let round = 0; round < 4000; round++) {
      let status: number = DATA;
      for (let from = 0; status === DATA; from = decoder.offset) {
        status = decoder.push(chunks, from, chunks.length);
      }
      if (status !== NEED_MORE) throw new Error(`status ${status}, fault ${decoder.fault}`);
    }
    expect(decoder.octets).toBe(4000 * chunks.length);
    expect(keptOctets() - before).toBeLessThan(decoder.octets / 2);
  });
});

declare const process: { memoryUsage(): { heapUsed: number; external: number } };

function keptOctets(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
