import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { head, serve } from "../test/memory-server.ts";
import { contentText, fieldOf, fieldsOf, type ReceivedResponse } from "../test/read-responses.ts";
import { until } from "../test/until.ts";
import type { Response } from "./response.ts";

/** Text of any UTF-16 code units, lone surrogates and control characters among them. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0, max: 0xff }),
      fc.constantFrom(0x0d, 0x0a, 0x09, 0x00, 0x7f, 0x85, 0xa0, 0x010a, 0x560d, 0xd83d, 0xde00),
      fc.integer({ min: 0, max: 0xffff }),
    ),
    { maxLength: 12 },
  )
  .map((codes) => String.fromCharCode(...codes));
const niceText = fc
  .array(fc.constantFrom(..." \t\"',:;=aZ09~\x80\xff"), { maxLength: 12 })
  .map((chars) => chars.join(""));
const someText = fc.oneof(niceText, anyText);
const fieldName = fc.oneof(
  fc.constantFrom("X-A", "x-a", "Set-Cookie", "Vary", "Content-Type", "__proto__", "constructor"),
  fc.constantFrom("Content-Length", "Transfer-Encoding", "transfer-encoding", "Content-Encoding"),
  fc.constantFrom("Content-Encoding", "ETag"),
  fc.constantFrom("Connection", "Date", "date", "Server"),
  fc
    .array(fc.constantFrom(..."aB9-_!#$%&'*+.^`|~"), { minLength: 1, maxLength: 6 })
    .map((c) => c.join("")),
  anyText,
);

type Call =
  | {
      readonly kind: "setHeader" | "addHeader";
      readonly name: string;
      readonly value: string | number;
    }
  | { readonly kind: "removeHeader"; readonly name: string }
  | { readonly kind: "status"; readonly code: number; readonly reason: string | undefined };

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("setHeader" as const, "addHeader" as const),
    name: fieldName,
    value: fc.oneof(
      someText,
      someText,
      fc.integer(),
      fc.constantFrom("close", "keep-alive", "gzip"),
    ),
  }),
  fc.record({ kind: fc.constant("removeHeader" as const), name: fieldName }),
  fc.record({
    kind: fc.constant("status" as const),
    code: fc.oneof(fc.constantFrom(200, 204, 205, 304, 404), fc.integer({ min: 100, max: 700 })),
    reason: fc.option(someText, { nil: undefined }),
  }),
);

type Content = string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
const content: fc.Arbitrary<Content> = fc.oneof(
  fc.constant(undefined),
  someText,
  fc.uint8Array({ maxLength: 20 }),
  fc.array(fc.oneof(someText, fc.uint8Array({ maxLength: 20 })), { maxLength: 4 }),
);

/** What the calls that did not throw ask for, by rules written down a second time. */
class Model {
  status = 200;
  reason: string | undefined;
  fields: { name: string; value: string }[] = [];

  apply(done: Call): void {
    if (done.kind === "status") {
      this.status = done.code;
      this.reason = done.reason;
      return;
    }
    const name = done.name.toLowerCase();
    const first = this.fields.findIndex((field) => field.name.toLowerCase() === name);
    const single = done.kind === "setHeader" || name === "content-length";
    if (done.kind === "addHeader" && !single) {
      this.fields.push({ name: done.name, value: String(done.value) });
      return;
    }
    const rest = this.fields.filter((field) => field.name.toLowerCase() !== name);
    if (done.kind !== "removeHeader") {
      const at = first < 0 ? rest.length : first;
      rest.splice(at, 0, { name: done.name, value: String(done.value) });
    }
    this.fields = rest;
  }

  valuesOf(name: string): string[] {
    return this.fields
      .filter((field) => field.name.toLowerCase() === name)
      .map((field) => field.value.replace(/^[ \t]+|[ \t]+$/g, ""));
  }
}

const OWNED = ["content-length", "transfer-encoding", "connection", "date", "content-encoding"];

function applyCalls(response: Response, calls: readonly Call[], model: Model): void {
  for (const done of calls) {
    try {
      if (done.kind === "status") response.setStatusCode(done.code, done.reason);
      else if (done.kind === "removeHeader") response.removeHeader(done.name);
      else response[done.kind](done.name, done.value);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) continue;
      throw error;
    }
    model.apply(done);
  }
}

async function* streamOf(
  pieces: readonly (string | Uint8Array)[],
): AsyncGenerator<string | Uint8Array> {
  yield* pieces;
}

function octetsOfContent(given: Content): number[] {
  const pieces = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return pieces.flatMap((piece) =>
    typeof piece === "string" ? [...new TextEncoder().encode(piece)] : [...piece],
  );
}

