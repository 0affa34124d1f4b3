// Answers the server codes because Content-Encoding is set: their octets, framing and fields, and streams that are coded.

import { describe, expect, test } from "vitest";
import type { ContentStream, Response } from "../src/response.ts";
import { noise, REFERENCE_CODINGS, referenceCoding } from "./codings.ts";
import { head, type MemoryServer, type Peer, serve, settled } from "./memory-server.ts";
import { pieces } from "./pieces.ts";
import { fieldOf, fieldsOf, type ReceivedResponse } from "./read-responses.ts";
import { until } from "./until.ts";

const NAMES = REFERENCE_CODINGS.map(({ name }) => name);
const LARGE = 16_385;

interface Answered extends ReceivedResponse {
  readonly peer: Peer;
  readonly server: MemoryServer;
}

/** Runs `build` in a handler and gives the one answer, whole. */
async function answered(
  build: (response: Response) => unknown,
  request = head("GET /"),
): Promise<Answered> {
  const server = await serve((app) => app.use((ctx) => void build(ctx.response)));
  const peer = await server.connect().send(request);
  const method = request.slice(0, request.indexOf(" "));
  const first = () => peer.responses([method])[0];
  await until(() => first()?.complete === true || peer.transport.closed);
  await settled();
  expect(peer.responses([method]).length).toBe(1);
  return { ...first()!, peer, server };
}

function decoded(response: ReceivedResponse): Uint8Array {
  return referenceCoding(fieldOf(response, "Content-Encoding")).decode(response.content);
}

