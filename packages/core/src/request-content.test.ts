import { describe, expect, test } from "vitest";
import { CHUNKED, collect, HELLOS, LENGTH_5, type Run, reading } from "../test/content-reading.ts";
import { head, serve, settled } from "../test/memory-server.ts";
import type { Context } from "./context.ts";
import { HttpError, TransportError } from "./errors.ts";

describe("request.bytes", () => {
  for (const [framing, octets] of HELLOS) {
    test(`gives content framed by ${framing}, at every two-way split, and leaves the next request alone`, async () => {
      const all = octets + head("GET /next");
      const server = await reading(async (ctx) =>
        new TextDecoder().decode(await ctx.request.bytes()),
      );
      for (let cut = 0; cut <= octets.length; cut++) {
        const peer = await server.connect().send(all.slice(0, cut));
        await peer.send(all.slice(cut));
        expect(peer.statuses).toEqual([200, 200]);
        expect(server.ends.splice(0)).toEqual(["hello", ""]);
      }
    });

    test(`gives content framed by ${framing}, octet by octet`, async () => {
      const server = await reading(async (ctx) =>
        new TextDecoder().decode(await ctx.request.bytes()),
      );
      const peer = server.connect();
      for (const octet of octets) peer.transport.receive(Uint8Array.of(octet.charCodeAt(0)));
      await settled();
      expect(server.ends).toEqual(["hello"]);
    });
  }

  test.each([
    ["GET without content", head("GET /")],
    ["Content-Length: 0", head("POST /", "Content-Length: 0")],
    ["an empty chunked content", `${CHUNKED}0\r\n\r\n`],
  ] as const)("of %s gives nothing, for each form of reading", async (_, octets) => {
    const forms: Run[] = [
      async (ctx) => [...(await ctx.request.bytes())],
      async (ctx) => [...(await ctx.request.text())],
      async (ctx) => collect(ctx.request.stream()),
      async (ctx) => collect(ctx.request.stream({ maxOctets: 0 })),
    ];
    for (const form of forms) {
      const server = await reading(form);
      const peer = await server.connect().send(octets + head("GET /next"));
      expect(server.ends).toEqual([[], []]);
      expect(peer.isClosed).toBe(false);
    }
  });

  test("gives octets that later content does not overwrite", async () => {
    const kept: Uint8Array[] = [];
    const server = await reading(async (ctx) => void kept.push(await ctx.request.bytes()));
    const peer = server.connect();
    for (const fill of ["a", "b", "c"]) {
      for (const octet of head("POST /", "Content-Length: 100") + fill.repeat(100)) {
        peer.transport.receive(Uint8Array.of(octet.charCodeAt(0)));
      }
      await settled();
    }
    expect(kept.map((octets) => new TextDecoder().decode(octets))).toEqual([
      "a".repeat(100),
      "b".repeat(100),
      "c".repeat(100),
    ]);
  });
});

describe("request.text", () => {
  test("decodes UTF-8, malformed octets become U+FFFD", async () => {
    const server = await reading((ctx) => ctx.request.text());
    await server.connect().send(`${head("POST /", "Content-Length: 5")}\xe2\x82\xac\xff\xc3`);
    expect(server.ends).toEqual(["\u20ac\ufffd\ufffd"]);
  });
});

describe("request.json", () => {
  test("gives the value", async () => {
    const server = await reading((ctx) => ctx.request.json());
    await server.connect().send(`${head("POST /", "Content-Length: 13")}{"a":[1,"x"]}`);
    expect(server.ends).toEqual([{ a: [1, "x"] }]);
  });

  test.each(["", "{", "hello", "NaN", "'a'"])(
    "of %j rejects with HttpError 400 and the cause",
    async (content) => {
      const server = await reading((ctx) => ctx.request.json());
      await server.connect().send(head("POST /", `Content-Length: ${content.length}`) + content);
      const [error] = server.ends as HttpError[];
      expect(error).toBeInstanceOf(HttpError);
      expect(error!.status).toBe(400);
      expect(error!.cause).toBeInstanceOf(SyntaxError);
    },
  );

  test("of a key __proto__ makes no prototype", async () => {
    const content = '{"__proto__":{"admin":true}}';
    const server = await reading((ctx) => ctx.request.json());
    await server.connect().send(head("POST /", `Content-Length: ${content.length}`) + content);
    expect((server.ends[0] as Record<string, unknown>)["admin"]).toBe(undefined);
  });
});

