// The fault table, the Error built from it, and that the cases cover all of it.

import { describe, expect, test } from "vitest";
import { isRefused } from "../test/cases/case.ts";
import { bodyCases, headCases } from "../test/cases/index.ts";
import { chunkedOutcome, headOutcome } from "../test/outcome.ts";
import { readMarked } from "../test/wire.ts";
import { FAULTS, HeadParser, INVALID, ParseError, parseError } from "./index.ts";

describe("FAULTS", () => {
  test("has no row that no case produces", () => {
    const produced = new Set<string>();
    for (const headCase of headCases) {
      const outcome = headOutcome(readMarked(headCase.wire).octets, headCase);
      if (outcome.verdict === "fault") produced.add(outcome.code);
    }
    for (const chunkedCase of bodyCases) {
      produced.add(chunkedOutcome(readMarked(chunkedCase.wire).octets, chunkedCase).code);
    }
    const missing = FAULTS.slice(1).filter(({ code }) => !produced.has(code));
    expect(missing).toEqual([]);
  });

  test("begins with a row for no fault", () => {
    expect(FAULTS[0]?.status).toBe(0);
    expect(FAULTS.slice(1).every(({ status }) => status >= 400 && status < 600)).toBe(true);
  });

  test("gives each row a code, a section and a message of its own", () => {
    const rows = FAULTS.slice(1);
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
    expect(new Set(rows.map(({ message }) => message)).size).toBe(rows.length);
    expect(rows.filter(({ code }) => !/^ERR_[A-Z]+(?:_[A-Z]+)*$/.test(code))).toEqual([]);
    expect(rows.filter(({ section }) => !/^RFC \d{4} §\d+(?:\.\d+)*$/.test(section))).toEqual([]);
    expect(rows.filter(({ message }) => /[.!]$|n't/.test(message))).toEqual([]);
  });

  test("cannot be changed", () => {
    expect(Object.isFrozen(FAULTS)).toBe(true);
    expect(FAULTS.every((row) => Object.isFrozen(row))).toBe(true);
  });
});

describe("cases", () => {
  test("have names of their own", () => {
    for (const cases of [headCases, bodyCases]) {
      const names = cases.map(({ name, section }) => `${name} (${section})`);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
  });

  test("mark an octet exactly when they expect a fault", () => {
    const odd = [...headCases, ...bodyCases].filter(
      ({ wire, expect: expected }) => readMarked(wire).mark >= 0 !== isRefused(expected),
    );
    expect(odd).toEqual([]);
  });
});

describe("ParseError", () => {
  test("carries code, status, section and offset of its fault", () => {
    FAULTS.forEach((row, fault) => {
      if (fault === 0) return;
      const error = parseError(fault, 7);
      expect(error).toBeInstanceOf(ParseError);
      expect(error).toBeInstanceOf(SyntaxError);
      const { name, code, status, section, offset, message } = error;
      expect({ code, status, section, message }).toEqual({
        ...row,
        message: `Cannot parse request: ${row.message} (${row.section}), at octet 7`,
      });
      expect([name, offset]).toEqual(["ParseError", 7]);
    });
  });

  test("never shows what was received", () => {
    const wire = readMarked("GET /secret▸#secret HTTP/1.1\r\n\r\n").octets;
    const parser = new HeadParser();
    expect(parser.push(wire, 0, wire.length)).toBe(INVALID);
    const error = parseError(parser.fault, parser.faultOffset);
    expect(error.message).not.toContain("secret");
    expect(error.offset).toBe(11);
  });

  test("is not built for a row that is no fault", () => {
    expect(() => parseError(0, 0)).toThrow(RangeError);
    expect(() => parseError(FAULTS.length, 0)).toThrow(RangeError);
    expect(() => parseError(-1, 0)).toThrow(RangeError);
  });
});
