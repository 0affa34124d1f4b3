import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { head, octetsOf, serve } from "../test/memory-server.ts";
import { BadConnections, excerpt } from "./bad-connections.ts";
import type { LogFields } from "./logger.ts";

describe("BadConnections", () => {
  function rig() {
    const records: { readonly fields: LogFields; readonly message: string }[] = [];
    let asked = 0;
    const bad = new BadConnections((fields, message) => void records.push({ fields, message }));
    return {
      records,
      asked: () => asked,
      report(atMs: number, times = 1) {
        for (let i = 0; i < times; i++) {
          bad.report(atMs, "too slow", () => {
            asked++;
            return { atMs };
          });
        }
      },
    };
  }

  test("logs ten records a second, and asks nothing for those it leaves out", () => {
    const { records, report, asked } = rig();
    report(5000, 10);
    expect(records.length).toBe(10);
    report(5000, 7);
    report(5999, 3);
    expect([records.length, asked()]).toEqual([10, 10]);
    expect(records[0]).toEqual({ fields: { atMs: 5000 }, message: "too slow" });
  });

  test("tells in the next record how many were left out, once", () => {
    const { records, report } = rig();
    report(5000, 20);
    report(6000);
    report(6000);
    expect(records.slice(10).map(({ fields }) => fields)).toEqual([
      { atMs: 6000, suppressed: 10 },
      { atMs: 6000 },
    ]);
  });

  test("adds up what was left out over any number of seconds", () => {
    const { records, report } = rig();
    for (let second = 0; second < 3; second++) report(second * 1000, 15);
    report(60_000);
    expect(records.map(({ fields }) => fields["suppressed"] ?? 0)).toEqual([
      ...new Array(10).fill(0),
      5,
      ...new Array(9).fill(0),
      5,
      ...new Array(9).fill(0),
      5,
    ]);
  });
});

function shown(text: string, at: number = text.length - 1, start = 0): string {
  return excerpt(octetsOf(text), start, at);
}