describe("content is read once", () => {
  const forms: Record<string, Run> = {
    bytes: (ctx) => ctx.request.bytes(),
    text: (ctx) => ctx.request.text(),
    json: (ctx) => ctx.request.json(),
    stream: async (ctx) => ctx.request.stream(),
  };
  for (const [first, readFirst] of Object.entries(forms)) {
    for (const [second, readSecond] of Object.entries(forms)) {
      test(`${second} after ${first} is a TypeError, also without content`, async () => {
        for (const octets of [`${LENGTH_5}12345`, head("GET /")]) {
          const server = await reading(async (ctx) => {
            await Promise.resolve(readFirst(ctx)).catch(() => {});
            return readSecond(ctx);
          });
          await server.connect().send(octets);
          expect(server.ends[0]).toBeInstanceOf(TypeError);
        }
      });
    }
  }

  test("a refused maxOctets does not count as reading", async () => {
    const server = await reading((ctx) => {
      for (const maxOctets of [-1, 1.5, Number.NaN, "5" as never]) {
        expect(() => ctx.request.stream({ maxOctets })).toThrow(RangeError);
      }
      return ctx.request.text();
    });
    await server.connect().send(`${LENGTH_5}hello`);
    expect(server.ends).toEqual(["hello"]);
  });
});

describe("limits.contentOctets", () => {
  const options = { limits: { contentOctets: 5 } };

  test("lets through content of just that many octets", async () => {
    const server = await reading((ctx) => ctx.request.text(), options);
    for (const [, octets] of HELLOS) await server.connect().send(octets);
    expect(server.ends).toEqual(["hello", "hello"]);
  });

  for (const form of ["bytes", "text", "json"] as const) {
    test(`${form} of a longer Content-Length rejects with HttpError 413 before content has come`, async () => {
      const server = await reading((ctx) => ctx.request[form](), options);
      await server.connect().send(head("POST /", "Content-Length: 6"));
      expect(server.ends[0]).toBeInstanceOf(HttpError);
      expect((server.ends[0] as HttpError).status).toBe(413);
    });

    test(`${form} of more chunked content rejects with HttpError 413, and the peer gets 413 and close`, async () => {
      const server = await reading((ctx) => ctx.request[form](), options);
      const peer = await server.connect().send(`${CHUNKED}5\r\n12345\r\n`);
      expect(server.ends).toEqual([]);
      await peer.send("1\r\n");
      expect([peer.statuses, peer.isClosed]).toEqual([[413], true]);
      expect(server.ends[0]).toBeInstanceOf(HttpError);
      expect((server.ends[0] as HttpError).status).toBe(413);
    });
  }

  test("thrown on is answered 413 and closes, and the upload that goes on is discarded", async () => {
    const server = await serve(
      (app) => app.post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
      options,
    );
    const peer = await server.connect().send(head("POST /", "Content-Length: 100000"));
    expect([peer.statuses, peer.transport.ended, peer.transport.closed]).toEqual([
      [413],
      true,
      false,
    ]);
    await peer.send("x".repeat(50_000) + head("GET /smuggled"));
    expect(peer.statuses).toEqual([413]);
  });

  test("does not bind stream(), maxOctets does", async () => {
    const count = async (ctx: Context, maxOctets?: number) => {
      let octets = 0;
      for await (const piece of ctx.request.stream(maxOctets === undefined ? {} : { maxOctets })) {
        octets += piece.length;
      }
      return octets;
    };
    const unbound = await reading((ctx) => count(ctx), options);
    await unbound.connect().send(`${head("POST /", "Content-Length: 6")}123456`);
    await unbound.connect().send(`${CHUNKED}6\r\n123456\r\n0\r\n\r\n`);
    expect(unbound.ends).toEqual([6, 6]);
    for (const [request, exact] of [
      [`${head("POST /", "Content-Length: 6")}123456`, 6],
      [`${CHUNKED}6\r\n123456\r\n0\r\n\r\n`, 6],
    ] as const) {
      const bound = await reading((ctx) =>
        count(ctx, ctx.request.headers.has("x") ? 0 : exact - 1),
      );
      await bound.connect().send(request);
      expect(bound.ends[0]).toBeInstanceOf(HttpError);
      expect((bound.ends[0] as HttpError).status).toBe(413);
      const fitting = await reading((ctx) => count(ctx, exact));
      await fitting.connect().send(request);
      expect(fitting.ends).toEqual([exact]);
    }
  });
});

