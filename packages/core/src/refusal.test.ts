import { FAULTS, HeadParser } from "@hyperlane-ts/parser";
import { describe, expect, test } from "vitest";
import { countingClock, octetsOf } from "../test/memory-server.ts";
import { contentText, fieldOf, readResponses } from "../test/read-responses.ts";
import { DateField } from "./date-field.ts";
import { InputBuffer } from "./input-buffer.ts";
import { readsHead, refusal, refusedStatus } from "./refusal.ts";
import { HeadWriter } from "./response-head.ts";
import { reasonPhrase } from "./status.ts";

const writer = new HeadWriter(new DateField(countingClock()));

describe("refusal", () => {
  test("of every fault is one whole small answer that closes (RFC 9112 §9.6)", () => {
    for (let fault = 1; fault < FAULTS.length; fault++) {
      const status = refusedStatus(fault);
      expect(status).toBe(FAULTS[fault]!.status);
      const { responses, rest } = readResponses(octetsOf(refusal(writer, status, false, 0)));
      const [response] = responses;
      expect([responses.length, rest.length, response!.complete]).toEqual([1, 0, true]);
      expect([response!.status, contentText(response!)]).toEqual([status, reasonPhrase(status)]);
      expect(["Connection", "Content-Type"].map((name) => fieldOf(response!, name))).toEqual([
        "close",
        "text/plain",
      ]);
      expect(response!.content.length).toBeGreaterThan(0);
    }
  });

  test("of HEAD has the same head and no content (RFC 9110 §9.3.2)", () => {
    const whole = refusal(writer, 400, false, 0);
    expect(whole).toBe(`${refusal(writer, 400, true, 0)}Bad Request`);
  });
});

describe("readsHead", () => {
  test.each([
    ["HEAD / HTTP/1.1\r\n", true],
    ["HEAD ", true],
    ["\r\n\r\nHEAD /", true],
    ["GET /", false],
    ["HEAT /", false],
    ["head /", false],
    ["HEADER /", false],
    ["HEA", false],
    ["", false],
  ] as const)("of %j is %s", (octets, expected) => {
    const input = new InputBuffer();
    input.append(octetsOf(`xx${octets}`));
    input.consume(2);
    const parser = new HeadParser();
    parser.push(input.bytes, input.start, input.end);
    expect(readsHead(parser, input)).toBe(expected);
  });
});
