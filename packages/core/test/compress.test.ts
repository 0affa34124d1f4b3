// compress(): what it codes, what it leaves alone, and what it says in Vary.

import { describe, expect, test } from "vitest";
import { type CompressOptions, compress } from "../src/compress.ts";
import { loadMediaTypes } from "../src/compressible.ts";
import type { Context } from "../src/context.ts";
import type { Middleware } from "../src/middleware.ts";
import type { Response } from "../src/response.ts";
import { HAS_ZSTD, referenceCoding } from "./codings.ts";
import { head, serve } from "./memory-server.ts";
import { pieces } from "./pieces.ts";
import { fieldOf, fieldsOf, type ReceivedResponse } from "./read-responses.ts";
import { until } from "./until.ts";

const BEST = HAS_ZSTD ? "zstd" : "br";
const BROWSER = "gzip, deflate, br, zstd";
const LONG = "a text that repeats itself, ".repeat(100);

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

async function* streamOf(...values: string[]): AsyncGenerator<string> {
  yield* values;
}

interface Case {
  readonly name: string;
  readonly build: (response: Response) => unknown;
  readonly accept?: string | undefined;
  readonly options?: CompressOptions;
  readonly coding: string | undefined;
  readonly vary: string | undefined;
}

const CASES: readonly Case[] = [
  { name: "text", build: (r) => r.text(LONG), coding: BEST, vary: "Accept-Encoding" },
  { name: "HTML", build: (r) => r.html(LONG), coding: BEST, vary: "Accept-Encoding" },
  { name: "JSON", build: (r) => r.json({ a: LONG }), coding: BEST, vary: "Accept-Encoding" },
  {
    name: "octets of text",
    build: (r) => r.setBody(new TextEncoder().encode(LONG)).setHeader("Content-Type", "text/css"),
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "a type in upper case with parameters",
    build: (r) => r.setBody(LONG).setHeader("Content-Type", "Application/JSON ; charset=utf-8"),
    coding: BEST,
    vary: "Accept-Encoding",
  },
  ...[
    "application/javascript",
    "image/svg+xml",
    "application/vnd.x+json",
    "font/ttf",
    "x/y+text",
  ].map((type) => ({
    name: type,
    build: (r: Response) => r.setBody(LONG).setHeader("Content-Type", type),
    coding: BEST,
    vary: "Accept-Encoding",
  })),
  ...[
    "image/png",
    "video/mp4",
    "application/zip",
    "application/gzip",
    "x/y",
    "constructor",
    "",
  ].map((type) => ({
    name: `no ${type || "empty type"}`,
    build: (r: Response) => r.setBody(LONG).setHeader("Content-Type", type),
    coding: undefined,
    vary: undefined,
  })),
  {
    name: "no content without a type",
    build: (r) => r.setBody(LONG),
    coding: undefined,
    vary: undefined,
  },
  {
    name: "nothing under 1024 octets, but it varies",
    build: (r) => r.text("a".repeat(1023)),
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "1024 octets",
    build: (r) => r.text("a".repeat(1024)),
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "1024 octets of fewer characters",
    build: (r) => r.text("\u20ac".repeat(342)),
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "no 1023 octets of fewer characters",
    build: (r) => r.text("\u20ac".repeat(341)),
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "a stream, however short",
    build: (r) => r.setBody(streamOf("a")).setHeader("Content-Type", "text/plain"),
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "one octet when minOctets is 0, but never nothing",
    build: (r) => r.text("a"),
    options: { minOctets: 0 },
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing of no content",
    build: (r) => r.text(""),
    options: { minOctets: 0 },
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing for who says nothing",
    build: (r) => r.text(LONG),
    accept: undefined,
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing for who wants identity",
    build: (r) => r.text(LONG),
    accept: "identity",
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing for who has none of ours",
    build: (r) => r.text(LONG),
    accept: "sdch",
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "deflate only when it is listed",
    build: (r) => r.text(LONG),
    accept: "deflate",
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "in deflate when it is listed",
    build: (r) => r.text(LONG),
    accept: "deflate",
    options: { codings: ["gzip", "deflate"] },
    coding: "deflate",
    vary: "Accept-Encoding",
  },
  {
    name: "in the first of equal weight",
    build: (r) => r.text(LONG),
    options: { codings: ["gzip", "br"] },
    coding: "gzip",
    vary: "Accept-Encoding",
  },
  {
    name: "by weight",
    build: (r) => r.text(LONG),
    accept: "br;q=0.5, gzip;q=0.7",
    coding: "gzip",
    vary: "Accept-Encoding",
  },
  {
    name: "an error's text",
    build: (r) => r.text(LONG).setStatusCode(404),
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing of 204",
    build: (r) => r.text(LONG).setStatusCode(204),
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing of 304",
    build: (r) => r.setStatusCode(304),
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing of 304 of a picture",
    build: (r) => r.setStatusCode(304).setHeader("Content-Type", "image/png"),
    coding: undefined,
    vary: undefined,
  },
  {
    name: "nothing of 206",
    build: (r) => r.text(LONG).setStatusCode(206),
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "no part of it",
    build: (r) => r.text(LONG).setHeader("Content-Range", "bytes 0-9/100"),
    coding: undefined,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing that must not be transformed",
    build: (r) => r.text(LONG).setHeader("Cache-Control", "max-age=1, No-Transform"),
    coding: undefined,
    vary: undefined,
  },
  {
    name: "nothing that a handler says identity of",
    build: (r) => r.text(LONG).setHeader("Content-Encoding", "identity"),
    coding: "identity",
    vary: undefined,
  },
  {
    name: "nothing that is to be coded already",
    build: (r) => r.text(LONG).setHeader("Content-Encoding", "gzip"),
    coding: "gzip",
    vary: undefined,
  },
  {
    name: "nothing that is coded already",
    build: (r) => r.setEncodedBody(LONG, "made-up").setHeader("Content-Type", "text/plain"),
    coding: "made-up",
    vary: undefined,
  },
  {
    name: "nothing that is coded already, without its field",
    build: (r) =>
      r
        .setEncodedBody(LONG, "made-up")
        .setHeader("Content-Type", "text/plain")
        .removeHeader("Content-Encoding"),
    coding: undefined,
    vary: undefined,
  },
  ...(
    [
      ["Origin", "Origin, Accept-Encoding"],
      ["accept-encoding", "accept-encoding"],
      ["Origin, Accept-Encoding, Cookie", "Origin, Accept-Encoding, Cookie"],
      ["*", "*"],
    ] as const
  ).map(([set, vary]) => ({
    name: `beside Vary: ${set}`,
    build: (r: Response) => r.text(LONG).setHeader("Vary", set),
    coding: BEST,
    vary,
  })),
  {
    name: "beside two lines of Vary",
    build: (r) => r.text(LONG).addHeader("Vary", "Origin").addHeader("Vary", "Cookie"),
    coding: BEST,
    vary: "Origin, Cookie, Accept-Encoding",
  },
  {
    name: "what the application says is worth it",
    build: (r) => r.setBody(LONG).setHeader("Content-Type", "Image/X-Mine; a=b"),
    options: { types: (type) => type === "image/x-mine" },
    coding: BEST,
    vary: "Accept-Encoding",
  },
  {
    name: "nothing the application says is not",
    build: (r) => r.text(LONG),
    options: { types: () => false },
    coding: undefined,
    vary: undefined,
  },
];

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
  for (const { name, build, coding, vary, options, ...rest } of CASES) {
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