describe("broken content", () => {
  test.each([
    ["a chunk-size that is none", "x\r\n", "ERR_CHUNK_SIZE"],
    ["chunk-data without CRLF", "1\r\naXX", "ERR_CHUNK_END"],
    ["a forbidden trailer", "0\r\nHost: a\r\n\r\n", "ERR_TRAILER_NAME"],
  ] as const)(
    "with %s rejects with HttpError 400 that carries the fault, and the peer gets 400 and close (RFC 9112 §7.1)",
    async (_, content, code) => {
      const server = await reading((ctx) => ctx.request.bytes());
      const peer = await server.connect().send(CHUNKED + content + head("GET /smuggled"));
      expect([peer.statuses, peer.isClosed]).toEqual([[400], true]);
      const [error] = server.ends as HttpError[];
      expect(error).toBeInstanceOf(HttpError);
      expect(error!.status).toBe(400);
      expect((error!.cause as { code: string }).code).toBe(code);
      expect(server.server.stats().faults).toEqual({ [code]: 1 });
    },
  );

  test("is never complete to a stream either: what came before is given, then it rejects", async () => {
    const got: string[] = [];
    const server = await reading(async (ctx) => {
      for await (const piece of ctx.request.stream()) got.push(new TextDecoder().decode(piece));
    });
    const peer = await server.connect().send(`${CHUNKED}3\r\nabc\r\n`);
    await peer.send("nonsense\r\n");
    expect(got).toEqual(["abc"]);
    expect(server.ends[0]).toBeInstanceOf(HttpError);
  });

  test("that is cut short by FIN or RST rejects with TransportError (RFC 9112 §8)", async () => {
    for (const [how, code] of [
      ["end", "ERR_PEER_ENDED"],
      ["reset", "ERR_CONNECTION_LOST"],
    ] as const) {
      for (const octets of [`${LENGTH_5}hell`, `${CHUNKED}5\r\nhello\r\n0\r\n`]) {
        for (const run of [
          (ctx: Context) => ctx.request.bytes(),
          (ctx: Context) => collect(ctx.request.stream()),
        ]) {
          const server = await reading(run);
          const peer = await server.connect().send(octets);
          await peer[how]();
          expect(server.ends[0]).toBeInstanceOf(TransportError);
          expect((server.ends[0] as TransportError).code).toBe(code);
        }
      }
    }
  });
});

describe("request.trailers", () => {
  test("are empty until the content has been read, then hold the trailer section apart from headers", async () => {
    const seen: unknown[] = [];
    const server = await reading(async (ctx) => {
      seen.push([...ctx.request.trailers]);
      await ctx.request.bytes();
      seen.push([...ctx.request.trailers], ctx.request.headers.has("x-a"));
    });
    await server.connect().send(HELLOS[1]![1]);
    expect(seen).toEqual([[], [["X-A", "1"]], false]);
  });
});
