// The two machines of the package behind one face, so that one harness can feed both in pieces and
// compare what came out.

import {
  ChunkedDecoder,
  COMPLETE,
  DATA,
  FAULTS,
  HeadParser,
  INVALID,
  NEED_MORE,
  type ParserLimits,
  type RequestHead,
  readRequestHead,
} from "../src/index.ts";
import { latin1 } from "./reference.ts";

/** A machine under test. It may be fed again after `reset`. */
export interface Machine {
  reset(): void;
  /**
   * Hands over `bytes[base + offset .. end)`; `base` is where the message's first octet would be.
   * Reports whether more may come.
   */
  push(bytes: Uint8Array, base: number, offset: number, end: number): boolean;
  /** Everything that came out, but not how often it was asked; equal for equal octets. */
  trace(): string;
}

/** Octets consumed, the fault and the spans: what every split must agree in. */
export class HeadMachine implements Machine {
  readonly parser: HeadParser;
  status: number = NEED_MORE;

  constructor(limits?: Partial<ParserLimits>) {
    this.parser = new HeadParser(limits);
  }

  reset(): void {
    this.parser.reset();
    this.status = NEED_MORE;
  }

  push(bytes: Uint8Array, base: number, offset: number, end: number): boolean {
    const { parser } = this;
    if (parser.octets !== offset) throw new Error(`${parser.octets} octets consumed of ${offset}`);
    this.status = parser.push(bytes, base, end);
    return this.status === NEED_MORE;
  }

  trace(): string {
    const { parser, status } = this;
    if (status === NEED_MORE) {
      const { octets, requestLineStarted, methodEnd } = parser;
      return `need more: ${octets} octets, ${requestLineStarted}, method end ${methodEnd}`;
    }
    if (status === INVALID) return describeFault(parser.fault, parser.faultOffset);
    const { octets, methodStart, methodEnd, targetStart, targetEnd, minorVersion } = parser;
    const { fieldCount, highOctets } = parser;
    const spans = parser.spans.slice(0, 4 * fieldCount);
    const line = [methodStart, methodEnd, targetStart, targetEnd, minorVersion];
    return `complete: ${octets} octets, ${line}, ${spans}, high octets: ${highOctets}`;
  }
}

/** Content, trailers, counts and the fault of a message body. */
export class ChunkedMachine implements Machine {
  readonly decoder: ChunkedDecoder;
  readonly #contentLimit: number;
  status: number = NEED_MORE;
  content = "";

  constructor(limits?: Partial<ParserLimits>, contentLimit: number = Number.POSITIVE_INFINITY) {
    this.decoder = new ChunkedDecoder(limits);
    this.#contentLimit = contentLimit;
    this.reset();
  }

  reset(): void {
    this.decoder.reset();
    this.decoder.contentLimit = this.#contentLimit;
    this.status = NEED_MORE;
    this.content = "";
  }

  push(bytes: Uint8Array, base: number, offset: number, end: number): boolean {
    const { decoder } = this;
    if (decoder.octets !== offset)
      throw new Error(`${decoder.octets} octets consumed of ${offset}`);
    let from = base + offset;
    for (;;) {
      this.status = decoder.push(bytes, from, end);
      if (decoder.offset < from || decoder.offset > end) throw new Error("offset is out of bounds");
      if (this.status !== DATA) break;
      const { dataStart, dataEnd } = decoder;
      if (dataStart < from || dataEnd <= dataStart || dataEnd > decoder.offset) {
        throw new Error(`content at ${dataStart} to ${dataEnd} of ${from} to ${decoder.offset}`);
      }
      this.content += latin1(bytes.subarray(dataStart, dataEnd));
      bytes.fill(0, from, decoder.offset);
      from = decoder.offset;
    }
    if (this.status === NEED_MORE && decoder.offset !== end)
      throw new Error("octets were left over");
    return this.status === NEED_MORE;
  }

  trace(): string {
    const { decoder, content, status } = this;
    if (decoder.contentOctets !== content.length) throw new Error("contentOctets miscounts");
    if (status === INVALID) {
      return `${describeFault(decoder.fault, decoder.faultOffset)} after ${JSON.stringify(content)}`;
    }
    const verdict = status === COMPLETE ? "complete" : "need more";
    const trailers = JSON.stringify([...decoder.trailers]);
    return `${verdict}: ${decoder.octets} octets, ${JSON.stringify(content)}, trailers ${trailers}`;
  }
}

function describeFault(fault: number, offset: number): string {
  return `fault: ${FAULTS[fault]?.code} at ${offset}`;
}

/**
 * What a complete head means, judged in a copy of its octets that lies somewhere else; or the
 * fault.
 */
export function judgeHead(
  machine: HeadMachine,
  wire: Uint8Array,
  behindTls: boolean,
): RequestHead | undefined {
  const bytes = new Uint8Array(wire.length + 8).fill(0xff);
  bytes.set(wire, 5);
  return readRequestHead(machine.parser, bytes, 5, { behindTls });
}
