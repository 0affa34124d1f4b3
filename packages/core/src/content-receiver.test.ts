import { HeadParser, type RequestHead, readRequestHead } from "@hyperlane-ts/parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { octetsOf, textOf } from "../test/memory-server.ts";
import { ContentReceiver } from "./content-receiver.ts";
import { DEFAULT_DEADLINES, type Deadlines } from "./deadlines.ts";
import { InputBuffer } from "./input-buffer.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

function headOf(...fields: string[]): RequestHead {
  const octets = octetsOf(`${["POST / HTTP/1.1", "Host: a", ...fields].join("\r\n")}\r\n\r\n`);
  const parser = new HeadParser();
  parser.push(octets, 0, octets.length);
  return readRequestHead(parser, octets, 0, { behindTls: false })!;
}

const ofLength = (length: number) =>
  new ContentReceiver(headOf(`Content-Length: ${length}`), DEFAULT_LIMITS);
const ofChunks = () => new ContentReceiver(headOf("Transfer-Encoding: chunked"), DEFAULT_LIMITS);

function inputOf(...chunks: string[]): InputBuffer {
  const input = new InputBuffer();
  for (const chunk of chunks) input.append(octetsOf(chunk));
  return input;
}

/** Everything that can be taken now. */
function takeAll(receiver: ContentReceiver, input: InputBuffer): string {
  let text = "";
  for (let piece = receiver.take(input); piece !== undefined; piece = receiver.take(input)) {
    text += textOf(piece);
  }
  return text;
}

