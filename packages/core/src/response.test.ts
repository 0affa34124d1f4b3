import { describe, expect, test } from "vitest";
import { type MemoryServer, serve, settled } from "../test/memory-server.ts";
import { contentText, fieldOf, fieldsOf, type ReceivedResponse } from "../test/read-responses.ts";
import { Response } from "./response.ts";

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

describe("Response.setStatusCode", () => {
  test.each([200, 204, 299, 418, 500, 599])("accepts %d (RFC 9110 §15)", (code) => {
    expect(new Response().setStatusCode(code).statusCode).toBe(code);
  });

  test.each([0, 99, 100, 101, 199, 600, 999, 200.5, -200, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses %d with a RangeError that names it and 200 to 599",
    (code) => {
      expect(() => new Response().setStatusCode(code)).toThrow(
        new RangeError(`Cannot set the status code: it is ${code}, allowed are 200 to 599`),
      );
    },
  );

  test("refuses a status code that is no number", () => {
    expect(() => new Response().setStatusCode("200" as never)).toThrow(RangeError);
  });

  test("sends the registered reason phrase, the one given, or an empty one (RFC 9112 §4)", async () => {
    for (const [code, reason, line] of [
      [404, undefined, "HTTP/1.1 404 Not Found\r\n"],
      [404, "Gone Fishing", "HTTP/1.1 404 Gone Fishing\r\n"],
      [404, "", "HTTP/1.1 404 \r\n"],
      [299, undefined, "HTTP/1.1 299 \r\n"],
      [200, "\xe9t\xe9", "HTTP/1.1 200 \xe9t\xe9\r\n"],
    ] as const) {
      const { raw } = await answered((response) => response.setStatusCode(code, reason));
      expect(raw.slice(0, line.length)).toBe(line);
    }
  });

  test("leaves status and reason as they were when the reason is refused", () => {
    const response = new Response().setStatusCode(201, "Made");
    for (const reason of ["a\r\nb", "\0", "\u0100", 5 as never, null as never]) {
      expect(() => response.setStatusCode(500, reason)).toThrow(TypeError);
    }
    expect([response.statusCode, response.reasonPhrase]).toEqual([201, "Made"]);
  });
});

describe("Response fields", () => {
  test("setHeader replaces all lines of a field, without case, at the first one's place", () => {
    const response = new Response()
      .addHeader("X-A", "1")
      .addHeader("X-B", "2")
      .addHeader("x-a", "3")
      .setHeader("X-a", "4");
    expect(response.getHeader("x-A")).toBe("4");
    expect(response.hasHeader("X-A")).toBe(true);
    expect(response.getHeader("x-b")).toBe("2");
  });

  test("setHeader sends names as they were written last (RFC 9110 §5.1)", async () => {
    const { fields } = await answered((response) =>
      response.addHeader("X-A", "1").addHeader("x-a", "2").setHeader("x-A", "3"),
    );
    expect(fields.filter(([name]) => name.toLowerCase() === "x-a")).toEqual([["x-A", "3"]]);
  });

  test("addHeader sends Set-Cookie twice as two lines, in order (RFC 9110 §5.3)", async () => {
    const response = await answered((r) =>
      r.addHeader("Set-Cookie", "a=1; Path=/").addHeader("set-cookie", "b=2").setBody("x"),
    );
    expect(fieldsOf(response, "Set-Cookie")).toEqual(["a=1; Path=/", "b=2"]);
  });

  test("getHeader joins lines with a comma, removeHeader removes all of them", () => {
    const response = new Response().addHeader("Vary", "a").addHeader("vary", "b");
    expect(response.getHeader("VARY")).toBe("a, b");
    expect(response.removeHeader("vArY").getHeader("Vary")).toBe(undefined);
    expect(response.hasHeader("Vary")).toBe(false);
    expect(response.removeHeader("Vary")).toBe(response);
  });

  test("accept numbers, and nothing else that is no string", () => {
    expect(new Response().setHeader("X-A", 5).getHeader("x-a")).toBe("5");
    for (const value of [null, undefined, true, {}, ["a"], Symbol("a"), () => "a", 5n]) {
      expect(() => new Response().setHeader("X-A", value as never)).toThrow(TypeError);
      expect(() => new Response().addHeader("X-A", value as never)).toThrow(TypeError);
    }
  });

  test("refuse names that are no tokens (RFC 9110 §5.1)", () => {
    for (const name of ["", "a b", "a:", "a\r\nb", "\xe9", "\u212aeep"]) {
      for (const call of ["setHeader", "addHeader", "addTrailer"] as const) {
        expect(() => new Response()[call](name, "1")).toThrow(TypeError);
      }
    }
  });

  test.each([
    ["CR LF", "a\r\nX-B: 1"],
    ["CR", "a\rb"],
    ["LF", "a\nb"],
    ["NUL", "a\0b"],
    ["VT", "a\vb"],
    ["DEL", "a\x7fb"],
    ["U+0100", "a\u0100"],
    ["a lone surrogate", "\ud83d"],
    ["an emoji", "\u{1f600}"],
    ["U+2028", "\u2028"],
    ["U+010A, which cut to an octet is LF", "a\u010ab"],
    ["U+FF0A", "\uff0a"],
  ] as const)(
    "refuse a value that holds %s, before an octet is written (RFC 9110 §5.5)",
    async (_, value) => {
      for (const call of ["setHeader", "addHeader", "addTrailer"] as const) {
        expect(() => new Response()[call]("X-A", value)).toThrow(TypeError);
      }
      const response = await answered((r) => r.setBody("x").setHeader("X-A", value));
      expect(response.status).toBe(500);
      expect(fieldsOf(response, "X-A")).toEqual([]);
      expect(fieldsOf(response, "X-B")).toEqual([]);
    },
  );

  test("refuse in a trailer what coercion brings to light (RFC 9110 §5.5)", () => {
    const sly = { toString: () => "a\r\nX-B: 1" };
    expect(() => new Response().addTrailer("X-A", sly as never)).toThrow(TypeError);
    expect(() => new Response().addTrailer("X-A", ["a\nb"] as never)).toThrow(TypeError);
  });

  test("send obs-text as one octet each, in values, reason and beside any content (RFC 9110 §5.5)", async () => {
    const all = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join("");
    for (const content of ["plain", "\xe9", "", new Uint8Array([0, 255]), "a".repeat(20_000)]) {
      const response = await answered((r) =>
        r.setStatusCode(200, "\xfcber").setHeader("X-A", all).setBody(content),
      );
      expect(fieldOf(response, "X-A")).toBe(all);
      expect(response.reason).toBe("\xfcber");
      const expected = typeof content === "string" ? new TextEncoder().encode(content) : content;
      expect([...response.content]).toEqual([...expected]);
      expect(fieldOf(response, "Content-Length")).toBe(String(expected.length));
    }
  });

  test("left as they were by a refused call", () => {
    const response = new Response().setHeader("X-A", "1");
    expect(() => response.setHeader("X-A", "\n")).toThrow(TypeError);
    expect(() => response.addHeader("X-A", "\n")).toThrow(TypeError);
    expect(response.getHeader("X-A")).toBe("1");
  });

  test("named like members of Object are plain data", async () => {
    const names = ["__proto__", "constructor", "hasOwnProperty", "1", "toString"];
    const response = await answered((r) => {
      for (const name of names) r.setHeader(name, `v-${name}`);
    });
    for (const name of names) expect(fieldOf(response, name)).toBe(`v-${name}`);
  });

  test("refuse Transfer-Encoding in any case (RFC 9112 §6.1)", () => {
    for (const name of ["Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING"]) {
      for (const call of ["setHeader", "addHeader", "addTrailer"] as const) {
        expect(() => new Response()[call](name, "chunked")).toThrow(TypeError);
      }
    }
  });

  test("refuse to ask for an upgrade", () => {
    expect(() => new Response().setHeader("Connection", "Upgrade")).toThrow(TypeError);
    expect(() => new Response().addHeader("connection", "close, upgrade")).toThrow(TypeError);
  });
});

describe("Response.redirect", () => {
  test.each([301, 302, 303, 307, 308] as const)(
    "sends %d with Location (RFC 9110 §15.4)",
    async (code) => {
      const response = await answered((r) => r.redirect("/elsewhere?a=1", code));
      expect([response.status, fieldOf(response, "Location")]).toEqual([code, "/elsewhere?a=1"]);
      expect(fieldOf(response, "Content-Length")).toBe("0");
    },
  );

  test("is 302 by default", () => {
    expect(new Response().redirect("/a").statusCode).toBe(302);
  });

  test.each([200, 300, 304, 305, 306, 400])("refuses %d", (code) => {
    expect(() => new Response().redirect("/a", code as never)).toThrow(RangeError);
  });

  test("refuses a location that would split the head, and changes nothing", () => {
    const response = new Response();
    expect(() => response.redirect("/a\r\nX-B: 1")).toThrow(TypeError);
    expect([response.hasHeader("Location"), response.isSet]).toEqual([false, false]);
  });
});

describe("Response trailers", () => {
  const chunks = async function* () {
    yield "abc";
  } as () => AsyncGenerator<string>;
  const WITH_TE = "GET / HTTP/1.1\r\nHost: a\r\nTE: deflate;q=0.5, Trailers\r\n\r\n";

  test("are sent behind chunks to a client that said TE: trailers (RFC 9110 §6.5.1)", async () => {
    const build = (r: Response) =>
      r.setBody(chunks()).addTrailer("X-Sum", "\xe9 1").addTrailer("X-N", 2);
    expect((await answered(build, WITH_TE)).trailers).toEqual([
      ["X-Sum", "\xe9 1"],
      ["X-N", "2"],
    ]);
    expect((await answered(build)).trailers).toEqual([]);
  });

  test.each(["Content-Length", "host", "Trailer", "Set-Cookie", "Authorization"])(
    "refuse %s (RFC 9110 §6.5.1)",
    (name) => {
      expect(() => new Response().addTrailer(name, "1")).toThrow(TypeError);
    },
  );
});

describe("Response after it was sent", () => {
  test("throws on every change, and the answer stays", async () => {
    const thrown: unknown[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        const { response } = ctx;
        ctx.response.text("first");
        await ctx.send();
        expect(response.isCommitted).toBe(true);
        const changes: ((r: Response) => unknown)[] = [
          (r) => r.setStatusCode(500),
          (r) => r.setHeader("X-A", "1"),
          (r) => r.addHeader("X-A", "1"),
          (r) => r.removeHeader("Content-Type"),
          (r) => r.setBody("second"),
          (r) => r.setEncodedBody("second", "br"),
          (r) => r.text("second"),
          (r) => r.html("second"),
          (r) => r.json("second"),
          (r) => r.redirect("/b"),
        ];
        for (const change of changes) {
          try {
            change(response);
            thrown.push("nothing");
          } catch (error) {
            thrown.push((error as Error).message);
          }
        }
      }),
    );
    const peer = await server.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await settled();
    expect(thrown).toEqual(Array(10).fill("Cannot change the response: it has been sent"));
    expect(peer.responses().map(contentText)).toEqual(["first"]);
  });
});
