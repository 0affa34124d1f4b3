// Limits: what passes and what does not, and which limits a caller may set.

import { describe, expect, test } from "vitest";
import { chunkedLimitCases } from "../test/cases/chunked-limits.ts";
import { headLimitCases } from "../test/cases/head-limits.ts";
import { runChunkedCase, runHeadCase } from "../test/run-case.ts";
import {
  ChunkedDecoder,
  DEFAULT_PARSER_LIMITS,
  HeadParser,
  METHOD_OCTETS,
  type ParserLimits,
} from "./index.ts";

describe("limits of HeadParser", () => {
  for (const headCase of headLimitCases) {
    test(`${headCase.name} (${headCase.section})`, () => {
      runHeadCase(headCase);
    });
  }
});

describe("limits of ChunkedDecoder", () => {
  for (const chunkedCase of chunkedLimitCases) {
    test(`${chunkedCase.name} (${chunkedCase.section})`, () => {
      runChunkedCase(chunkedCase);
    });
  }
});

describe("ParserLimits", () => {
  const machines = { HeadParser, ChunkedDecoder };

  test("have the defaults of the design, frozen", () => {
    expect(DEFAULT_PARSER_LIMITS).toEqual({
      requestLineOctets: 8192,
      headOctets: 16384,
      fieldOctets: 8192,
      fieldLines: 100,
      trailerOctets: 4096,
      trailerLines: 32,
      chunkLineOctets: 4096,
      chunkExcessOctets: 16384,
    });
    expect(METHOD_OCTETS).toBe(24);
    expect(Object.isFrozen(DEFAULT_PARSER_LIMITS)).toBe(true);
  });

  for (const [machine, Machine] of Object.entries(machines)) {
    for (const name of Object.keys(DEFAULT_PARSER_LIMITS) as (keyof ParserLimits)[]) {
      test(`${machine} refuses ${name} outside its range, naming it, the value and the range (reliability L16)`, () => {
        for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
          const error = thrownBy(() => new Machine({ [name]: value }));
          expect(error).toBeInstanceOf(RangeError);
          expect(String(error)).toContain(name);
          expect(String(error)).toContain(String(value));
          expect(String(error)).toMatch(/\d+ to \d+/);
        }
      });

      test(`${machine} refuses ${name} that is no number (reliability L16)`, () => {
        for (const value of ["8192", null, 10n, {}]) {
          const error = thrownBy(() => new Machine({ [name]: value } as object));
          expect(error).toBeInstanceOf(TypeError);
          expect(String(error)).toContain(name);
        }
      });
    }

    test(`${machine} takes limits left undefined and members that are none of its own`, () => {
      const limits = { headOctets: undefined, other: -1 } as object;
      expect(() => new Machine(limits)).not.toThrow();
    });
  }
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
