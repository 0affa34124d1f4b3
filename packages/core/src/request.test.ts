import { describe, expect, test } from "vitest";
import { head, serve } from "../test/memory-server.ts";
import type { Request } from "./request.ts";

/** The request a handler got. */
async function received(octets: string, remoteAddress?: string): Promise<Request> {
  let request: Request | undefined;
  const server = await serve((app) =>
    app.use((ctx) => {
      request = ctx.request;
      ctx.response.text("a");
    }),
  );
  await server.connect(remoteAddress === undefined ? {} : { remoteAddress }).send(octets);
  return request!;
}

describe("Request", () => {
  test("gives method, target, path and query raw (RFC 9112 §3)", async () => {
    const request = await received(head("PURGE /a%20b/../c?x=%41&y=/?z"));
    expect(request.method).toBe("PURGE");
    expect(request.target).toBe("/a%20b/../c?x=%41&y=/?z");
    expect(request.path).toBe("/a%20b/../c");
    expect(request.query).toBe("x=%41&y=/?z");
  });

  test.each([
    ["/a", "/a", "", "a"],
    ["/a?", "/a", "", "a"],
    ["//a/b", "//a/b", "", "a"],
    ["http://a:80/b?c", "/b", "c", "a:80"],
    ["http://a", "/", "", "a"],
    ["http://A?q", "/", "q", "A"],
  ] as const)(
    "of target %s has path %s, query %s, authority %s (RFC 9112 §3.2)",
    async (target, path, query, authority) => {
      const request = await received(
        `GET ${target} HTTP/1.1\r\nHost: ${authority.toLowerCase()}\r\n\r\n`,
      );
      expect([request.path, request.query, request.authority]).toEqual([path, query, authority]);
    },
  );

  test("of asterisk-form has path * (RFC 9112 §3.2.4)", async () => {
    expect((await received(head("OPTIONS *"))).path).toBe("*");
    expect((await received("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")).path).toBe("*");
  });

  test("parses the query once, as form fields", async () => {
    const request = await received(head("GET /?a=1&a=2&b=x+y%26&__proto__=c"));
    expect(request.searchParams.getAll("a")).toEqual(["1", "2"]);
    expect(request.searchParams.get("b")).toBe("x y&");
    expect(request.searchParams.get("__proto__")).toBe("c");
    expect(request.searchParams).toBe(request.searchParams);
  });

  test("gives field lines as received, in wire order, and finds them without case (RFC 9110 §5)", async () => {
    const request = await received(
      head("GET /", "X-a: 1", "COOKIE: a=1", "x-A:  2 ", "cookie: b=2", "__proto__: p", "Empty:"),
    );
    expect([...request.headers]).toEqual([
      ["Host", "a"],
      ["X-a", "1"],
      ["COOKIE", "a=1"],
      ["x-A", "2"],
      ["cookie", "b=2"],
      ["__proto__", "p"],
      ["Empty", ""],
    ]);
    expect(request.headers.get("x-a")).toBe("1, 2");
    expect(request.headers.get("Cookie")).toBe("a=1; b=2");
    expect(request.headers.getAll("X-A")).toEqual(["1", "2"]);
    expect(request.headers.get("__proto__")).toBe("p");
    expect(request.headers.get("empty")).toBe("");
    expect(request.headers.get("nothing")).toBe(undefined);
    expect([request.headers.has("EMPTY"), request.headers.has("constructor")]).toEqual([
      true,
      false,
    ]);
  });

  test("keeps obs-text as Latin-1 (RFC 9110 §5.5)", async () => {
    const all = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join("");
    expect((await received(head("GET /", `X-A: ${all}`))).headers.get("x-a")).toBe(all);
  });

  test.each([
    ["1.0", "1.0"],
    ["1.1", "1.1"],
    ["1.9", "1.9"],
  ] as const)("of HTTP/%s has version %s (RFC 9112 §2.3)", async (version, expected) => {
    const request = await received(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`);
    expect(request.httpVersion).toBe(expected);
  });

  test("of 1.0 without Host has no authority", async () => {
    expect((await received("GET / HTTP/1.0\r\n\r\n")).authority).toBe(undefined);
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::1", "::1"],
    ["::ffff:1:2", "::ffff:1:2"],
    [undefined, undefined],
  ] as const)("from %s has remoteAddress %s", async (address, expected) => {
    expect((await received(head("GET /"), address)).remoteAddress).toBe(expected);
  });

  test("stays readable after its exchange, whatever came behind it on the connection", async () => {
    const kept: Request[] = [];
    const server = await serve((app) =>
      app.use((ctx) => {
        kept.push(ctx.request);
        ctx.response.text("a");
      }),
    );
    const peer = server.connect();
    // Octet by octet, so that heads share the memory the server gathers them in.
    for (let i = 0; i < 20; i++) {
      for (const octet of head(`GET /${i}`, `X-N: ${i}-${"x".repeat(i)}`)) {
        peer.transport.receive(Uint8Array.of(octet.charCodeAt(0)));
      }
    }
    await peer.send("");
    expect(kept.length).toBe(20);
    for (const [i, request] of kept.entries()) {
      expect([request.method, request.path]).toEqual(["GET", `/${i}`]);
      expect(request.headers.get("x-n")).toBe(`${i}-${"x".repeat(i)}`);
    }
  });
});
