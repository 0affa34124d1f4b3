import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AccessEntry, accessLine } from "./access-line.ts";

const ENTRY: AccessEntry = {
  dateMs: Date.UTC(2026, 10, 23, 9, 8, 7, 65),
  requestId: "a-1",
  remoteAddress: "192.0.2.1",
  method: "GET",
  target: "/a?b=c",
  version: "1.1",
  status: 200,
  octetsIn: 40,
  octetsOut: 144,
  firstOctetUs: 52,
  totalUs: 61,
  userAgent: "curl/8",
  referer: "https://example.org/",
  outcome: "sent",
};

const LINES: readonly (readonly [
  what: string,
  change: Partial<AccessEntry>,
  json: string,
  combined: string,
])[] = [
  [
    "everything",
    {},
    '{"time":"2026-11-23T09:08:07.065Z","requestId":"a-1","remoteAddress":"192.0.2.1","method":"GET","target":"/a?b=c","version":"1.1","status":200,"octetsIn":40,"octetsOut":144,"firstOctetUs":52,"totalUs":61,"userAgent":"curl/8","referer":"https://example.org/","outcome":"sent"}',
    '192.0.2.1 - - [23/Nov/2026:09:08:07 +0000] "GET /a?b=c HTTP/1.1" 200 144 "https://example.org/" "curl/8"',
  ],
  [
    "nothing that may be missing",
    {
      remoteAddress: undefined,
      status: 0,
      firstOctetUs: -1,
      octetsOut: 0,
      userAgent: undefined,
      referer: undefined,
      outcome: "lost",
    },
    '{"time":"2026-11-23T09:08:07.065Z","requestId":"a-1","method":"GET","target":"/a?b=c","version":"1.1","status":0,"octetsIn":40,"octetsOut":0,"totalUs":61,"outcome":"lost"}',
    '- - - [23/Nov/2026:09:08:07 +0000] "GET /a?b=c HTTP/1.1" - 0 "-" "-"',
  ],
  [
    "what would end a value or a line",
    { userAgent: 'a"b\\c\nd\r\u0000e', referer: "\x7f\x85\xff", version: "1.0" },
    '{"time":"2026-11-23T09:08:07.065Z","requestId":"a-1","remoteAddress":"192.0.2.1","method":"GET","target":"/a?b=c","version":"1.0","status":200,"octetsIn":40,"octetsOut":144,"firstOctetUs":52,"totalUs":61,"userAgent":"a\\"b\\\\c\\u000ad\\u000d\\u0000e","referer":"\\u007f\\u0085\\u00ff","outcome":"sent"}',
    '192.0.2.1 - - [23/Nov/2026:09:08:07 +0000] "GET /a?b=c HTTP/1.0" 200 144 "\\x7f\\x85\\xff" "a\\"b\\\\c\\x0ad\\x0d\\x00e"',
  ],
];

describe("an access line", () => {
  for (const [what, change, json, combined] of LINES) {
    test(`holds ${what}`, () => {
      const entry = { ...ENTRY, ...change };
      expect(accessLine("json")(entry)).toBe(`${json}\n`);
      expect(accessLine("combined")(entry)).toBe(`${combined}\n`);
      const common = combined.slice(0, combined.indexOf('"', combined.indexOf("HTTP/")) + 1);
      const [status, octets] = combined.slice(common.length + 1).split(" ");
      expect(accessLine("common")(entry)).toBe(`${common} ${status} ${octets}\n`);
    });
  }

  test("cuts user agent and referer behind 256 octets, before they are escaped", () => {
    const long = '"'.repeat(300);
    const line = JSON.parse(accessLine("json")({ ...ENTRY, userAgent: long, referer: long }));
    expect([line.userAgent, line.referer]).toEqual(['"'.repeat(256), '"'.repeat(256)]);
  });

  test("tells the time of its own second and millisecond, forwards and back", () => {
    for (const dateMs of [0, 999, 1000, 86_400_000, 999, ENTRY.dateMs]) {
      const { time } = JSON.parse(accessLine("json")({ ...ENTRY, dateMs }));
      expect(Date.parse(time)).toBe(dateMs);
      const [, clf] = /\[([^\]]*)\]/.exec(accessLine("common")({ ...ENTRY, dateMs }))!;
      const [day, month, year, hours] = clf!.split(/[/:]/, 4);
      expect(Date.parse(`${day} ${month} ${year} ${hours}:00:00 GMT`)).toBe(
        dateMs - (dateMs % 3_600_000),
      );
    }
  });

  test("is one line of ASCII whatever a request holds, and as JSON gives it back", () => {
    const octets = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    const property = fc.property(
      fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/),
      octets,
      fc.oneof(octets, fc.string({ unit: "grapheme" })),
      octets,
      (method, userAgent, target, remoteAddress) => {
        const entry = { ...ENTRY, method, userAgent, target, remoteAddress, referer: userAgent };
        for (const format of ["json", "common", "combined"] as const) {
          expect(accessLine(format)(entry)).toMatch(/^[\x20-\x7e]*\n$/);
        }
        expect(JSON.parse(accessLine("json")(entry))).toMatchObject({
          method,
          target,
          remoteAddress,
          userAgent: userAgent.slice(0, 256),
        });
        // The quotes that are left are those of the format.
        const quotes = accessLine("combined")(entry).replaceAll(/\\./g, "").match(/"/g);
        expect(quotes?.length).toBe(6);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