describe("excerpt", () => {
  test.each([
    ["the line up to the octet at fault", "GET /a\x01b HTTP/1.1\r\n", 6, "GET /a\\x01"],
    ["the first octet", "\x16\x03\x01", 0, "\\x16"],
    ["the last octet there is", "GE\x7f", 2, "GE\\x7f"],
    ["a place behind the last octet", "GET", 9, "GET"],
    ["only its own line", "GET / HTTP/1.1\r\nX-A: b\x00\r\n", 22, "X-A: b\\x00"],
    ["a bare LF", "GET / HTTP/1.1\nHost", 14, "GET / HTTP/1.1\\x0a"],
    ["an empty line", "\r\n\r\n\r\nG", 4, "\\x0d"],
    ["quotes and backslashes", 'X: "\\a"\x01', 8, "X: \\x22\\x5ca\\x22\\x01"],
    [
      "the last 24 octets before it",
      `GET /${"a".repeat(20)}${"b".repeat(24)}\x01`,
      49,
      `${"b".repeat(24)}\\x01`,
    ],
  ])("shows %s", (_, text, at, expected) => {
    expect(shown(text, at)).toBe(expected);
  });

  test("shows nothing before the head's first octet", () => {
    expect(shown("secretGET\x01", 9, 6)).toBe("GET\\x01");
    expect(shown("Cookie: a\x01", 9, 8)).toBe("a\\x01");
  });

  test("escapes every octet that is not plain, at fault and before it", () => {
    for (let octet = 0; octet < 256; octet++) {
      const isPlain = octet >= 0x20 && octet <= 0x7e && octet !== 0x22 && octet !== 0x5c;
      const text = isPlain
        ? String.fromCharCode(octet)
        : `\\x${octet.toString(16).padStart(2, "0")}`;
      expect(excerpt(Uint8Array.of(octet), 0, 0)).toBe(text);
      // A line begins behind LF, what stands before "@" may be a password, and what stands behind "?" a token.
      const before = octet === 0x0a ? "" : text;
      const after =
        octet === 0x0a || octet === 0x3f ? "b" : octet === 0x40 ? `${before}b` : `a${before}b`;
      expect(excerpt(Uint8Array.of(0x61, octet, 0x62), 0, 2)).toBe(after);
    }
  });

  const SECRETS: readonly (readonly [line: string, expected: string, at?: number])[] = [
    ["Authorization: Basic c2VjcmV0\x01", "Authorization: ...\\x01"],
    ["authorization:c2VjcmV0\x01", "authorization: ...\\x01"],
    ["PROXY-AUTHORIZATION: Bearer secret\r\r", "PROXY-AUTHORIZATION: ...\\x0d"],
    ["Cookie: session=secret\x7f", "Cookie: ...\\x7f"],
    ["cOOKIE: a=b; secret=c\n", "cOOKIE: ...\\x0a"],
    [" continued secret\x01", "\\x01"],
    ["\tcontinued: secret\x01", "\\x01"],
    ["Authorization\x00: secret", "Authorization\\x00", 13],
    ["Cookie : secret", "Cookie ", 6],
    ["Host: user:secret@h", "...", 17],
    ["GET http://user:secret@h/ HTTP/1.1", "...", 22],
    ["GET http://user:secret@h/\x01", "@h/\\x01", 25],
    ["GET http://user:secret#1@h/", "...", 22],
    ["GET /?access_token=secret\x01", "\\x01"],
    ["GET /a@b?token=secret\x01", "\\x01"],
    ["Referer: /?access_token=secret\x01", "\\x01"],
  ];
  for (const [line, expected, at = line.length - 1] of SECRETS) {
    test(`of ${JSON.stringify(line)} shows no credential`, () => {
      const text = shown(`GET / HTTP/1.1\r\nHost: a\r\n${line}`, 25 + at);
      expect(text).not.toContain("secret");
      expect(text).not.toContain("c2Vj");
      if (expected !== "...") expect(text).toBe(expected);
    });
  }

  test("is short, in one line, and never looks outside of the line, whatever the octets", () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.nat(130),
      fc.nat(60),
      (octets, at, start) => {
        const from = Math.min(start, octets.length);
        const text = excerpt(octets, from, from + at);
        expect(text).toMatch(/^[\x20\x21\x23-\x7e]*$/);
        expect(text.length).toBeLessThanOrEqual(120);
        // Other octets outside of what may be shown change nothing.
        const other = octets.slice();
        for (let i = 0; i < other.length; i++) if (i < from || i > from + at) other[i] = 0x7a;
        expect(excerpt(other, from, Math.min(from + at, Math.max(from, octets.length - 1)))).toBe(
          excerpt(octets, from, Math.min(from + at, Math.max(from, octets.length - 1))),
        );
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe("the log record of a refused request", () => {
  const recordOf = async (octets: string) => {
    const server = await serve(() => {});
    await server.connect({ remoteAddress: "192.0.2.1" }).send(octets);
    expect(server.log.map(({ level, message }) => [level, message])).toEqual([
      ["info", "request refused"],
    ]);
    return server.log[0]!.fields;
  };

  test("shows the octets before the fault, escaped, and where they came from", async () => {
    expect(await recordOf("GET /secret\x01 HTTP/1.1\r\n\r\n")).toEqual({
      fault: "ERR_TARGET",
      status: 400,
      offset: 11,
      octets: "GET /secret\\x01",
      remoteAddress: "192.0.2.1",
    });
  });

  test("counts from the request's own first octet, behind others on the connection", async () => {
    const server = await serve((app) => app.use((ctx) => void ctx.response.text("a")));
    await server.connect().send(`${head("GET /first")}GET /b\x02`);
    expect(server.log[0]!.fields).toMatchObject({ offset: 6, octets: "GET /b\\x02" });
  });

  test.each([
    head("GET /", "Authorization: Basic c2VjcmV0\x01"),
    head("GET /", "Cookie: a=secret\x00"),
    head("GET /", `Cookie: ${"secret".repeat(2000)}`),
    head("GET /", "X-A: b", " secret\x01"),
    head("GET /", "Proxy-Authorization: secret", "Host: b"),
    "GET /?access_token=secret\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET http://user:secret@h/ HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET http://user:secret#1@h/ HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: user:secret@h\r\n\r\n",
    "CONNECT user:secret@h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
  ])("shows no credential of %j", async (octets) => {
    const fields = await recordOf(octets);
    expect(JSON.stringify(fields)).not.toContain("secret");
    expect(JSON.stringify(fields)).not.toContain("c2VjcmV0");
    expect(String(fields["octets"]).length).toBeLessThanOrEqual(4 * 25);
  });

  test("shows no octet of a content at fault", async () => {
    const server = await serve((app) =>
      app.post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
    );
    await server
      .connect({ remoteAddress: "192.0.2.1" })
      .send(`${head("POST /", "Transfer-Encoding: chunked")}3\r\nabc\r\nsecret\r\n`);
    expect(server.log.find(({ message }) => message === "request refused")!.fields).toEqual({
      fault: "ERR_CHUNK_SIZE",
      status: 400,
      offset: 8,
      remoteAddress: "192.0.2.1",
    });
  });

  test("is one of at most ten a second, over all connections and causes", async () => {
    const server = await serve(() => {});
    for (let i = 0; i < 15; i++) await server.connect().send("nonsense\r\n\r\n");
    for (let i = 0; i < 5; i++) await server.connect().send("GET");
    expect(server.log.length).toBe(10);
    expect(server.server.stats().faults).toEqual({ ERR_METHOD: 15 });
    await server.advance(10_500);
    expect(
      server.log.slice(10).map(({ message, fields }) => [message, fields["suppressed"]]),
    ).toEqual([
      ["connection too slow", 5],
      ...new Array(4).fill(["connection too slow", undefined]),
    ]);
  });
});

describe("the log record of a connection that is too slow", () => {
  test("tells the reason and how far it has come", async () => {
    const server = await serve((app) =>
      app
        .get("/", (ctx) => void ctx.response.text("a"))
        .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
    );
    const begun = head("POST /", "Content-Length: 9");
    const peer = await server
      .connect({ remoteAddress: "192.0.2.1" })
      .send(`${head("GET /")}${begun}abc`);
    const octetsOut = peer.transport.octets.length;
    await server.advance(21_000);
    expect(server.log.filter(({ level }) => level === "info")).toEqual([
      {
        level: "info",
        message: "connection too slow",
        fields: {
          reason: "requestTimeout",
          requests: 2,
          octetsIn: head("GET /").length + begun.length + 3,
          octetsOut,
          remoteAddress: "192.0.2.1",
        },
      },
    ]);
  });
});
