// The content of a request, decoded on its way in: within bounds of size and ratio, and to its true end. Knows no field.

import { type Coding, createDecoder } from "./content-coding.ts";
import { HttpError } from "./errors.ts";
import { contentTooLarge } from "./request-content.ts";
import { openSource } from "./stream-source.ts";
import { type OctetChecks, TransformedOctets } from "./transformed-octets.ts";
import { ZstdFrame } from "./zstd-frame.ts";

/** Decoded octets may be this many times those received, once there are enough of them to tell. */
const RATIO_MAX = 100;
const RATIO_FROM_OCTETS = 65_536;

/**
 * Decodes one layer of `coding`. Fails with `HttpError`: 413 above `limit` decoded octets or 100 times the octets received
 * (after the first 64 KiB), 400 when the content is malformed, cut short, or has octets behind its end.
 */
export function decodeContent(
  content: AsyncIterable<Uint8Array>,
  coding: Coding,
  limit: number,
): TransformedOctets {
  const checks = new DecodingChecks(coding, limit);
  return new TransformedOctets(openSource(content), () => createDecoder(coding), checks);
}

class DecodingChecks implements OctetChecks {
  readonly #coding: Coding;
  readonly #limit: number;
  readonly #frame: ZstdFrame | undefined;
  #decoded = 0;

  constructor(coding: Coding, limit: number) {
    this.#coding = coding;
    this.#limit = limit;
    this.#frame = coding === "zstd" ? new ZstdFrame() : undefined;
  }

  fed(piece: Uint8Array): void {
    if (this.#frame?.push(piece) === false) throw this.#malformed("is not one frame of");
  }

  fedAll(): void {
    if (this.#frame?.isWhole === false) throw this.#malformed("is cut short in its coding");
  }

  made(octets: number, taken: number): void {
    this.#decoded += octets;
    if (this.#decoded > this.#limit) throw contentTooLarge(this.#limit);
    if (this.#decoded > RATIO_FROM_OCTETS && this.#decoded > RATIO_MAX * taken) {
      throw new HttpError(413, `the content is more than ${RATIO_MAX} times what was received`);
    }
  }

  leftOver(): void {
    throw this.#malformed("has octets behind the end of its coding");
  }

  faultOf(error: Error): Error {
    const code = String((error as { code?: unknown }).code);
    // Memory that ran out is nobody's fault but ours.
    if (/MEM_ERROR|ALLOC|memory_allocation/.test(code)) return error;
    const finding = code === "Z_BUF_ERROR" ? "is cut short in its coding" : "is malformed as";
    return this.#malformed(finding);
  }

  #malformed(finding: string): HttpError {
    return new HttpError(400, `the content ${finding} ${this.#coding}`);
  }
}