describe("ContentReceiver", () => {
  test("takes just the octets of Content-Length (RFC 9112 §6.2)", () => {
    const receiver = ofLength(5);
    const input = inputOf("helloGET");
    expect([receiver.declared, receiver.outstanding(input)]).toEqual([5, 0]);
    expect(takeAll(receiver, input)).toBe("hello");
    expect([receiver.complete, receiver.taken, input.octets]).toEqual([true, 5, 3]);
  });

  test("knows what is still to come behind what has arrived", () => {
    const receiver = ofLength(10);
    expect(receiver.outstanding(inputOf("abc"))).toBe(7);
    takeAll(receiver, inputOf("abcd"));
    expect(receiver.outstanding(inputOf("abc"))).toBe(3);
    expect(ofChunks().outstanding(inputOf("0\r\n"))).toBe(Number.POSITIVE_INFINITY);
  });

  test("of length 0 is complete at once", () => {
    const receiver = ofLength(0);
    expect([receiver.complete, receiver.take(inputOf("x"))]).toEqual([true, undefined]);
  });

  test("is complete only behind the final CRLF of chunks (RFC 9112 §7.1)", () => {
    const message = "3\r\nabc\r\n0\r\nX-A: 1\r\n\r\n";
    const receiver = ofChunks();
    for (const [i, octet] of [...message].entries()) {
      expect(receiver.complete).toBe(false);
      expect(receiver.trailers.size).toBe(0);
      expect(takeAll(receiver, inputOf(octet))).toBe("abc"[i - 3] ?? "");
    }
    expect([receiver.complete, receiver.taken]).toEqual([true, 3]);
    expect([...receiver.trailers]).toEqual([["X-A", "1"]]);
  });

  test("joins runs of small chunks, and does not join without end", () => {
    const receiver = ofChunks();
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    const input = inputOf(...Array.from({ length: 200 }, () => chunk));
    const first = receiver.take(input)!;
    expect(first.length).toBeGreaterThan(10_000);
    expect(first.length).toBeLessThanOrEqual(65_536 + 1024);
    expect(first.length + takeAll(receiver, input).length).toBe(200 * 1024);
  });

  test("moves runs together where they arrived, and changes nothing before or behind them", () => {
    const before = "head of the request\r\n";
    const behind = "\r\n0\r\nX-A: 1\r\n\r\nGET / HTTP/1.1";
    const octets = octetsOf(`${before}3\r\nabc\r\n2;a=b\r\nde\r\n1\r\nf${behind}`);
    const input = new InputBuffer();
    input.append(octets);
    input.consume(before.length);
    const receiver = ofChunks();
    const piece = receiver.take(input)!;
    expect([textOf(piece), receiver.complete, receiver.taken]).toEqual(["abcdef", true, 6]);
    expect(piece.buffer).toBe(octets.buffer);
    expect(textOf(octets).startsWith(before)).toBe(true);
    expect(textOf(octets).endsWith(behind)).toBe(true);
    expect([...receiver.trailers]).toEqual([["X-A", "1"]]);
    expect(input.octets).toBe("GET / HTTP/1.1".length);
  });

  test("leaves what was taken before as it was", () => {
    const large = "a".repeat(65_536);
    const receiver = ofChunks();
    const input = inputOf(`10000\r\n${large}\r\n2\r\nbc\r\n1\r\nd\r\n0\r\n\r\n`);
    const first = receiver.take(input)!;
    expect(textOf(receiver.take(input)!)).toBe("bcd");
    expect(textOf(first)).toBe(large);
  });

  test("joins runs of several pieces of memory by a copy", () => {
    const large = "b".repeat(3000);
    const octets = [`1\r\na\r\n1\r\nc\r\nbb8\r\n`, large, "\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"];
    const receiver = ofChunks();
    expect(textOf(receiver.take(inputOf(...octets))!)).toBe(`ac${large}def`);
    expect([receiver.complete, receiver.taken]).toEqual([true, 3005]);
  });

  test("stops at a fault for good", () => {
    const receiver = ofChunks();
    const input = inputOf("1\r\naX\r\n1\r\nb\r\n");
    expect(takeAll(receiver, input)).toBe("a");
    expect(receiver.fault).toBeGreaterThan(0);
    expect(receiver.faultOffset).toBe(4);
    expect(receiver.take(input)).toBe(undefined);
    expect(receiver.complete).toBe(false);
  });

  test("holds chunks to a limit at the digit that passes it", () => {
    const receiver = ofChunks();
    receiver.limit = 5;
    const input = inputOf("5\r\nhello\r\n1");
    expect(takeAll(receiver, input)).toBe("hello");
    expect(receiver.fault).toBeGreaterThan(0);
  });

  test("gives the same content and end however the octets are cut", () => {
    const chunk = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 });
    const property = fc.property(
      fc.array(chunk, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
      fc.boolean(),
      (contents, cuts, isChunked) => {
        const content = contents.join("");
        const encoded = contents.map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join("");
        const message = isChunked ? `${encoded}0\r\n\r\n` : content;
        const receiver = isChunked ? ofChunks() : ofLength(content.length);
        const input = new InputBuffer();
        let got = "";
        let at = 0;
        for (const size of [...cuts, message.length + 10]) {
          const part = `${message}NEXT`.slice(at, at + size);
          at += part.length;
          if (part !== "") input.append(octetsOf(part));
          got += takeAll(receiver, input);
        }
        expect([got, receiver.complete, receiver.taken]).toEqual([content, true, content.length]);
        expect(textOf(input.bytes.subarray(input.start, input.end))[0]).toBe("N");
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});

describe("pace of a ContentReceiver", () => {
  const deadlines: Deadlines = {
    ...DEFAULT_DEADLINES,
    contentGraceMs: 1000,
    contentMinRate: 100,
    contentIdleMs: 5000,
    contentMs: 60_000,
  };
  const NO_RATE: Deadlines = { ...deadlines, contentMinRate: 0 };
  const NEVER = Number.POSITIVE_INFINITY;

  /** Takes `octets` of content at `nowMs`. */
  function take(receiver: ContentReceiver, octets: number, nowMs: number): void {
    takeAll(receiver, inputOf("x".repeat(octets)));
    receiver.progress(nowMs);
  }

  test("has no deadline while nobody wants content", () => {
    const receiver = ofLength(1000);
    expect(receiver.deadlineMs(deadlines)).toBe(NEVER);
    receiver.willing(100);
    receiver.unwilling(200);
    expect(receiver.deadlineMs(deadlines)).toBe(NEVER);
  });

  test("is the grace at first, then a second for each contentMinRate octets", () => {
    const receiver = ofLength(1_000_000);
    receiver.willing(500);
    expect(receiver.deadlineMs(deadlines)).toBe(1500);
    take(receiver, 100, 600);
    expect(receiver.deadlineMs(deadlines)).toBe(2500);
    take(receiver, 250, 700);
    expect(receiver.deadlineMs(deadlines)).toBe(5000);
  });

  test("is contentIdleMs behind the last content when that comes earlier", () => {
    const receiver = ofLength(1_000_000);
    receiver.willing(0);
    take(receiver, 10_000, 2000);
    expect(receiver.deadlineMs(deadlines)).toBe(7000);
    expect(receiver.deadlineMs(NO_RATE)).toBe(7000);
  });

  test("is contentMs behind the beginning at the latest, for a bounded content only", () => {
    const receiver = ofLength(1_000_000_000);
    receiver.willing(1000);
    take(receiver, 900_000, 59_000);
    expect(receiver.deadlineMs(deadlines)).toBe(61_000);
    receiver.bounded = false;
    expect(receiver.deadlineMs(deadlines)).toBe(64_000);
  });

  test("does not count time in which nobody wanted content", () => {
    const receiver = ofLength(1_000_000);
    receiver.willing(0);
    receiver.unwilling(400);
    receiver.willing(50_400);
    // 400 ms of the grace are used up, 600 are left; the idle time begins anew.
    expect(receiver.deadlineMs(deadlines)).toBe(51_000);
    receiver.unwilling(50_500);
    receiver.willing(59_999);
    receiver.bounded = false;
    expect(receiver.deadlineMs(deadlines)).toBe(60_499);
  });

  test("is not moved by saying willing or unwilling twice", () => {
    const receiver = ofLength(1_000_000);
    receiver.willing(0);
    receiver.willing(300);
    expect(receiver.deadlineMs(deadlines)).toBe(1000);
    receiver.unwilling(300);
    receiver.unwilling(900);
    receiver.willing(1000);
    expect(receiver.deadlineMs(deadlines)).toBe(1700);
  });

  test("takes chunk overhead and trailers for no progress", () => {
    const receiver = ofChunks();
    receiver.willing(0);
    const before = receiver.deadlineMs(deadlines);
    for (const overhead of ["1;", "a=b;c=d", "\r\n"]) {
      expect(receiver.take(inputOf(overhead))).toBe(undefined);
    }
    expect([receiver.taken, receiver.deadlineMs(deadlines)]).toEqual([0, before]);
  });
});
