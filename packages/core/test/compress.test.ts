// compress(): what it codes, what it leaves alone, and what it says in Vary.

import { describe, expect, test } from "vitest";
import { type CompressOptions, compress } from "../src/compress.ts";
import { loadMediaTypes } from "../src/compressible.ts";
import type { Context } from "../src/context.ts";
import type { Middleware } from "../src/middleware.ts";
import type { Response } from "../src/response.ts";
import { referenceCoding } from "./codings.ts";
import { BEST, BROWSER, COMPRESS_CASES, LONG } from "./compress-cases.ts";
import { head, serve } from "./memory-server.ts";
import { pieces } from "./pieces.ts";
import { fieldOf, fieldsOf, type ReceivedResponse } from "./read-responses.ts";
import { until } from "./until.ts";

async function answered(
  build: (ctx: Context) => unknown,
  request: string = head("GET /", `Accept-Encoding: ${BROWSER}`),
  options: CompressOptions = {},
): Promise<ReceivedResponse> {
  const server = await serve((app) =>
    app.middleware(compress(options)).use((ctx) => build(ctx) as undefined),
  );
  const peer = await server.connect().send(request);
  const method = request.slice(0, request.indexOf(" "));
  await until(() => peer.responses([method])[0]?.complete === true);
  return peer.responses([method])[0]!;
}

function contentOf(response: ReceivedResponse): string {
  const coding = fieldOf(response, "Content-Encoding");
  const { content } = response;
  return new TextDecoder().decode(
    coding === undefined ? content : referenceCoding(coding).decode(content),
  );
}

// Has to come first: it is about the moment before mime-db has been loaded.
test("compress waits with its first answers until it knows the media types", async () => {
  const server = await serve((app) =>
    app.middleware(compress()).use((ctx) => void ctx.response.json(LONG)),
  );
  const peer = await server.connect().send(head("GET /", "Accept-Encoding: gzip"));
  await until(() => peer.responses().length === 1);
  expect(fieldOf(peer.responses()[0]!, "Content-Encoding")).toBe("gzip");
});

describe("compress codes", () => {
  for (const { name, build, coding, vary, options, ...rest } of COMPRESS_CASES) {
    const accept = "accept" in rest ? rest.accept : BROWSER;
    const fields = accept === undefined ? [] : [`Accept-Encoding: ${accept}`];
    for (const isLate of [false, true]) {
      test(`${name}${isLate ? ", set late" : ""}`, async () => {
        const run = async (ctx: Context) => {
          await new Promise((resolve) => setImmediate(resolve));
          build(ctx.response);
        };
        const late = isLate ? run : (ctx: Context) => void build(ctx.response);
        const response = await answered(late, head("GET /", ...fields), options);
        expect([fieldOf(response, "Content-Encoding"), fieldOf(response, "Vary")]).toEqual([
          coding,
          vary,
        ]);
        if (coding === BEST) expect(contentOf(response).length).toBeGreaterThan(0);
        // What GET is told, HEAD is told.
        const heads = await answered(late, head("HEAD /", ...fields), options);
        for (const field of ["Content-Encoding", "Vary", "Content-Length", "ETag"]) {
          expect([field, fieldsOf(heads, field)]).toEqual([field, fieldsOf(response, field)]);
        }
      });
    }
  }

  test("nothing that has been sent before", async () => {
    const response = await answered(async (ctx) => {
      ctx.response.text(LONG);
      await ctx.send();
    });
    expect([fieldsOf(response, "Content-Encoding"), fieldsOf(response, "Vary")]).toEqual([[], []]);
  });

  test("events as they come", async () => {
    const source = pieces();
    const server = await serve((app) =>
      app.middleware(compress()).use((ctx) => {
        ctx.response.setBody(source.stream).setHeader("Content-Type", "text/event-stream");
      }),
    );
    const peer = await server.connect().send(head("GET /", "Accept-Encoding: gzip"));
    await until(() => peer.responses().length > 0);
    expect(fieldOf(peer.responses()[0]!, "Content-Encoding")).toBe("gzip");
    const { decodePrefix } = referenceCoding("gzip");
    for (const [event, all] of [
      ["a\n\n", "a\n\n"],
      ["b\n\n", "a\n\nb\n\n"],
    ] as const) {
      await source.give(event);
      await until(() => {
        const { content } = peer.responses()[0]!;
        return content.length > 0 && new TextDecoder().decode(decodePrefix(content)) === all;
      });
    }
    await peer.reset();
  });

  test("the lines of several Accept-Encoding together", async () => {
    const request = head("GET /", "Accept-Encoding: br;q=0.5", "Accept-Encoding: gzip");
    const response = await answered((ctx) => void ctx.response.text(LONG), request);
    expect(fieldOf(response, "Content-Encoding")).toBe("gzip");
  });
});

