// readRequestHead and RequestHead: the cases of what a head means, and the parts it gives.

import { describe, expect, test } from "vitest";
import { absoluteFormCases } from "../test/cases/absolute-form.ts";
import { connectionCases } from "../test/cases/connection.ts";
import { framingCases } from "../test/cases/framing.ts";
import { hostCases } from "../test/cases/host.ts";
import { requestTargetCases } from "../test/cases/request-target.ts";
import { runHeadCase } from "../test/run-case.ts";
import { octetsOf } from "../test/wire.ts";
import {
  COMPLETE,
  FRAMING_CHUNKED,
  FRAMING_LENGTH,
  FRAMING_NONE,
  HeadParser,
  readRequestHead,
} from "./index.ts";

const groups = {
  "request-target": requestTargetCases,
  "absolute-form": absoluteFormCases,
  Host: hostCases,
  framing: framingCases,
  "Connection and Expect": connectionCases,
};

for (const [group, cases] of Object.entries(groups)) {
  describe(`readRequestHead, ${group}`, () => {
    for (const headCase of cases) {
      test(`${headCase.name} (${headCase.section})`, () => {
        runHeadCase(headCase);
      });
    }
  });
}

describe("RequestHead", () => {
  test("reads its octets where they stand, without those around it", () => {
    const wire = octetsOf("POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
    const bytes = new Uint8Array([...octetsOf("GET / X"), ...wire, ...octetsOf("abGET")]);
    const parser = new HeadParser();
    expect(parser.push(bytes, 7, bytes.length)).toBe(COMPLETE);
    const head = readRequestHead(parser, bytes, 7, { behindTls: false });
    expect(head?.bytes).toBe(bytes);
    expect([head?.base, head?.octets]).toEqual([7, wire.length]);
    expect([head?.method, head?.target, head?.path, head?.query]).toEqual([
      "POST",
      "/a?b",
      "/a",
      "b",
    ]);
    expect([head?.framing, head?.contentLength]).toEqual([FRAMING_LENGTH, 2]);
    expect([FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED]).toEqual([0, 1, 2]);
  });

  test("gives every method as received (9110 9.1)", () => {
    const methods = [
      "GET",
      "HEAD",
      "POST",
      "PUT",
      "DELETE",
      "OPTIONS",
      "TRACE",
      "PATCH",
      "PURGE",
      "get",
      "GEt",
      "G",
    ];
    for (const method of methods) {
      const wire = octetsOf(`${method} / HTTP/1.0\r\n\r\n`);
      const parser = new HeadParser();
      parser.push(wire, 0, wire.length);
      expect(readRequestHead(parser, wire, 0, { behindTls: false })?.method).toBe(method);
    }
  });

  test("is refused without an Error, and the parser says why", () => {
    const wire = octetsOf("GET / HTTP/1.1\r\n\r\n");
    const parser = new HeadParser();
    expect(parser.push(wire, 0, wire.length)).toBe(COMPLETE);
    expect(parser.fault).toBe(0);
    expect(readRequestHead(parser, wire, 0, { behindTls: false })).toBe(undefined);
    expect([parser.fault > 0, parser.faultOffset]).toEqual([true, 16]);
  });
});