function text(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

async function* streamOf(...values: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* values;
}

describe("a coded answer", () => {
  test("as on the page is at most 144 octets without Date, its content 25 (hello)", async () => {
    const { peer, content } = await answered((r) =>
      r
        .setStatusCode(200)
        .setHeader("Content-Type", "application/json")
        .setHeader("Content-Encoding", "gzip")
        .setBody("hello"),
    );
    expect(content.length).toBe(25);
    expect(peer.text.replace(/Date: [^\r]*\r\n/, "").length).toBeLessThanOrEqual(144);
    expect(peer.transport.writes.length).toBe(1);
  });

  const CONTENTS: readonly (readonly [string, string | Uint8Array, framing: string])[] = [
    ["hello", "hello", "length"],
    ["nothing", "", "length"],
    ["text that is not ASCII", "gr\u00fc\u00dfe \u20ac \u{1f600} \ud800", "length"],
    ["octets", noise(5000), "length"],
    ["the most that is coded at once", "a".repeat(LARGE - 1), "length"],
    ["the least that is not", "a".repeat(LARGE), "chunked"],
    ["text that is larger as octets", "\u20ac".repeat(6000), "chunked"],
    ["large text", "All work and no play. ".repeat(20_000), "chunked"],
    ["large octets", noise(300_000), "chunked"],
  ];

  for (const name of [...NAMES, "x-gzip"]) {
    test.each(CONTENTS)(
      `in ${name} of %s can be decoded, and has the right framing`,
      async (_, content, framing) => {
        const response = await answered((r) =>
          r.setHeader("Content-Encoding", name).setBody(content),
        );
        expect(fieldOf(response, "Content-Encoding")).toBe(name);
        const plain = typeof content === "string" ? new TextEncoder().encode(content) : content;
        expect(Buffer.compare(decoded(response), plain)).toBe(0);
        expect([response.status, response.framing]).toEqual([200, framing]);
        expect(response.peer.isClosed).toBe(false);
      },
    );
  }

  test("without content is the coding of nothing, which is not nothing", async () => {
    const response = await answered((r) =>
      r.setStatusCode(200).setHeader("Content-Encoding", "gzip"),
    );
    expect([response.content.length, text(decoded(response))]).toEqual([20, ""]);
  });

  test("that is large is close-delimited to 1.0 (RFC 9112 §6.3)", async () => {
    const response = await answered(
      (r) => r.setHeader("Content-Encoding", "gzip").setBody("a".repeat(LARGE)),
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    );
    expect([response.framing, decoded(response).length]).toEqual(["close", LARGE]);
  });

  test("is not coded when Content-Encoding says identity", async () => {
    const response = await answered((r) =>
      r.setHeader("Content-Encoding", "identity").setBody("a"),
    );
    expect(text(response.content)).toBe("a");
  });
});

/** Request, response, then the fields of the answer; `length`: any Content-Length. */
interface FieldsCase {
  readonly name: string;
  readonly request?: string;
  readonly build: (response: Response) => unknown;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

const HEAD = head("HEAD /");
const gzip = (r: Response) => r.setHeader("Content-Encoding", "gzip");

const FIELDS: readonly FieldsCase[] = [
  {
    name: "HEAD has the length GET's content has (RFC 9110 §9.3.2)",
    request: HEAD,
    build: (r) => gzip(r).setBody("hello"),
    fields: { "Content-Encoding": "gzip", "Content-Length": "25" },
  },
  {
    name: "HEAD of large content has no length, as GET has none",
    request: HEAD,
    build: (r) => gzip(r).setBody("a".repeat(LARGE)),
    fields: {
      "Content-Encoding": "gzip",
      "Content-Length": undefined,
      "Transfer-Encoding": undefined,
    },
  },
  {
    name: "HEAD of a stream has no length, whatever was declared of the plain content",
    request: HEAD,
    build: (r) => gzip(r).setHeader("Content-Length", 5).setBody(streamOf("hello")),
    fields: { "Content-Encoding": "gzip", "Content-Length": undefined },
  },
  {
    name: "HEAD without content has no length, whatever was declared of the plain content",
    request: HEAD,
    build: (r) => gzip(r).setHeader("Content-Length", 5).setStatusCode(200),
    fields: { "Content-Encoding": "gzip", "Content-Length": undefined },
  },
  {
    name: "204 has no framing field",
    build: (r) => gzip(r).setBody("hello").setStatusCode(204),
    fields: { "Content-Length": undefined, "Transfer-Encoding": undefined },
  },
  {
    name: "205 has length 0",
    build: (r) => gzip(r).setBody("hello").setStatusCode(205),
    fields: { "Content-Length": "0" },
  },
  {
    name: "304 has no length, because the one that was set is that of the plain content",
    build: (r) => gzip(r).setStatusCode(304).setHeader("Content-Length", 5),
    fields: { "Content-Length": undefined },
  },
  {
    name: "304 of what is coded already keeps its length",
    build: (r) => r.setEncodedBody("x", "gzip").setStatusCode(304).setHeader("Content-Length", 5),
    fields: { "Content-Length": "5" },
  },
  {
    name: "a length that is the plain content's goes",
    build: (r) => gzip(r).setHeader("Content-Length", 5).setBody("hello"),
    fields: { "Content-Length": "25" },
  },
  {
    name: "a length that is the plain stream's goes",
    build: (r) => gzip(r).setHeader("Content-Length", 5).setBody(streamOf("he", "llo")),
    fields: { "Content-Length": undefined, "Transfer-Encoding": "chunked" },
  },
  {
    name: "a strong ETag becomes weak (RFC 9110 §8.8.3.3)",
    build: (r) => gzip(r).setHeader("ETag", '"abc"').setBody("hello"),
    fields: { ETag: 'W/"abc"' },
  },
  {
    name: "a strong ETag becomes weak for HEAD too",
    request: HEAD,
    build: (r) => gzip(r).setHeader("etag", '"abc"').setBody("hello"),
    fields: { ETag: 'W/"abc"' },
  },
  {
    name: "a strong ETag becomes weak in 304 too, as 200 has it",
    build: (r) => gzip(r).setHeader("ETag", '"abc"').setStatusCode(304),
    fields: { ETag: 'W/"abc"' },
  },
  {
    name: "a strong ETag of a coded stream becomes weak",
    build: (r) => gzip(r).setHeader("ETag", '"abc"').setBody(streamOf("hello")),
    fields: { ETag: 'W/"abc"' },
  },
  {
    name: "a weak ETag stays",
    build: (r) => gzip(r).setHeader("ETag", 'W/"abc"').setBody("hello"),
    fields: { ETag: 'W/"abc"' },
  },
  {
    name: "an ETag of what is not coded stays",
    build: (r) => r.setHeader("ETag", '"abc"').setBody("hello"),
    fields: { ETag: '"abc"' },
  },
  {
    name: "an ETag of what is coded already stays",
    build: (r) => r.setEncodedBody("hello", "gzip").setHeader("ETag", '"abc"'),
    fields: { ETag: '"abc"' },
  },
  {
    name: "an ETag beside identity stays",
    build: (r) =>
      r.setHeader("Content-Encoding", "identity").setHeader("ETag", '"abc"').setBody("a"),
    fields: { ETag: '"abc"' },
  },
];

describe("fields of a coded answer", () => {
  test.each(FIELDS)("$name", async ({ request, build, fields }) => {
    const response = await answered(build, request);
    const names = Object.keys(fields);
    const found = Object.fromEntries(names.map((name) => [name, fieldOf(response, name)]));
    expect(found).toEqual({ ...fields });
    expect(response.server.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test.each([4, 6, 25])("a length of %d is not the plain content's: 500", async (length) => {
    const response = await answered((r) =>
      gzip(r).setHeader("Content-Length", length).setBody("hello"),
    );
    expect([response.status, fieldsOf(response, "Content-Encoding")]).toEqual([500, []]);
  });

  test.each([4, 6])(
    "a length of %d is not the plain stream's: the connection is cut",
    async (length) => {
      const response = await answered((r) =>
        gzip(r).setHeader("Content-Length", length).setBody(streamOf("he", "llo")),
      );
      expect([response.complete, response.peer.transport.closed]).toEqual([false, true]);
      expect(response.server.log.filter(({ level }) => level === "error").length).toBe(1);
    },
  );
});

for (const { name, decode, decodePrefix } of REFERENCE_CODINGS) {
  describe(`a stream coded in ${name}`, () => {
    const begin = async (stream: ContentStream, highWaterOctets?: number) => {
      const server = await serve((app) =>
        app.use((ctx) => void ctx.response.setHeader("Content-Encoding", name).setBody(stream)),
      );
      const options = highWaterOctets === undefined ? {} : { highWaterOctets };
      return { server, peer: await server.connect(options).send(head("GET /")) };
    };
    const received = (peer: Peer) => peer.responses()[0]?.content ?? new Uint8Array(0);

    test("can be decoded as far as it has come: events arrive at once", async () => {
      const source = pieces();
      const { peer } = await begin(source.stream);
      let sent = "";
      for (const event of ["data: 1\n\n", "data: two\n\n", `data: ${"3".repeat(50_000)}\n\n`]) {
        await source.give(event);
        sent += event;
        await until(() => received(peer).length > 0 && text(decodePrefix(received(peer))) === sent);
      }
      await source.give(undefined);
      await until(() => peer.responses()[0]!.complete);
      expect(text(decode(received(peer)))).toBe(sent);
    });

    test("is pulled only while the transport takes octets", async () => {
      let pulled = 0;
      const { peer } = await begin(
        (async function* () {
          for (; pulled < 20; pulled++) yield noise(8000);
        })(),
        5000,
      );
      await until(() => received(peer).length > 5000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(pulled).toBeLessThan(3);
      while (!peer.responses()[0]!.complete) {
        await peer.drain();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(pulled).toBe(20);
      expect(decode(received(peer)).length).toBe(20 * 8000);
    });

    test("lets go of its source when the client leaves, and nothing is left behind", async () => {
      const source = pieces();
      const { peer, server } = await begin(source.stream);
      await source.give("a");
      await until(() => received(peer).length > 0);
      await peer.reset();
      expect(source.returned).toBe(1);
      expect(server.server.stats().connections.open).toBe(0);
      expect(server.clock.pendingCalls).toBe(0);
    });

    test("cancels a ReadableStream when the client leaves", async () => {
      let canceled = 0;
      const { peer } = await begin(
        new ReadableStream<string>({
          pull: (controller) => {
            if (canceled === 0) controller.enqueue("x".repeat(1000));
          },
          cancel: () => void canceled++,
        }),
      );
      await until(() => received(peer).length > 0);
      await peer.reset();
      await until(() => canceled === 1);
    });

    test("whose source fails is cut, and reported once", async () => {
      const source = pieces();
      const { peer, server } = await begin(source.stream);
      await source.give("a");
      await until(() => source.asked === 2);
      await source.fail(new Error("source"));
      await until(() => peer.transport.closed);
      expect(peer.responses()[0]!.complete).toBe(false);
      expect(server.log.filter(({ level }) => level === "error").length).toBe(1);
    });

    test("that gives nothing is the coding of nothing", async () => {
      const { peer } = await begin(streamOf("", ""));
      await until(() => peer.responses()[0]?.complete === true);
      expect(received(peer).length).toBeGreaterThan(0);
      expect(decode(received(peer)).length).toBe(0);
    });
  });
}

describe("a coded stream that is not sent", () => {
  test.each([
    ["HEAD", HEAD, 200],
    ["204", head("GET /"), 204],
    ["304", head("GET /"), 304],
  ] as const)("for %s lets go of its source unread", async (_, request, status) => {
    const source = pieces();
    await answered((r) => gzip(r).setBody(source.stream).setStatusCode(status), request);
    expect([source.asked, source.returned]).toEqual([0, 1]);
  });
});

test("trailers follow a coded stream", async () => {
  const response = await answered(
    (r) => gzip(r).setBody(streamOf("hello")).addTrailer("X-Sum", "1"),
    head("GET /", "TE: trailers"),
  );
  expect([text(decoded(response)), response.trailers]).toEqual(["hello", [["X-Sum", "1"]]]);
});
