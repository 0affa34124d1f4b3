// The middleware that decodes the content of requests. It decides by Content-Encoding whether that can be done; the
// decoding happens when the content is read.

import { listMembers } from "@hyperlane-ts/parser";
import { CODINGS, type Coding, codingNamed } from "./content-coding.ts";
import type { State } from "./context.ts";
import { decodeContent } from "./decoded-content.ts";
import { HttpError } from "./errors.ts";
import type { Middleware } from "./middleware.ts";
import { contentOf } from "./request.ts";

const ACCEPTED = CODINGS.join(", ");

/**
 * Lets `bytes`, `text`, `json` and `stream` of the request give its content without its content coding; the header section
 * stays as received. Reading fails with `HttpError`: 413 when more than `limits.contentOctets` are decoded (by `stream`:
 * `maxOctets`), or 100 times the octets received after the first 64 KiB; 400 when the content is malformed, cut short, or
 * has octets behind its end. Another coding, or more than one, is 415 with Accept-Encoding (RFC 9110 §12.5.3).
 *
 * Departure: `deflate` is the zlib format only, not the raw one that some send (RFC 9110 §8.4.1.2 tells of them).
 */
export function decompress<S extends object = State>(): Middleware<S> {
  return (ctx, next) => {
    const encoding = ctx.request.headers.get("content-encoding");
    if (encoding !== undefined) {
      const content = contentOf(ctx.request);
      const coding = content.isThere ? theOnlyCoding(encoding) : undefined;
      if (coding !== undefined) {
        content.decodeBy((octets, limit) => decodeContent(octets, coding, limit));
      }
    }
    return next();
  };
}

/** The one coding that was applied; `undefined` for none. Throws `HttpError` 415. */
function theOnlyCoding(encoding: string): Coding | undefined {
  let only: Coding | undefined;
  for (const member of listMembers(encoding)) {
    const coding = codingNamed(member);
    if (coding === "identity") continue;
    if (coding === undefined || only !== undefined) {
      throw new HttpError(415, "the content has codings that are not decoded here", {
        headers: { "Accept-Encoding": ACCEPTED },
      });
    }
    only = coding;
  }
  return only;
}