function checkFields(response: ReceivedResponse, model: Model): void {
  const set = model.fields
    .filter(({ name }) => !OWNED.includes(name.toLowerCase()))
    .map(({ name, value }) => [name, value.replace(/^[ \t]+|[ \t]+$/g, "")]);
  expect(response.fields.filter(([name]) => !OWNED.includes(name.toLowerCase()))).toEqual(
    set as [string, string][],
  );
  const dates = model.valuesOf("date");
  expect(fieldsOf(response, "Date").length).toBe(dates.length || 1);
  if (dates.length > 0) expect(fieldsOf(response, "Date")).toEqual(dates);
}

describe("Response on the wire", () => {
  test("parses back to what was set, and is never more than one response (RFC 9112 §6, §11.1)", async () => {
    const property = fc.asyncProperty(
      fc.array(call, { maxLength: 8 }),
      content,
      fc.constantFrom("GET", "HEAD", "POST"),
      async (calls, given, method) => {
        const model = new Model();
        const server = await serve((app) =>
          app.use((ctx) => {
            if (ctx.request.path === "/second") {
              ctx.response.setBody("second");
              return;
            }
            ctx.response.setStatusCode(200);
            applyCalls(ctx.response, calls, model);
            if (given !== undefined)
              ctx.response.setBody(Array.isArray(given) ? streamOf(given) : (given as string));
          }),
        );
        const peer = await server.connect().send(head(`${method} /`) + head("GET /second"));
        // A coded stream comes from another thread.
        const all = () => peer.responses([method, "GET"]);
        await until(() => peer.isClosed || (all().length === 2 && all()[1]!.complete));
        const [first, second, third] = all();
        expect(third).toBe(undefined);
        const failed = server.log.some((record) => record.level === "error");
        if (failed) {
          // A contradiction only: a length that is not the content's.
          expect(model.valuesOf("content-length").length).toBeGreaterThan(0);
          expect(first!.status === 500 || peer.transport.closed).toBe(true);
          return;
        }
        const closes = fieldsOf(first!, "Connection").join().toLowerCase().includes("close");
        expect(peer.isClosed).toBe(closes);
        if (!closes) expect(contentText(second!)).toBe("second");
        expect(first!.status).toBe(model.status);
        if (model.reason !== undefined) expect(first!.reason).toBe(model.reason);
        checkFields(first!, model);
        const bodiless = [204, 205, 304].includes(model.status) || method === "HEAD";
        if (bodiless) expect(first!.content.length).toBe(0);
        else if (model.valuesOf("content-encoding").length === 0) {
          expect([...first!.content]).toEqual(octetsOfContent(given));
        } else expect([...gunzipSync(first!.content)]).toEqual(octetsOfContent(given));
        expect(first!.complete).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 400 });
  });
});

