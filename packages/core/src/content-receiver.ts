// One request's content as it comes off the wire: counts it down, decodes chunks, knows when it is whole, and when the
// peer sends it too slowly. Pulls from the input buffer only when asked; knows no handler.

import {
  ChunkedDecoder,
  COMPLETE,
  DATA,
  FieldSection,
  FRAMING_CHUNKED,
  INVALID,
  type RequestHead,
} from "@hyperlane-ts/parser";
import type { Deadlines } from "./deadlines.ts";
import type { InputBuffer } from "./input-buffer.ts";
import { joinOctets } from "./join-octets.ts";
import type { Limits } from "./limits.ts";

/** Small runs are joined up to this size, so that one-octet chunks do not become one-octet events. */
const JOIN_OCTETS = 65_536;

export class ContentReceiver {
  /** Content-Length, or -1 when chunked. */
  readonly declared: number;
  readonly #decoder: ChunkedDecoder | undefined;
  #remaining: number;
  /** The message body has been received to its last octet, trailers included. */
  complete: boolean;
  /** A row of the parser's fault table once the chunked coding is broken, else 0; octet in the message body. */
  fault = 0;
  faultOffset = -1;
  /** Content octets taken so far. */
  taken = 0;

  // The pace, measured only while we are willing to read.
  #willingSinceMs = -1;
  #willingMs = 0;
  #lastProgressMs = 0;
  #startedMs = -1;
  /** The whole content is bound in time too (contentMs). */
  bounded = true;

  constructor(head: RequestHead, limits: Limits) {
    if (head.framing === FRAMING_CHUNKED) {
      this.declared = -1;
      this.#remaining = Number.POSITIVE_INFINITY;
      this.#decoder = new ChunkedDecoder(limits);
      this.complete = false;
    } else {
      this.declared = head.contentLength;
      this.#remaining = head.contentLength;
      this.#decoder = undefined;
      this.complete = head.contentLength === 0;
    }
  }

  /** Octets of content still to come after those in `input`; `Infinity` when only the chunks know. */
  outstanding(input: InputBuffer): number {
    if (this.complete) return 0;
    return Math.max(0, this.#remaining - input.octets);
  }

  /** Octets of content not taken yet; 0 once complete, `Infinity` when only the chunks know. */
  get remaining(): number {
    return this.complete ? 0 : this.#remaining;
  }

  get trailers(): FieldSection {
    return this.#decoder === undefined ? FieldSection.empty : this.#decoder.trailers;
  }

  /** Chunks that take the content above this many octets are a fault (413). */
  set limit(octets: number) {
    if (this.#decoder !== undefined) this.#decoder.contentLimit = octets;
  }

  /** Takes the content's next octets out of `input`, or `undefined` when there are none now. Sets `complete`, `fault`. */
  take(input: InputBuffer): Uint8Array | undefined {
    if (this.complete || this.fault !== 0 || input.octets === 0) return undefined;
    return this.#decoder === undefined
      ? this.#takeRun(input)
      : this.#takeChunks(input, this.#decoder);
  }

  #takeRun(input: InputBuffer): Uint8Array {
    const size = Math.min(this.#remaining, input.end - input.start);
    const run = input.bytes.subarray(input.start, input.start + size);
    input.consume(size);
    this.#remaining -= size;
    this.taken += size;
    if (this.#remaining === 0) this.complete = true;
    return run;
  }

  #takeChunks(input: InputBuffer, decoder: ChunkedDecoder): Uint8Array | undefined {
    let pieces: Uint8Array[] | undefined;
    let size = 0;
    // The runs taken last, moved together in the memory they arrived in: nobody has a view of what lies between them.
    let joined: Uint8Array | undefined;
    let start = 0;
    let end = 0;
    while (input.octets > 0 && size < JOIN_OCTETS) {
      const { bytes } = input;
      const status = decoder.push(bytes, input.start, input.end);
      const { dataStart, dataEnd } = decoder;
      input.consume(decoder.offset - input.start);
      if (status === DATA) {
        if (bytes === joined) bytes.copyWithin(end, dataStart, dataEnd);
        else {
          if (joined !== undefined) {
            pieces ??= [];
            pieces.push(joined.subarray(start, end));
          }
          joined = bytes;
          start = dataStart;
          end = dataStart;
        }
        end += dataEnd - dataStart;
        size += dataEnd - dataStart;
        continue;
      }
      if (status === COMPLETE) {
        this.complete = true;
        break;
      }
      if (status === INVALID) {
        this.fault = decoder.fault;
        this.faultOffset = decoder.faultOffset;
        break;
      }
    }
    this.taken += size;
    const last = joined?.subarray(start, end);
    if (pieces === undefined || last === undefined) return last;
    pieces.push(last);
    return joinOctets(pieces, size);
  }

  /** We want octets now: pace counts from here, until `unwilling`. */
  willing(nowMs: number): void {
    if (this.#willingSinceMs >= 0) return;
    this.#willingSinceMs = nowMs;
    this.#lastProgressMs = nowMs;
    if (this.#startedMs < 0) this.#startedMs = nowMs;
  }

  /** For how long we have wanted octets, in ms. */
  willingForMs(nowMs: number): number {
    return this.#willingMs + (this.#willingSinceMs < 0 ? 0 : nowMs - this.#willingSinceMs);
  }

  unwilling(nowMs: number): void {
    if (this.#willingSinceMs < 0) return;
    this.#willingMs += nowMs - this.#willingSinceMs;
    this.#willingSinceMs = -1;
  }

  /** Content octets arrived; chunk overhead and trailers are none. */
  progress(nowMs: number): void {
    this.#lastProgressMs = nowMs;
  }

  /** When the peer is too slow if nothing more arrives; `Infinity` while we are not willing to read. */
  deadlineMs(deadlines: Deadlines): number {
    if (this.#willingSinceMs < 0) return Number.POSITIVE_INFINITY;
    const idle = this.#lastProgressMs + deadlines.contentIdleMs;
    let due = idle;
    if (deadlines.contentMinRate > 0) {
      const allowance = deadlines.contentGraceMs + (this.taken * 1000) / deadlines.contentMinRate;
      due = Math.min(due, this.#willingSinceMs + allowance - this.#willingMs);
    }
    if (this.bounded) due = Math.min(due, this.#startedMs + deadlines.contentMs);
    return due;
  }
}
