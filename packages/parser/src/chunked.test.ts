// ChunkedDecoder: its cases, what it hands out between pushes, and a content limit that moves.

import { describe, expect, test } from "vitest";
import { chunkExtensionCases } from "../test/cases/chunk-extensions.ts";
import { chunkedCases } from "../test/cases/chunked.ts";
import { trailerCases } from "../test/cases/trailers.ts";
import { runChunkedCase } from "../test/run-case.ts";
import { octetsOf } from "../test/wire.ts";
import {
  ChunkedDecoder,
  COMPLETE,
  DATA,
  FAULTS,
  FieldSection,
  INVALID,
  NEED_MORE,
} from "./index.ts";

describe("ChunkedDecoder", () => {
  for (const chunkedCase of [...chunkedCases, ...chunkExtensionCases, ...trailerCases]) {
    test(`${chunkedCase.name} (${chunkedCase.section})`, () => {
      runChunkedCase(chunkedCase);
    });
  }
});

describe("ChunkedDecoder.push", () => {
  test("hands out each run of content where it stands and goes on from offset", () => {
    const wire = octetsOf("xx3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nyy");
    const decoder = new ChunkedDecoder();
    expect(decoder.push(wire, 2, wire.length)).toBe(DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.contentOctets]).toEqual([5, 8, 3]);
    expect(decoder.push(wire, decoder.offset, wire.length)).toBe(DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.contentOctets]).toEqual([13, 15, 5]);
    expect(decoder.push(wire, decoder.offset, wire.length)).toBe(COMPLETE);
    expect([decoder.offset, decoder.octets]).toEqual([wire.length - 2, wire.length - 4]);
    expect(decoder.trailers).toBe(FieldSection.empty);
  });

  test("hands out content before the rest of its chunk has come", () => {
    const decoder = new ChunkedDecoder();
    expect(decoder.push(octetsOf("ffff\r\nab"), 0, 8)).toBe(DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.contentOctets]).toEqual([6, 8, 2]);
    expect(decoder.push(octetsOf("ffff\r\nab"), 8, 8)).toBe(NEED_MORE);
  });

  test("keeps its trailers when the octets are overwritten (9112 7.1.2)", () => {
    const decoder = new ChunkedDecoder();
    const wire = octetsOf("0\r\nA: b\r\nC: d\xe9\r\n\r\n");
    for (let from = 0; from < wire.length; from++) {
      expect(decoder.trailers).toBe(FieldSection.empty);
      decoder.push(wire, from, from + 1);
      wire[from] = 0;
    }
    const { trailers } = decoder;
    decoder.reset();
    const other = octetsOf("0\r\nLonger: value\r\n\r\n");
    expect(decoder.push(other, 0, other.length)).toBe(COMPLETE);
    expect([...trailers]).toEqual([
      ["A", "b"],
      ["C", "d\xe9"],
    ]);
    expect(trailers.get("c")).toBe("d\xe9");
    expect([...decoder.trailers]).toEqual([["Longer", "value"]]);
  });

  test("is complete only behind the last CRLF (9112 7.1)", () => {
    const wire = octetsOf("0\r\n\r\n");
    const decoder = new ChunkedDecoder();
    for (let end = 1; end < wire.length; end++) {
      expect(decoder.push(wire, end - 1, end)).toBe(NEED_MORE);
    }
    expect(decoder.push(wire, wire.length - 1, wire.length)).toBe(COMPLETE);
    expect(decoder.push(wire, wire.length, wire.length)).toBe(COMPLETE);
  });

  test("keeps its fault when it is called again", () => {
    const decoder = new ChunkedDecoder();
    const wire = octetsOf("1\r\nab\r\n0\r\n\r\n");
    expect(decoder.push(wire, 0, wire.length)).toBe(DATA);
    for (let again = 0; again < 3; again++) {
      expect(decoder.push(wire, decoder.offset, wire.length)).toBe(INVALID);
      expect([FAULTS[decoder.fault]?.code, decoder.faultOffset]).toEqual(["ERR_CHUNK_END", 4]);
    }
  });

  test("is as new after reset, in whatever state it was", () => {
    const fresh = octetsOf("1\r\na\r\n0\r\nA: b\r\n\r\n");
    for (const wire of [
      "",
      "1",
      "1;a=",
      "1;a\r\na",
      "zz",
      "0\r\nX: y",
      "0\r\nX: y\r\n\r\n",
      "0\r\nHost:",
    ]) {
      const decoder = new ChunkedDecoder();
      const octets = octetsOf(wire);
      while (decoder.push(octets, decoder.offset, octets.length) === DATA);
      decoder.reset();
      expect([decoder.octets, decoder.contentOctets, decoder.fault, decoder.faultOffset]).toEqual([
        0, 0, 0, -1,
      ]);
      expect(decoder.trailers).toBe(FieldSection.empty);
      expect(decoder.push(fresh, 0, fresh.length)).toBe(DATA);
      expect(decoder.push(fresh, decoder.offset, fresh.length)).toBe(COMPLETE);
      expect([decoder.octets, decoder.contentOctets, [...decoder.trailers]]).toEqual([
        fresh.length,
        1,
        [["A", "b"]],
      ]);
    }
  });
});

describe("ChunkedDecoder.contentLimit", () => {
  /** A decoder that has handed out "ab" of a chunk of four octets, and where it stands. */
  function decoderInside(wire: Uint8Array): ChunkedDecoder {
    const decoder = new ChunkedDecoder();
    expect(decoder.contentLimit).toBe(Number.POSITIVE_INFINITY);
    expect(decoder.push(wire, 0, 5)).toBe(DATA);
    return decoder;
  }

  test("lowered within a chunk refuses the next octet (9110 15.5.14)", () => {
    const wire = octetsOf("4\r\nabcd\r\n0\r\n\r\n");
    for (const limit of [0, 2, 3]) {
      const decoder = decoderInside(wire);
      decoder.contentLimit = limit;
      expect(decoder.push(wire, 5, 5)).toBe(NEED_MORE);
      expect(decoder.push(wire, 5, wire.length)).toBe(INVALID);
      expect([FAULTS[decoder.fault]?.code, decoder.faultOffset]).toEqual([
        "ERR_CONTENT_TOO_LARGE",
        5,
      ]);
      expect(decoder.contentOctets).toBe(2);
    }
  });

  test("lowered to what the chunk fills lets it pass (9110 15.5.14)", () => {
    const wire = octetsOf("4\r\nabcd\r\n0\r\n\r\n");
    const decoder = decoderInside(wire);
    decoder.contentLimit = 4;
    expect(decoder.push(wire, 5, wire.length)).toBe(DATA);
    expect(decoder.push(wire, decoder.offset, wire.length)).toBe(COMPLETE);
  });

  test("raised between chunks counts from then on (9110 15.5.14)", () => {
    const wire = octetsOf("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
    const decoder = new ChunkedDecoder();
    decoder.contentLimit = 2;
    expect(decoder.push(wire, 0, wire.length)).toBe(DATA);
    decoder.contentLimit = 4;
    expect(decoder.push(wire, decoder.offset, wire.length)).toBe(DATA);
    expect(decoder.push(wire, decoder.offset, wire.length)).toBe(COMPLETE);
  });
});