describe("compress and ETag", () => {
  const etag = '"a,b"';
  const tagOf = async (build: (r: Response) => unknown, ...fields: string[]) =>
    fieldOf(await answered((ctx) => void build(ctx.response), head("GET /", ...fields)), "ETag");

  test("weakens it when it codes, and only then (RFC 9110 §8.8.3.3)", async () => {
    const build = (r: Response) => r.text(LONG).setHeader("ETag", etag);
    expect(await tagOf(build, "Accept-Encoding: gzip")).toBe(`W/${etag}`);
    expect(await tagOf(build)).toBe(etag);
  });

  test.each([
    ["the weak one", `If-None-Match: W/${etag}`, `W/${etag}`],
    ["the weak one among others", `If-None-Match: "x", W/${etag}`, `W/${etag}`],
    ["the strong one", `If-None-Match: ${etag}`, etag],
    ["any", "If-None-Match: *", etag],
    ["none", "X-A: b", etag],
  ])("names in 304 the tag that the client holds: %s", async (_, field, expected) => {
    expect(await tagOf((r) => r.setStatusCode(304).setHeader("ETag", etag), field)).toBe(expected);
  });
});

describe("compress as a middleware", () => {
  const run = (middleware: Middleware, next: () => void | Promise<void>) => {
    const response = { isCommitted: true };
    return middleware({ request: {}, response } as unknown as Context, next);
  };

  test("makes no promise for a chain that makes none", async () => {
    expect(run(compress({ types: () => true }), () => {})).toBe(undefined);
    await loadMediaTypes();
    expect(run(compress(), () => {})).toBe(undefined);
    expect(run(compress(), async () => {})).toBeInstanceOf(Promise);
  });

  test("passes on what the rest of the chain throws", async () => {
    const thrown = new Error("mine");
    const fails = () => {
      throw thrown;
    };
    expect(() => run(compress(), fails)).toThrow(thrown);
    await expect(run(compress(), async () => fails())).rejects.toBe(thrown);
  });

  test.each([
    [null, TypeError, "compress: it is null"],
    [[], TypeError, "compress: it is an array"],
    [{ level: 6 }, RangeError, "compress.level: there is no such option, allowed are minOctets"],
    [{ minOctets: -1 }, RangeError, "compress.minOctets: it is -1, allowed is a whole number"],
    [{ minOctets: 1.5 }, RangeError, "compress.minOctets: it is 1.5"],
    [{ minOctets: "1k" }, TypeError, 'compress.minOctets: it is "1k"'],
    [{ codings: "gzip" }, TypeError, 'compress.codings: it is "gzip", allowed is an array of zstd'],
    [
      { codings: ["gzip", "lzma"] },
      RangeError,
      'compress.codings: it holds "lzma", allowed is an array',
    ],
    [{ codings: ["identity"] }, RangeError, 'compress.codings: it holds "identity"'],
    [{ types: "text/*" }, TypeError, 'compress.types: it is "text/*", allowed is a function'],
  ] as const)("refuses the options %o at once", (options, type, message) => {
    const make = () => compress(options as unknown as CompressOptions);
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  test("takes a list that holds what this runtime has not, or nothing", () => {
    expect(() => compress({ codings: ["zstd"] })).not.toThrow();
    expect(() => compress({ codings: [] })).not.toThrow();
  });
});
