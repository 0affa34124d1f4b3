// Random messages, right and damaged: the package and the reference agree in everything, and any
// split in the same. A failure prints the seed that repeats it.

import fc from "fast-check";
import { describe, test } from "vitest";
import { authority, chunkedBody, cuts, head, limits } from "./arbitraries.ts";
import { ChunkedMachine, HeadMachine, type Machine } from "./machines.ts";
import {
  chunkedOutcome,
  chunkedReference,
  headOutcome,
  headReference,
  outcomeText,
} from "./outcome.ts";
import { feedPieces } from "./split.ts";
import { octetsOf, show } from "./wire.ts";

const RUNS = 3000;

function expectSame(octets: Uint8Array, actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${show(octets)}\n${actual}\ninstead of\n${expected}`);
}

function expectSplitToChangeNothing(
  start: () => Machine,
  octets: Uint8Array,
  parts: number[],
): void {
  const whole = start();
  feedPieces(whole, octets, []);
  const pieces = start();
  const places = parts.map((part) => Math.floor(part * octets.length)).toSorted((a, b) => a - b);
  feedPieces(pieces, octets, places);
  expectSame(octets, pieces.trace(), whole.trace());
}

describe("random messages", () => {
  test("HeadParser and readRequestHead agree with the reference, split or whole", () => {
    const property = fc.property(
      head,
      limits,
      fc.boolean(),
      cuts,
      (text, some, behindTls, parts) => {
        const octets = octetsOf(text);
        const conditions = { limits: some, behindTls };
        const expected = outcomeText(headReference(octets, conditions));
        expectSame(octets, outcomeText(headOutcome(octets, conditions)), expected);
        expectSplitToChangeNothing(() => new HeadMachine(some), octets, parts);
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  test("ChunkedDecoder agrees with the reference, split or whole", () => {
    const contentLimit = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat({ max: 40 }));
    const property = fc.property(
      chunkedBody,
      limits,
      contentLimit,
      cuts,
      (text, some, limit, parts) => {
        const octets = octetsOf(text);
        const conditions = { limits: some, contentLimit: limit };
        const expected = outcomeText(chunkedReference(octets, conditions));
        expectSame(octets, outcomeText(chunkedOutcome(octets, conditions)), expected);
        expectSplitToChangeNothing(() => new ChunkedMachine(some, limit), octets, parts);
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  test("Host and the authority of a target agree with RFC 3986 by regular expressions", () => {
    const property = fc.property(authority, fc.option(authority), (host, other) => {
      const octets = octetsOf(`GET http://${other ?? host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expectSame(octets, outcomeText(headOutcome(octets)), outcomeText(headReference(octets)));
    });
    fc.assert(property, { numRuns: 2 * RUNS });
  });

  test("octets without any order agree with the reference", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 40 }), cuts, (octets, parts) => {
      const expected = outcomeText(headReference(octets));
      expectSame(octets, outcomeText(headOutcome(octets)), expected);
      expectSplitToChangeNothing(() => new HeadMachine(), octets, parts);
      const body = outcomeText(chunkedReference(octets));
      expectSame(octets, outcomeText(chunkedOutcome(octets)), body);
      expectSplitToChangeNothing(() => new ChunkedMachine(), octets, parts);
    });
    fc.assert(property, { numRuns: RUNS });
  });
});
