// What compress() is given and what it has to make of it.

import type { CompressOptions } from "../src/compress.ts";
import type { Response } from "../src/response.ts";
import { HAS_ZSTD } from "./codings.ts";

/** The coding chosen for a browser. */
export const BEST: string = HAS_ZSTD ? "zstd" : "br";
export const BROWSER = "gzip, deflate, br, zstd";
export const LONG: string = "a text that repeats itself, ".repeat(100);

async function* streamOf(...values: string[]): AsyncGenerator<string> {
  yield* values;
}

export interface CompressCase {
  readonly name: string;
  readonly build: (response: Response) => unknown;
  readonly accept?: string | undefined;
  readonly options?: CompressOptions;
  readonly coding: string | undefined;
  readonly vary: string | undefined;
}

export const COMPRESS_CASES: readonly CompressCase[] = [
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
