// The content of a response on the wire: what is sent of it, its length, its coding.

import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Response } from "../src/response.ts";
import { HAS_ZSTD } from "./codings.ts";
import { type MemoryServer, serve } from "./memory-server.ts";
import { contentText, fieldOf, fieldsOf, type ReceivedResponse } from "./read-responses.ts";

/** Runs `build` in a handler and gives the one answer. */
async function answered(
  build: (response: Response) => unknown,
  head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
): Promise<ReceivedResponse & { server: MemoryServer; raw: string }> {
  const server = await serve((app) => app.use((ctx) => void build(ctx.response)));
  const peer = await server.connect().send(head);
  const [response, more] = peer.responses([head.slice(0, head.indexOf(" "))]);
  expect(more).toBe(undefined);
  return { ...response!, server, raw: peer.text };
}

describe("Response content", () => {
  test.each([
    ["a lone high surrogate", "a\ud800b", "a\ufffdb"],
    ["a lone low surrogate", "\udc00", "\ufffd"],
    ["surrogates the wrong way round", "\udc00\ud800", "\ufffd\ufffd"],
    ["a high surrogate at the end", "x\ud83d", "x\ufffd"],
    ["a surrogate pair", "\u{1f600}", "\u{1f600}"],
    [
      "a long text with a lone surrogate",
      `${"a".repeat(20_000)}\ud800`,
      `${"a".repeat(20_000)}\ufffd`,
    ],
  ] as const)(
    "of %s is sent as UTF-8 with U+FFFD, of the right Content-Length",
    async (_, text, expected) => {
      const response = await answered((r) => r.text(text));
      expect(contentText(response)).toBe(expected);
      expect(fieldOf(response, "Content-Length")).toBe(
        String(new TextEncoder().encode(expected).length),
      );
    },
  );

  test("of pieces with lone surrogates is sent with U+FFFD in chunks of the right size", async () => {
    const response = await answered((r) =>
      r.setBody(
        (async function* () {
          yield "a\ud800";
          yield "\u20ac";
        })(),
      ),
    );
    expect(contentText(response)).toBe("a\ufffd\u20ac");
  });

  test("may be a string, octets, a ReadableStream or an AsyncIterable, and nothing else", () => {
    const stream = new ReadableStream<Uint8Array>();
    const iterable = (async function* () {})();
    for (const content of ["", "a", new Uint8Array(1), Buffer.from("a"), stream, iterable]) {
      expect(new Response().setBody(content).content).toBe(content);
    }
    const wrong = [
      null,
      undefined,
      5,
      true,
      {},
      [],
      new ArrayBuffer(1),
      new Uint16Array(1),
      [1][Symbol.iterator](),
    ];
    for (const content of wrong) {
      expect(() => new Response().setBody(content as never)).toThrow(TypeError);
    }
  });

  test("octets are sent unchanged, also when they are a part of a larger buffer", async () => {
    const octets = Uint8Array.from({ length: 256 }, (_, i) => i).subarray(10, 250);
    const response = await answered((r) => r.setBody(octets));
    expect([...response.content]).toEqual([...octets]);
  });

  test("setBody sets no Content-Type, the short forms set theirs", async () => {
    for (const [build, type] of [
      [(r: Response) => r.setBody("a"), undefined],
      [(r: Response) => r.text("a"), "text/plain; charset=utf-8"],
      [(r: Response) => r.html("a"), "text/html; charset=utf-8"],
      [(r: Response) => r.json("a"), "application/json"],
      [(r: Response) => r.json("a").setHeader("content-type", "a/b"), "a/b"],
    ] as const) {
      expect(fieldOf(await answered(build), "Content-Type")).toBe(type);
    }
  });

  test("json sends the JSON text", async () => {
    expect(contentText(await answered((r) => r.json({ a: [1, null, "\u20ac"] })))).toBe(
      '{"a":[1,null,"\u20ac"]}',
    );
  });

  test.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
  ] as const)("json of %s is a TypeError and leaves the response as it was", (_, value) => {
    const response = new Response();
    expect(() => response.json(value)).toThrow(TypeError);
    expect([response.content, response.isSet]).toEqual([undefined, false]);
  });

  test("json of what JSON refuses throws", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => new Response().json(circle)).toThrow(TypeError);
    expect(() => new Response().json(5n)).toThrow(TypeError);
  });
});

