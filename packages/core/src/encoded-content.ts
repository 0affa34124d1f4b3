// The content of a response, coded on its way out: what is small at once, the rest as a stream. Knows no field but what
// Content-Length promised of the plain content.

import { type Coding, createEncoder, encodeContent } from "./content-coding.ts";
import type { ContentStream } from "./response.ts";
import { lengthContradicted, openSource } from "./stream-source.ts";
import { TransformedOctets } from "./transformed-octets.ts";

/** Coded at once up to this size: less than the way to another thread and back costs, and the length is known. */
const AT_ONCE_OCTETS = 16_384;
/** A large content goes to zlib's thread in pieces: other requests have their turn, and who has left is noticed. */
const PIECE_OCTETS = 65_536;

/** Codes content known in whole; what is large is coded as the stream is read. */
export function encodeKnown(content: Uint8Array, coding: Coding): Uint8Array | TransformedOctets {
  if (content.length <= AT_ONCE_OCTETS) return encodeContent(content, coding);
  return new TransformedOctets(openSource(piecesOf(content)), () =>
    createEncoder(coding, content.length),
  );
}

async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  for (let at = 0; at < content.length; at += PIECE_OCTETS) {
    yield content.subarray(at, at + PIECE_OCTETS);
  }
}

/**
 * Codes content as it comes; each piece can be decoded as soon as it is out. `declared`: the octets of plain content that
 * Content-Length promised, -1 for none; fails with `RangeError` when the stream gives others.
 */
export function encodeStream(
  stream: ContentStream,
  coding: Coding,
  declared: number,
): TransformedOctets {
  let fed = 0;
  const checks = {
    fed(piece: Uint8Array): void {
      fed += piece.length;
      if (fed > declared) throw lengthContradicted(declared, fed);
    },
    fedAll(): void {
      if (fed < declared) throw lengthContradicted(declared, fed);
    },
  };
  const create = () => createEncoder(coding, -1);
  return new TransformedOctets(openSource(stream), create, declared < 0 ? {} : checks);
}
