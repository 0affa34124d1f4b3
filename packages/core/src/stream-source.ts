// Where streamed content comes from: a ReadableStream or an AsyncIterable, pulled piece by piece and let go in its own way.

import { quiet } from "./deferred.ts";
import type { ContentStream } from "./response.ts";

/** Gives pieces one at a time. */
export interface StreamSource {
  /** The next piece. In JavaScript it may be anything: whoever pulls checks it. */
  next(): Promise<IteratorResult<Uint8Array | string>>;
  /** Nobody wants more. May be called while a piece is waited for. */
  cancel(): void;
}

function isReadableStream(stream: ContentStream): stream is ReadableStream<Uint8Array | string> {
  return "getReader" in stream && typeof stream.getReader === "function";
}

/** Lets go of a source in its own way; what it throws then concerns nobody. */
function letGo(release: () => unknown): void {
  try {
    quiet(Promise.resolve(release()));
  } catch {}
}

/** A ReadableStream is read through a reader, because only that can be canceled while a read is pending. */
export function openSource(stream: ContentStream): StreamSource {
  if (isReadableStream(stream)) {
    const reader = stream.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<Uint8Array | string>>,
      cancel: () => letGo(() => reader.cancel()),
    };
  }
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: () => Promise.resolve(iterator.next()),
    cancel: () => letGo(() => iterator.return?.()),
  };
}

/** Tells the source that nobody wants its content. A stream that is locked belongs to somebody else. */
export function cancelStream(stream: ContentStream): void {
  letGo(() => openSource(stream).cancel());
}

/** The error of a piece that is neither text nor octets. */
export function wrongPiece(): TypeError {
  return new TypeError("Cannot send the content: a piece of it is no string or Uint8Array");
}

/** The error of a stream that does not keep to the Content-Length that was set. */
export function lengthContradicted(declared: number, octets: number): RangeError {
  return new RangeError(
    `Cannot send the content: Content-Length is ${declared}, the stream gave ${octets} octets`,
  );
}