interface FramingCase {
  readonly name: string;
  readonly request: string;
  readonly build: (response: Response) => unknown;
  readonly method?: string;
  /** Content-Length, Transfer-Encoding and Connection of the answer. */
  readonly expected: readonly [string | undefined, string | undefined, string | undefined];
  readonly content?: string;
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const GET_1_0 = "GET / HTTP/1.0\r\n\r\n";
const KEPT_1_0 = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const HEAD_1_0 = "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const text = (r: Response) => r.setBody("abc");
const pieces = (r: Response) => r.setBody(streamOf(["a", "", "bc"]));
const declared = (r: Response) => r.setBody(streamOf(["a", "bc"])).setHeader("Content-Length", 3);

const FRAMING: readonly FramingCase[] = [
  {
    name: "known content has a length",
    request: GET,
    build: text,
    expected: ["3", undefined, undefined],
    content: "abc",
  },
  {
    name: "no content has length 0",
    request: GET,
    build: (r) => r.setStatusCode(200),
    expected: ["0", undefined, undefined],
    content: "",
  },
  {
    name: "a stream is chunked to 1.1 (RFC 9112 §7.1)",
    request: GET,
    build: pieces,
    expected: [undefined, "chunked", undefined],
    content: "abc",
  },
  {
    name: "a stream with a declared length has it",
    request: GET,
    build: declared,
    expected: ["3", undefined, undefined],
    content: "abc",
  },
  {
    name: "a stream is close-delimited to 1.0 (RFC 9112 §6.3)",
    request: KEPT_1_0,
    build: pieces,
    expected: [undefined, undefined, "close"],
    content: "abc",
  },
  {
    name: "a stream with a declared length keeps 1.0 that asked",
    request: KEPT_1_0,
    build: declared,
    expected: ["3", undefined, "keep-alive"],
    content: "abc",
  },
  {
    name: "known content keeps 1.0 that asked (RFC 9112 §9.3)",
    request: KEPT_1_0,
    build: text,
    expected: ["3", undefined, "keep-alive"],
    content: "abc",
  },
  {
    name: "1.0 that did not ask is closed",
    request: GET_1_0,
    build: text,
    expected: ["3", undefined, "close"],
    content: "abc",
  },
  {
    name: "HEAD has GET's length and no content (RFC 9110 §9.3.2)",
    request: HEAD,
    build: text,
    expected: ["3", undefined, undefined],
  },
  {
    name: "HEAD of a stream has no framing field",
    request: HEAD,
    build: pieces,
    expected: [undefined, undefined, undefined],
  },
  {
    name: "HEAD of a stream closes 1.0 that asked, as GET would",
    request: HEAD_1_0,
    build: pieces,
    expected: [undefined, undefined, "close"],
  },
  {
    name: "HEAD of a stream with a declared length has it",
    request: HEAD,
    build: declared,
    expected: ["3", undefined, undefined],
  },
  {
    name: "204 has no framing field whatever was set (RFC 9110 §8.6)",
    request: GET,
    build: (r) => text(r).setStatusCode(204).setHeader("Content-Length", 99),
    expected: [undefined, undefined, undefined],
  },
  {
    name: "204 of a stream has no framing field",
    request: GET,
    build: (r) => pieces(r).setStatusCode(204),
    expected: [undefined, undefined, undefined],
  },
  {
    name: "205 has length 0 whatever was set (RFC 9110 §15.3.6)",
    request: GET,
    build: (r) => text(r).setStatusCode(205).setHeader("Content-Length", 99),
    expected: ["0", undefined, undefined],
    content: "",
  },
  {
    name: "304 has the length a handler set",
    request: GET,
    build: (r) => r.setStatusCode(304).setHeader("Content-Length", 99),
    expected: ["99", undefined, undefined],
  },
  {
    name: "304 has no length a handler did not set",
    request: GET,
    build: (r) => text(r).setStatusCode(304),
    expected: [undefined, undefined, undefined],
  },
  {
    name: "a handler's other connection option is sent as it is (RFC 9110 §7.6.1)",
    request: GET,
    build: (r) => text(r).setHeader("Connection", "x-y"),
    expected: ["3", undefined, "x-y"],
    content: "abc",
  },
  {
    name: "a handler's close closes (RFC 9112 §9.6)",
    request: GET,
    build: (r) => text(r).setHeader("connection", "CLOSE"),
    expected: ["3", undefined, "close"],
    content: "abc",
  },
  {
    name: "a handler's keep-alive does not keep 1.0 that did not ask",
    request: GET_1_0,
    build: (r) => text(r).setHeader("Connection", "keep-alive"),
    expected: ["3", undefined, "close"],
    content: "abc",
  },
  {
    name: "a client's close closes",
    request: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    build: text,
    expected: ["3", undefined, "close"],
    content: "abc",
  },
];

describe("framing of a response", () => {
  for (const { name, request, build, expected, content: sent } of FRAMING) {
    test(name, async () => {
      const server = await serve((app) => app.use((ctx) => void build(ctx.response)));
      const peer = await server.connect().send(request);
      const method = request.slice(0, request.indexOf(" "));
      const [response, more] = peer.responses([method]);
      expect(more).toBe(undefined);
      const found = ["Content-Length", "Transfer-Encoding", "Connection"].map((field) =>
        fieldOf(response!, field),
      );
      expect(found).toEqual([...expected]);
      expect(response!.version).toBe("HTTP/1.1");
      expect(contentText(response!)).toBe(sent ?? "");
      expect(response!.complete).toBe(true);
      expect(peer.isClosed).toBe(expected[2] === "close");
      expect(server.log.filter((record) => record.level === "error")).toEqual([]);
    });
  }
});

describe("Date of a response (RFC 9110 §6.6.1)", () => {
  test("moves with the clock, second by second", async () => {
    const server = await serve((app) => app.use((ctx) => void ctx.response.text("a")));
    const peer = server.connect();
    for (let second = 0; second < 4; second++) {
      await peer.send(GET);
      await server.advance(1000);
    }
    expect(peer.responses().map((response) => fieldOf(response, "Date"))).toEqual(
      [0, 1, 2, 3].map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toUTCString()),
    );
  });

  test("is on refusals too", async () => {
    const server = await serve(() => {});
    const peer = await server.connect().send("nonsense\r\n\r\n");
    const [refusal] = peer.responses();
    expect(refusal!.status).toBe(400);
    expect(fieldOf(refusal!, "Date")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
  });
});
