// The request as a handler sees it: a view of the head, the parameters of its route, the content and the signal.
// Strings are made when they are asked for.

import { FieldSection, type RequestHead } from "@hyperlane-ts/parser";
import { quiet } from "./deferred.ts";
import { HttpError } from "./errors.ts";
import {
  type ContentDecoder,
  type ContentSource,
  collectContent,
  collectDecoded,
  type StreamOptions,
  streamContent,
} from "./request-content.ts";

/** What a request needs from its exchange. */
export interface RequestHost extends ContentSource {
  readonly head: RequestHead;
  readonly remoteAddress: string | undefined;
  readonly signal: AbortSignal;
  readonly contentLimit: number;
}

export type Params = Readonly<Record<string, string>>;
const NO_PARAMS: Params = Object.freeze(Object.create(null));
const decoder = new TextDecoder("utf-8");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, "the content is not JSON", { cause });
  }
}

/** An IPv4 address that is mapped to IPv6, as IPv4. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** A request's content as middleware of core may change it. */
export interface RequestContent {
  readonly isThere: boolean;
  /** Whoever reads it gets what `decode` makes of it. */
  decodeBy(decode: ContentDecoder): void;
}

/** The content behind a request; for core alone. */
export let contentOf: (request: Request) => RequestContent;

/** One request. Its head stays readable as long as the object lives; its content is read exactly once. */
export class Request {
  static {
    contentOf = (request) => ({
      isThere: request.#host.receiver !== undefined,
      decodeBy(decode) {
        request.#decode = decode;
      },
    });
  }

  readonly #host: RequestHost;
  #params: Params = NO_PARAMS;
  #search: URLSearchParams | undefined;
  #claimed = false;
  #decode: ContentDecoder | undefined;

  constructor(host: RequestHost) {
    this.#host = host;
  }

  /** The method, as received (RFC 9110 §9; case-sensitive). */
  get method(): string {
    return this.#host.head.method;
  }

  /** The request-target, as received (RFC 9112 §3.2). */
  get target(): string {
    return this.#host.head.target;
  }

  /** The target's path, raw: percent-encoding is kept. `/` for an absolute-form without a path, `*` for asterisk-form. */
  get path(): string {
    return this.#host.head.path;
  }

  /** What follows the first `?` of the target, raw; `""` without one. */
  get query(): string {
    return this.#host.head.query;
  }

  /** The query, decoded as form fields; parsed on first use. */
  get searchParams(): URLSearchParams {
    this.#search ??= new URLSearchParams(this.query);
    return this.#search;
  }

  /** The route's parameters, percent-decoded once. An object without a prototype. */
  get params(): Params {
    return this.#params;
  }

  /** For the router. */
  set params(params: Params) {
    this.#params = params;
  }

  /** `"1.0"` or `"1.1"` (up to `"1.9"`, which are served as 1.1). */
  get httpVersion(): string {
    return `1.${this.#host.head.minorVersion}`;
  }

  /** The peer's IP address, mapped IPv4 unmapped; `undefined` on unix sockets. */
  get remoteAddress(): string | undefined {
    return plainAddress(this.#host.remoteAddress);
  }

  /** The authority of the target, else of Host: `example.org:8080`. `undefined` in 1.0 without Host. */
  get authority(): string | undefined {
    return this.#host.head.authority;
  }

  /** The header section: names without case, values as Latin-1, lines in wire order. */
  get headers(): FieldSection {
    return this.#host.head.fields;
  }

  /** The trailer section, empty until the content has been read to its end; never merged into `headers`. */
  get trailers(): FieldSection {
    return this.#host.receiver?.trailers ?? FieldSection.empty;
  }

  /**
   * Fires once, when the connection ends before the answer has been handed over whole, or the peer sends FIN after its
   * request. Never fires on normal completion. A FIN behind read-ahead that is full is seen late.
   */
  get signal(): AbortSignal {
    return this.#host.signal;
  }

  /** The content as octets. Rejects with `HttpError` 413 above `limits.contentOctets`, `TypeError` on a second read. */
  bytes(): Promise<Uint8Array> {
    const refusal = this.#claim();
    if (refusal !== undefined) return quiet(Promise.reject(refusal));
    const { contentLimit } = this.#host;
    if (this.#decode === undefined) return quiet(collectContent(this.#host, contentLimit));
    return quiet(collectDecoded(this.#host, contentLimit, this.#decode));
  }

  /** The content as UTF-8 text; malformed octets become U+FFFD. Bounds and errors as `bytes`. */
  text(): Promise<string> {
    return quiet(this.bytes().then((octets) => decoder.decode(octets)));
  }

  /** The content as JSON. Bounds and errors as `bytes`; rejects with `HttpError` 400 when it is not JSON. */
  json(): Promise<unknown> {
    return quiet(this.text().then(parseJson));
  }

  /**
   * The content piece by piece, with backpressure: octets flow only while a piece is asked for. Without `maxOctets`
   * neither its size nor its time as a whole is bounded; the minimum rate and the idle deadline hold.
   */
  stream(options: StreamOptions = {}): AsyncIterableIterator<Uint8Array> {
    const { maxOctets } = options;
    if (maxOctets !== undefined && (!Number.isInteger(maxOctets) || maxOctets < 0)) {
      throw new RangeError(
        `Cannot stream the content: maxOctets is ${maxOctets}, allowed is a whole number from 0`,
      );
    }
    const refusal = this.#claim();
    if (refusal !== undefined) throw refusal;
    const content = streamContent(this.#host, options);
    return this.#decode?.(content, maxOctets ?? Number.POSITIVE_INFINITY) ?? content;
  }

  #claim(): TypeError | undefined {
    if (this.#claimed) {
      return new TypeError("Cannot read the content: it has been read or is being read");
    }
    this.#claimed = true;
    return undefined;
  }
}