describe("Response content coding", () => {
  test("gzip of hello is 25 octets that decode to hello (RFC 9110 §8.4.1.3)", async () => {
    const response = await answered((r) =>
      r.setHeader("Content-Encoding", "gzip").setBody("hello"),
    );
    expect(fieldOf(response, "Content-Length")).toBe("25");
    expect(gunzipSync(response.content).toString()).toBe("hello");
  });

  test("is applied whichever was set first, and in any case", async () => {
    for (const coding of ["gzip", "GZIP", "GZip"]) {
      const response = await answered((r) =>
        r.setBody("hello").setHeader("content-encoding", coding),
      );
      expect(response.content.length).toBe(25);
    }
  });

  test.each(["zip", "x-gzip2", "", "gzip, gzip", "chunked", "constructor"])(
    "refuses the unknown coding %s at once",
    (coding) => {
      expect(() => new Response().setHeader("Content-Encoding", coding)).toThrow(RangeError);
      expect(() => new Response().addHeader("content-encoding", coding)).toThrow(RangeError);
    },
  );

  test("setEncodedBody sends the octets as they are, under any coding", async () => {
    const response = await answered((r) => r.setEncodedBody(new Uint8Array([1, 2, 3]), "br"));
    expect([...response.content]).toEqual([1, 2, 3]);
    expect(fieldOf(response, "Content-Encoding")).toBe("br");
  });

  test("setBody after setEncodedBody never sends plain content under a coding it does not have", async () => {
    const response = await answered((r) =>
      r.setEncodedBody(new Uint8Array([1, 2, 3]), "made-up").setBody("plain"),
    );
    const coding = fieldOf(response, "Content-Encoding");
    expect([response.status, coding, contentText(response)]).not.toEqual([200, "made-up", "plain"]);
  });

  test("is applied to content that replaces what was coded already", async () => {
    const response = await answered((r) =>
      r.setEncodedBody("coded", "br").setBody("hello").setHeader("Content-Encoding", "gzip"),
    );
    expect(gunzipSync(response.content).toString()).toBe("hello");
  });

  test("addHeader of a second coding never claims more codings than were applied", async () => {
    const response = await answered((r) =>
      r
        .setHeader("Content-Encoding", "gzip")
        .setBody("hello")
        .addHeader("Content-Encoding", "gzip"),
    );
    // Refused (500), the same as setHeader, or applied twice: all right. Claimed twice and applied once is not.
    let content: Uint8Array = response.content;
    for (const _ of fieldsOf(response, "Content-Encoding")) content = gunzipSync(content);
    expect(["hello", "Internal Server Error"]).toContain(new TextDecoder().decode(content));
  });

  test("removed again codes nothing", async () => {
    const response = await answered((r) =>
      r.setHeader("Content-Encoding", "gzip").setBody("hello").removeHeader("content-encoding"),
    );
    expect(contentText(response)).toBe("hello");
  });

  test("takes zstd only where there is one", () => {
    const set = () => new Response().setHeader("Content-Encoding", "zstd");
    if (HAS_ZSTD) expect(set).not.toThrow();
    else expect(set).toThrow(RangeError);
  });
});

describe("Response Content-Length", () => {
  test.each(["", "+5", "-0", "5 ", "0x5", "5.0", "5e1", "1".repeat(16), "٥"])(
    "refuses %s (RFC 9110 §8.6)",
    (value) => {
      expect(() => new Response().setHeader("Content-Length", value)).toThrow(TypeError);
    },
  );

  test("refuses numbers that are not whole, or below 0", () => {
    for (const value of [1.5, -1, Number.NaN, 1e21]) {
      expect(() => new Response().addHeader("content-length", value)).toThrow(TypeError);
    }
  });

  test("equal to the content is sent once (RFC 9112 §6.3)", async () => {
    for (const value of ["5", 5, "005"]) {
      const response = await answered((r) => r.setHeader("Content-Length", value).setBody("hello"));
      expect([response.status, fieldOf(response, "Content-Length")]).toEqual([200, "5"]);
    }
  });

  test("added twice is one line, the later value", async () => {
    const response = await answered((r) =>
      r.addHeader("Content-Length", 4).addHeader("content-length", 5).setBody("hello"),
    );
    expect(fieldOf(response, "Content-Length")).toBe("5");
  });

  test.each([0, 4, 6])(
    "%d against content of 5 octets is answered 500, and nothing of the response goes out",
    async (length) => {
      const response = await answered((r) =>
        r.setHeader("Content-Length", length).setHeader("X-A", "1").setBody("hello"),
      );
      expect(response.status).toBe(500);
      expect(fieldsOf(response, "X-A")).toEqual([]);
      expect(contentText(response)).toBe("Internal Server Error");
      expect(response.server.log.some((record) => record.level === "error")).toBe(true);
    },
  );

  test("counts octets, not characters", async () => {
    const response = await answered((r) => r.setHeader("Content-Length", 3).setBody("\u20ac"));
    expect([response.status, contentText(response)]).toEqual([200, "\u20ac"]);
  });

  test("without content is refused for GET, and is GET's length for HEAD (RFC 9110 §9.3.2)", async () => {
    const build = (r: Response) => r.setStatusCode(200).setHeader("Content-Length", 7);
    expect((await answered(build)).status).toBe(500);
    const response = await answered(build, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([response.status, fieldOf(response, "Content-Length")]).toEqual([200, "7"]);
  });
});
