// How a handler reads its request's content, exactly once: collected (bytes, text, json) or piece by piece (stream).
// Knows the reader's side only; the connection decides when octets flow.

import { parseError } from "@hyperlane-ts/parser";
import type { ContentReceiver } from "./content-receiver.ts";
import { quiet } from "./deferred.ts";
import { HttpError } from "./errors.ts";
import { GatheredOctets } from "./gathered-octets.ts";

/** The reader the connection serves. It asks `wants` before each piece. */
export interface ContentReader {
  /** A piece would be taken now. */
  readonly wants: boolean;
  /** Octets taken that the handler does not have yet. */
  readonly heldOctets: number;
  /** `isLast`: `onComplete` follows. */
  onPiece(piece: Uint8Array, isLast: boolean): void;
  onComplete(): void;
  /** No more will come. */
  onFailed(error: Error): void;
}

/** What the connection offers a reader. */
export interface ContentSource {
  /** `undefined` when the request has no content. */
  readonly receiver: ContentReceiver | undefined;
  /** Makes `reader` the one and only; pieces arrive from inside this call when they are there. */
  attachReader(reader: ContentReader): void;
  /** The reader wants again: serves it with what is there. */
  serveReader(): void;
  /** The reader will not read on; the rest is drained or the connection closes. */
  detachReader(): void;
}

export interface StreamOptions {
  /** Octets after which reading fails with status 413; default none. */
  readonly maxOctets?: number;
}

/** The error of content above `limit` octets. */
export function contentTooLarge(limit: number): HttpError {
  return new HttpError(413, `the content is larger than ${limit} octets`);
}

/** The error of a message body the parser refused. */
export function contentFault(fault: number, offset: number): HttpError {
  const cause = parseError(fault, offset);
  return new HttpError(cause.status, cause.message, { cause });
}

const EMPTY = new Uint8Array(0);

/** Collects the whole content, up to `limit` octets. Rejects with `HttpError` 413 beyond. */
export function collectContent(source: ContentSource, limit: number): Promise<Uint8Array> {
  const { receiver } = source;
  if (receiver === undefined) return Promise.resolve(EMPTY);
  if (receiver.declared > limit) return Promise.reject(contentTooLarge(limit));
  receiver.limit = limit;
  return new Promise((resolve, reject) => {
    source.attachReader(new Collector(resolve, reject));
  });
}

class Collector implements ContentReader {
  readonly wants = true;
  readonly #resolve: (content: Uint8Array) => void;
  readonly #reject: (error: Error) => void;
  readonly #gathered = new GatheredOctets();
  #last: Uint8Array | undefined;

  constructor(resolve: (content: Uint8Array) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get heldOctets(): number {
    return this.#gathered.heldOctets;
  }

  onPiece(piece: Uint8Array, isLast: boolean): void {
    // Content that comes in one piece is not copied.
    if (isLast) this.#last = piece;
    else this.#gathered.append(piece);
  }

  onComplete(): void {
    this.#resolve(this.#gathered.join(this.#last));
    this.#last = undefined;
    this.#gathered.clear();
  }

  onFailed(error: Error): void {
    this.#gathered.clear();
    this.#reject(error);
  }
}

/** Makes other octets of a request's content, at most `limit` of them. */
export type ContentDecoder = (
  content: AsyncIterable<Uint8Array>,
  limit: number,
) => AsyncIterableIterator<Uint8Array>;

/** Collects what `decode` makes of the whole content; both may have up to `limit` octets. */
export async function collectDecoded(
  source: ContentSource,
  limit: number,
  decode: ContentDecoder,
): Promise<Uint8Array> {
  const reader = streamContent(source, { maxOctets: limit });
  const gathered = new GatheredOctets();
  try {
    for await (const piece of decode(reader, limit)) {
      gathered.append(piece);
      reader.heldOctets = gathered.heldOctets;
    }
    return gathered.join();
  } finally {
    reader.heldOctets = 0;
  }
}

/** Streams the content: one piece per `next`, octets flow only while one is asked for. */
export function streamContent(source: ContentSource, options: StreamOptions): StreamReader {
  const { receiver } = source;
  const limit = options.maxOctets ?? Number.POSITIVE_INFINITY;
  if (receiver !== undefined) {
    receiver.bounded = options.maxOctets !== undefined;
    receiver.limit = limit;
  }
  const reader = new StreamReader(source);
  if (receiver === undefined) reader.onComplete();
  else if (receiver.declared > limit) reader.onFailed(contentTooLarge(limit));
  else source.attachReader(reader);
  return reader;
}

type Next = IteratorResult<Uint8Array, undefined>;
const DONE: Next = { done: true, value: undefined };

export class StreamReader implements ContentReader, AsyncIterableIterator<Uint8Array> {
  heldOctets = 0;
  readonly #source: ContentSource;
  /** Calls of `next` not answered yet, oldest first. */
  readonly #waiting: { resolve: (next: Next) => void; reject: (error: Error) => void }[] = [];
  #ended = false;
  #error: Error | undefined;

  constructor(source: ContentSource) {
    this.#source = source;
  }

  get wants(): boolean {
    return this.#waiting.length > 0;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Next> {
    if (this.#error !== undefined) return quiet(this.#failure(this.#error));
    if (this.#ended) return Promise.resolve(DONE);
    return quiet(
      new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
        this.#source.serveReader();
      }),
    );
  }

  return(): Promise<Next> {
    if (!this.#ended && this.#error === undefined) {
      this.#end();
      this.#source.detachReader();
    }
    return Promise.resolve(DONE);
  }

  onPiece(piece: Uint8Array): void {
    this.#waiting.shift()?.resolve({ done: false, value: piece });
  }

  onComplete(): void {
    this.#end();
  }

  onFailed(error: Error): void {
    if (this.#ended) return;
    this.#error = error;
    const first = this.#waiting.shift();
    first?.reject(error);
    if (first !== undefined) {
      // An iterator fails once; afterwards it is at its end.
      this.#error = undefined;
      this.#end();
    }
  }

  #end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(DONE);
  }

  #failure(error: Error): Promise<Next> {
    this.#error = undefined;
    this.#ended = true;
    return Promise.reject(error);
  }
}
