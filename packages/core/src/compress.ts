// The middleware that codes what clients accept: decides for each response behind the handler, and sets the fields. The
// coding itself is done where Content-Encoding is read.

import { hasToken, listMembers } from "@hyperlane-ts/parser";
import { chooseCoding } from "./accept-encoding.ts";
import { hasMediaTypes, isCompressible, loadMediaTypes } from "./compressible.ts";
import { CODINGS, type Coding } from "./content-coding.ts";
import type { Context, State } from "./context.ts";
import { promiseOf } from "./handler-result.ts";
import type { Middleware } from "./middleware.ts";
import { checkNumber, noSuchOption, shown, wrongType } from "./option-checks.ts";
import type { Request } from "./request.ts";
import type { Response, ResponseContent } from "./response.ts";
import { isBodiless } from "./status.ts";

export interface CompressOptions {
  /** Octets from which on content of known size is coded; default 1024. Streams always are. */
  readonly minOctets?: number;
  /** The codings to choose from, the first of equal weight wins; default zstd (where there is one), br, gzip. */
  readonly codings?: readonly ("zstd" | "br" | "gzip" | "deflate")[];
  /** Tells what is worth coding, by the media type in lower case without its parameters; default: by mime-db. */
  readonly types?: (contentType: string) => boolean;
}

interface Settings {
  readonly minOctets: number;
  readonly codings: readonly Coding[];
  readonly isWorthCoding: (mediaType: string) => boolean;
}

const KNOWN: readonly string[] = ["zstd", "br", "gzip", "deflate"] satisfies Coding[];
const MEMBERS = ["minOctets", "codings", "types"];
const MIN_OCTETS = 1024;
const encoder = new TextEncoder();

/**
 * Codes the content of responses as the request's Accept-Encoding allows, and says so in Vary. Leaves alone what is coded
 * already (Content-Encoding is set, `identity` too), `Cache-Control: no-transform`, parts (206), and media types not worth
 * it. Throws `TypeError` or `RangeError` for options out of their ranges.
 */
export function compress<S extends object = State>(options: CompressOptions = {}): Middleware<S> {
  const settings = checkOptions(options);
  const needsMediaTypes = options.types === undefined;
  const loading = needsMediaTypes ? loadMediaTypes() : undefined;
  const late = async (ctx: Context<S>, pending: Promise<unknown> | undefined): Promise<void> => {
    await pending;
    await loading;
    negotiate(ctx.request, ctx.response, settings);
  };
  return (ctx, next) => {
    const pending = promiseOf(next());
    if (pending !== undefined || (needsMediaTypes && !hasMediaTypes())) return late(ctx, pending);
    return negotiate(ctx.request, ctx.response, settings);
  };
}

function checkOptions(options: CompressOptions): Settings {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw wrongType("compress", options, "an object");
  }
  for (const name of Object.keys(options)) {
    if (!MEMBERS.includes(name)) throw noSuchOption(`compress.${name}`, MEMBERS.join(", "));
  }
  const { minOctets = MIN_OCTETS, codings, types = isCompressible } = options;
  checkNumber("compress.minOctets", minOctets, 0, Number.MAX_SAFE_INTEGER);
  if (typeof types !== "function") throw wrongType("compress.types", types, "a function");
  return { minOctets, codings: checkCodings(codings), isWorthCoding: types };
}

/** What a runtime does not have is never offered; that it is listed is no fault. */
function checkCodings(codings: CompressOptions["codings"]): readonly Coding[] {
  if (codings === undefined) return CODINGS.filter((coding) => coding !== "deflate");
  const allowed = `an array of ${KNOWN.join(", ")}`;
  if (!Array.isArray(codings)) throw wrongType("compress.codings", codings, allowed);
  for (const coding of codings) {
    if (KNOWN.includes(coding)) continue;
    throw new RangeError(
      `Cannot set option compress.codings: it holds ${shown(coding)}, allowed is ${allowed}`,
    );
  }
  return codings.filter((coding: Coding) => CODINGS.includes(coding));
}

function negotiate(request: Request, response: Response, settings: Settings): void {
  if (response.isCommitted || !response.isSet) return;
  if (response.encoded || response.hasHeader("Content-Encoding")) return;
  if (hasToken(response.getHeader("Cache-Control") ?? "", "no-transform")) return;
  const status = response.statusCode;
  const type = response.getHeader("Content-Type");
  // A 304 has the Vary its 200 would have, but seldom its Content-Type (RFC 9110 §15.4.5).
  if (type === undefined ? status !== 304 : !settings.isWorthCoding(mediaType(type))) return;
  varyByEncoding(response);
  if (status === 304) keepWeak(request, response);
  if (isBodiless(status) || status === 206 || response.hasHeader("Content-Range")) return;
  if (!isLongEnough(response.content, settings.minOctets)) return;
  const coding = chooseCoding(request.headers.get("accept-encoding"), settings.codings);
  if (coding !== undefined) response.setHeader("Content-Encoding", coding);
}

function mediaType(contentType: string): string {
  return contentType.split(";", 1)[0]!.trim().toLowerCase();
}

function isLongEnough(content: ResponseContent | undefined, minOctets: number): boolean {
  if (content === undefined || content === "") return false;
  if (typeof content !== "string") {
    return !(content instanceof Uint8Array) || content.length >= Math.max(1, minOctets);
  }
  if (content.length >= minOctets) return true;
  // One UTF-16 unit is three octets of UTF-8 at most.
  return content.length * 3 >= minOctets && encoder.encode(content).length >= minOctets;
}

function varyByEncoding(response: Response): void {
  const vary = response.getHeader("Vary");
  if (vary === undefined) response.setHeader("Vary", "Accept-Encoding");
  else if (!hasToken(vary, "*") && !hasToken(vary, "accept-encoding")) {
    response.setHeader("Vary", `${vary}, Accept-Encoding`);
  }
}

/** Whoever was sent a coded answer holds the ETag in its weak form: 304 has to name that one (RFC 9110 §15.4.5). */
function keepWeak(request: Request, response: Response): void {
  const etag = response.getHeader("ETag");
  if (etag === undefined || !etag.startsWith('"')) return;
  const held = listMembers(request.headers.get("if-none-match") ?? "");
  if (held.includes(`W/${etag}`)) response.setHeader("ETag", `W/${etag}`);
}
