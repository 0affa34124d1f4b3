// Reads requests one behind the other, as a server would: head, what it means, message body, next
// head. The smallest thing that uses the whole package.

import {
  ChunkedDecoder,
  COMPLETE,
  FAULTS,
  FRAMING_CHUNKED,
  FRAMING_LENGTH,
  HeadParser,
  INVALID,
  NEED_MORE,
  type RequestHead,
  readRequestHead,
} from "../src/index.ts";
import type { Machine } from "./machines.ts";
import { latin1 } from "./reference.ts";

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  content: string;
  trailers: readonly (readonly [name: string, value: string])[];
  isWhole: boolean;
}

export type Verdict = "accept" | "reject" | "incomplete";

export class ConnectionMachine implements Machine {
  requests: ReadRequest[] = [];

  /** The octets of the connection, which heads are read from while the pieces come and go. */
  readonly #wire: Uint8Array;
  readonly #isHeadOnly: boolean;
  readonly #parser: HeadParser = new HeadParser();
  readonly #decoder: ChunkedDecoder = new ChunkedDecoder();
  #head: RequestHead | undefined = undefined;
  /** Offset of the head being read. */
  #headStart = 0;
  #contentLeft = 0;
  #isClosed = false;
  #fault = "";

  /** `isHeadOnly`: what follows the first head is nobody's business. */
  constructor(wire: Uint8Array, isHeadOnly: boolean) {
    this.#wire = wire;
    this.#isHeadOnly = isHeadOnly;
  }

  get verdict(): Verdict {
    if (this.#fault !== "") return "reject";
    const isBetween = this.#head === undefined && !this.#parser.requestLineStarted;
    return this.#isClosed || (isBetween && this.requests.length > 0) ? "accept" : "incomplete";
  }

  reset(): void {
    this.requests = [];
    this.#parser.reset();
    this.#decoder.reset();
    this.#head = undefined;
    this.#headStart = 0;
    this.#contentLeft = 0;
    this.#isClosed = false;
    this.#fault = "";
  }

  push(bytes: Uint8Array, base: number, offset: number, end: number): boolean {
    let at = base + offset;
    let goesOn = true;
    while (goesOn && !this.#isClosed && this.#fault === "") {
      const before = at;
      if (this.#head === undefined) {
        goesOn = this.#readHead(bytes, base, end);
        at = base + this.#headStart + this.#parser.octets;
      } else if (this.#head.framing === FRAMING_CHUNKED) {
        goesOn = this.#readChunked(bytes, at, end);
        at = this.#decoder.offset;
      } else {
        at = this.#readLength(bytes, at, end);
        goesOn = this.#head === undefined;
      }
      if (this.#head === undefined && goesOn) {
        this.#headStart = at - base;
        this.#parser.reset();
        goesOn = at < end;
      }
      if (at < before) throw new Error(`went back from ${before} to ${at}`);
    }
    return !this.#isClosed && this.#fault === "";
  }

  trace(): string {
    const state = this.#isClosed || this.#fault !== "" ? "done" : "need more";
    return `${state} ${this.#fault} ${JSON.stringify(this.requests)}`;
  }

  /** Reports whether a head is complete. */
  #readHead(bytes: Uint8Array, base: number, end: number): boolean {
    const parser = this.#parser;
    const status = parser.push(bytes, base + this.#headStart, end);
    if (status === NEED_MORE) return false;
    const head =
      status === COMPLETE
        ? readRequestHead(parser, this.#wire, this.#headStart, { behindTls: false })
        : undefined;
    if (head === undefined) return this.#fail(parser.fault, this.#headStart + parser.faultOffset);
    const { method, target, minorVersion } = head;
    const version = `1.${minorVersion}`;
    const fields = [...head.fields];
    this.requests.push({
      ...{ method, target, version, fields },
      ...{ content: "", trailers: [], isWhole: false },
    });
    this.#head = head;
    this.#contentLeft = head.contentLength;
    this.#decoder.reset();
    if (this.#isHeadOnly) this.#isClosed = true;
    else if (head.framing !== FRAMING_CHUNKED && head.contentLength === 0) this.#finish();
    return true;
  }

  /** Reports whether to go on. */
  #readChunked(bytes: Uint8Array, at: number, end: number): boolean {
    const decoder = this.#decoder;
    const status = decoder.push(bytes, at, end);
    const request = this.requests.at(-1);
    if (status === NEED_MORE || request === undefined) return false;
    if (status === INVALID) return this.#fail(decoder.fault, decoder.faultOffset);
    if (status === COMPLETE) {
      request.trailers = [...decoder.trailers];
      this.#finish();
    } else {
      request.content += latin1(bytes.subarray(decoder.dataStart, decoder.dataEnd));
    }
    return true;
  }

  #readLength(bytes: Uint8Array, at: number, end: number): number {
    const upTo = Math.min(end, at + this.#contentLeft);
    const request = this.requests.at(-1);
    if (request !== undefined) request.content += latin1(bytes.subarray(at, upTo));
    this.#contentLeft -= upTo - at;
    if (this.#contentLeft === 0 && this.#head?.framing === FRAMING_LENGTH) this.#finish();
    return upTo;
  }

  #finish(): void {
    const request = this.requests.at(-1);
    if (request !== undefined) request.isWhole = true;
    if (this.#head?.persistent === false) this.#isClosed = true;
    this.#head = undefined;
  }

  #fail(fault: number, offset: number): false {
    this.#fault = `${FAULTS[fault]?.code} at ${offset}`;
    return false;
  }
}
