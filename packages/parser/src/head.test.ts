// HeadParser: its cases, and what its members say between and after pushes.

import { describe, expect, test } from "vitest";
import { fieldLineCases } from "../test/cases/field-lines.ts";
import { requestLineCases } from "../test/cases/request-line.ts";
import { runHeadCase } from "../test/run-case.ts";
import { octetsOf } from "../test/wire.ts";
import { COMPLETE, FAULTS, HeadParser, INVALID, NEED_MORE } from "./index.ts";

describe("HeadParser", () => {
  for (const headCase of [...requestLineCases, ...fieldLineCases]) {
    test(`${headCase.name} (${headCase.section})`, () => {
      runHeadCase(headCase);
    });
  }
});

const HEAD = octetsOf("\r\nGET /a HTTP/1.1\r\nHost: a\r\nX: \xe9\r\n\r\n");

/** A parser that was given the first `octets` of HEAD. */
function parserAfter(octets: number): HeadParser {
  const parser = new HeadParser();
  expect(parser.push(HEAD, 0, octets)).toBe(NEED_MORE);
  return parser;
}

describe("HeadParser, its members", () => {
  test("say where each element stands when the head is complete", () => {
    const parser = new HeadParser();
    expect(parser.push(HEAD, 0, HEAD.length)).toBe(COMPLETE);
    const { octets, methodStart, methodEnd, targetStart, targetEnd, minorVersion } = parser;
    expect([octets, methodStart, methodEnd]).toEqual([HEAD.length, 2, 5]);
    expect([targetStart, targetEnd, minorVersion]).toEqual([6, 8, 1]);
    expect([parser.fieldCount, parser.highOctets]).toEqual([2, true]);
    expect(parser.spans.slice(0, 8)).toEqual([19, 23, 25, 26, 28, 29, 31, 32]);
    expect([parser.fault, parser.faultOffset]).toEqual([0, -1]);
  });

  test("tell an empty line from the start of a request-line (row 408)", () => {
    expect(new HeadParser().requestLineStarted).toBe(false);
    expect(parserAfter(1).requestLineStarted).toBe(false);
    expect(parserAfter(2).requestLineStarted).toBe(false);
    expect(parserAfter(3).requestLineStarted).toBe(true);
    expect(parserAfter(30).requestLineStarted).toBe(true);
  });

  test("tell when the method is whole (row error answers to HEAD)", () => {
    expect(parserAfter(5).methodEnd).toBe(0);
    expect(parserAfter(6).methodEnd).toBe(5);
    expect(parserAfter(30).methodEnd).toBe(5);
  });

  test("count what was consumed while the head is incomplete", () => {
    for (let octets = 0; octets < HEAD.length; octets++) {
      expect(parserAfter(octets).octets).toBe(octets);
    }
  });

  test("report obs-text of values only where there is some", () => {
    const parser = new HeadParser();
    const plain = octetsOf("GET / HTTP/1.0\r\nX: ~\r\n\r\n");
    parser.push(HEAD, 0, HEAD.length);
    expect(parser.highOctets).toBe(true);
    parser.reset();
    expect(parser.highOctets).toBe(false);
    parser.push(plain, 0, plain.length);
    expect(parser.highOctets).toBe(false);
  });

  test("are as new after reset, in whatever state it finds them", () => {
    const fresh = new HeadParser();
    for (const wire of [
      "",
      "\r",
      "GE",
      "GET /a HT",
      "GET / HTTP/1.1\r\nA: b",
      "GET\0",
      "G / HTTP/1.0\r\n\r\n",
    ]) {
      const parser = new HeadParser();
      const octets = octetsOf(wire);
      parser.push(octets, 0, octets.length);
      parser.reset();
      const names = [
        "octets",
        "fault",
        "faultOffset",
        "requestLineStarted",
        "methodEnd",
        "fieldCount",
      ] as const;
      for (const name of names)
        expect([wire, name, parser[name]]).toEqual([wire, name, fresh[name]]);
      expect(parser.push(HEAD, 0, HEAD.length)).toBe(COMPLETE);
      expect(parser.octets).toBe(HEAD.length);
    }
  });
});

describe("HeadParser.push", () => {
  test("reads nothing more once the head is complete", () => {
    const parser = new HeadParser();
    const octets = new Uint8Array([...HEAD, ...octetsOf("\0\0")]);
    for (let again = 0; again < 3; again++) {
      expect(parser.push(octets, 0, octets.length)).toBe(COMPLETE);
      expect(parser.octets).toBe(HEAD.length);
    }
  });

  test("keeps its fault when it is called again", () => {
    const parser = new HeadParser();
    const octets = octetsOf("GET /#\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    for (let again = 0; again < 3; again++) {
      expect(parser.push(octets, 0, octets.length)).toBe(INVALID);
      expect([FAULTS[parser.fault]?.code, parser.faultOffset]).toEqual(["ERR_TARGET", 5]);
    }
  });

  test("needs more when nothing new has come", () => {
    const parser = parserAfter(20);
    expect(parser.push(HEAD, 0, 20)).toBe(NEED_MORE);
    expect(parser.push(HEAD, 0, 20)).toBe(NEED_MORE);
    expect(parser.octets).toBe(20);
    expect(parser.push(HEAD, 0, HEAD.length)).toBe(COMPLETE);
  });

  test("reads heads one behind the other in the same buffer (9112 9.3.2)", () => {
    const wire = octetsOf("GET /a HTTP/1.0\r\n\r\n\r\nPUT /bc HTTP/1.0\r\nX: y\r\n\r\n");
    const parser = new HeadParser();
    expect(parser.push(wire, 0, wire.length)).toBe(COMPLETE);
    expect(parser.octets).toBe(19);
    parser.reset();
    expect(parser.push(wire, 19, wire.length)).toBe(COMPLETE);
    expect([parser.octets, parser.methodStart, parser.targetEnd]).toEqual([28, 2, 9]);
  });
});
