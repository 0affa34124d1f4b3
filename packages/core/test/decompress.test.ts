// decompress(): what a handler reads of coded content, and what becomes of content that is not what it says.

import { describe, expect, test } from "vitest";
import { decompress } from "../src/decompress.ts";
import { HttpError } from "../src/errors.ts";
import { HAS_ZSTD, noise, REFERENCE_CODINGS, referenceCoding } from "./codings.ts";
import {
  answer,
  decoding,
  HELLO,
  inChunks,
  posted,
  type Run,
  readBytes,
  readStream,
  withLength,
} from "./decoding.ts";
import { head, serve } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";
import { until } from "./until.ts";

const ACCEPTED = HAS_ZSTD ? "zstd, br, gzip, deflate" : "br, gzip, deflate";
const NAMES = REFERENCE_CODINGS.map(({ name }) => name);

describe("decompress gives", () => {
  const FORMS: readonly (readonly [string, Run, unknown])[] = [
    ["bytes", async (ctx) => [...(await ctx.request.bytes())], [...HELLO]],
    ["text", (ctx) => ctx.request.text(), '"hello"'],
    ["json", (ctx) => ctx.request.json(), "hello"],
    ["stream", readStream, HELLO.length],
    [
      "stream with a limit",
      async (ctx) => {
        let text = "";
        for await (const piece of ctx.request.stream({ maxOctets: 7 }))
          text += String.fromCharCode(...piece);
        return text;
      },
      '"hello"',
    ],
  ];

  for (const name of [...NAMES, "x-gzip", "GZIP"]) {
    const coded = referenceCoding(name.toLowerCase()).encode(HELLO);
    test.each(FORMS)(`content in ${name} to %s`, async (_, run, expected) => {
      // Coded it may be larger than its limit of decoded octets.
      const isLimited = run === FORMS[4]![1];
      const requests = [withLength(coded, `Content-Encoding: ${name}`)];
      for (const size of [1, 7, 1000])
        requests.push(inChunks(coded, size, `Content-Encoding: ${name}`));
      for (const request of requests) {
        const { status, end } = await posted(run, request);
        if (isLimited && status === 413) continue;
        expect([status, end]).toEqual([200, expected]);
      }
    });
  }

  for (const { name, encode } of REFERENCE_CODINGS) {
    test(`content in ${name} that arrives octet by octet, and leaves the next request alone`, async () => {
      const server = await decoding(async (ctx) => [ctx.request.path, await ctx.request.text()]);
      const peer = server.connect();
      for (const octet of withLength(encode(HELLO), `Content-Encoding: ${name}`)) {
        peer.transport.receive(Uint8Array.of(octet));
      }
      await peer.send(head("GET /next"));
      await until(() => peer.statuses.length === 2);
      expect(server.ends).toEqual([
        ["/", '"hello"'],
        ["/next", ""],
      ]);
    });

    test(`content in ${name} of some size, piece by piece`, async () => {
      const content = noise(600_000);
      let found = new Uint8Array(0);
      const run: Run = async (ctx) => {
        const all: Uint8Array[] = [];
        for await (const piece of ctx.request.stream()) all.push(piece);
        found = Buffer.concat(all);
      };
      const { status } = await posted(
        run,
        inChunks(encode(content), 5000, `Content-Encoding: ${name}`),
      );
      expect([status, Buffer.compare(found, content)]).toEqual([200, 0]);
    });
  }

  test.each([
    ["no coding", []],
    ["identity", ["Content-Encoding: identity"]],
    ["identity in any case, twice", ["Content-Encoding: Identity, identity"]],
    ["an empty field", ["Content-Encoding: "]],
  ] as const)("content of %s as it is", async (_, fields) => {
    const { status, end } = await posted((ctx) => ctx.request.text(), withLength(HELLO, ...fields));
    expect([status, end]).toEqual([200, '"hello"']);
  });

  test("one layer when it is there twice, and leaves the fields as received", async () => {
    const coded = referenceCoding("gzip").encode(HELLO);
    const server = await serve((app) =>
      app
        .middleware(decompress())
        .middleware(decompress())
        .use(async (ctx) => {
          const { headers } = ctx.request;
          const seen = [headers.get("content-encoding"), headers.get("content-length")];
          ctx.response.json([...seen, await ctx.request.json()]);
        }),
    );
    const peer = await server.connect().send(withLength(coded, "Content-Encoding: gzip"));
    expect(JSON.parse(contentText(await answer(peer)))).toEqual([
      "gzip",
      String(coded.length),
      "hello",
    ]);
  });

  test("gzip of several members as one content (RFC 1952 §2.2)", async () => {
    const { encode } = referenceCoding("gzip");
    const members = Buffer.concat([encode(HELLO), encode(HELLO)]);
    const { end } = await posted(
      (ctx) => ctx.request.text(),
      withLength(members, "Content-Encoding: gzip"),
    );
    expect(end).toBe('"hello""hello"');
  });

  test("nothing of a request without content, whatever its fields say", async () => {
    for (const coding of ["gzip", "lzma"]) {
      const { status, end } = await posted(
        readStream,
        head("GET /", `Content-Encoding: ${coding}`),
      );
      expect([status, end]).toEqual([200, 0]);
    }
  });

  test("a second reading the error it always gives", async () => {
    const coded = withLength(referenceCoding("gzip").encode(HELLO), "Content-Encoding: gzip");
    const { end } = await posted(async (ctx) => {
      await ctx.request.bytes();
      return ctx.request.bytes();
    }, coded);
    expect(end).toBeInstanceOf(TypeError);
  });
});

describe("decompress answers 415 with Accept-Encoding (RFC 9110 §12.5.3)", () => {
  test.each(["lzma", "compress", "gzip, gzip", "gzip, br", "br, lzma", "gzip;q=1", '"gzip"'])(
    "to %s, before the handler",
    async (coding) => {
      const { response, ends } = await posted(
        readBytes,
        withLength(HELLO, `Content-Encoding: ${coding}`),
      );
      expect([response.status, fieldOf(response, "Accept-Encoding")]).toEqual([415, ACCEPTED]);
      expect(ends).toEqual([]);
    },
  );

  test("to two lines of one coding each", async () => {
    const fields = ["Content-Encoding: gzip", "Content-Encoding: br"];
    expect((await posted(readBytes, withLength(HELLO, ...fields))).status).toBe(415);
  });

  test("and not 100 to who asks first", async () => {
    const request = head(
      "POST /",
      "Content-Length: 5",
      "Expect: 100-continue",
      "Content-Encoding: lzma",
    );
    const { peer } = await posted(readBytes, request);
    expect(peer.statuses).toEqual([415]);
  });
});

describe("decompress answers 400", () => {
  for (const { name, encode } of REFERENCE_CODINGS) {
    const field = `Content-Encoding: ${name}`;
    const coded = encode(HELLO);
    const BAD: (readonly [string, Uint8Array])[] = [
      ["no octets at all", new Uint8Array(0)],
      ["plain text", HELLO],
      ["noise", noise(5000)],
      ["an octet behind the end", Buffer.concat([coded, Uint8Array.of(0)])],
      ["text behind the end", Buffer.concat([coded, HELLO])],
      ["another coding", referenceCoding(name === "gzip" ? "br" : "gzip").encode(HELLO)],
      ["a cut in much content", encode(noise(100_000)).subarray(0, 70_000)],
    ];
    if (name !== "gzip") BAD.push(["the same content once more", Buffer.concat([coded, coded])]);

    for (const [what, content] of BAD) {
      test(`to ${what} as ${name}, in one piece and in several`, async () => {
        const pieced = [1, 13, 5000].filter((size) => content.length / size < 6000);
        for (const run of [readBytes, readStream]) {
          const requests = [
            withLength(content, field),
            ...pieced.map((size) => inChunks(content, size, field)),
          ];
          for (const request of requests) {
            const { status, end } = await posted(run, request);
            expect(end).toBeInstanceOf(HttpError);
            expect([status, (end as HttpError).status]).toEqual([400, 400]);
          }
        }
      });
    }

    test(`to ${name} that is cut short anywhere`, async () => {
      const server = await decoding(readBytes);
      for (let cut = 0; cut < coded.length; cut++) {
        const peer = await server.connect().send(withLength(coded.subarray(0, cut), field));
        expect([cut, (await answer(peer)).status]).toEqual([cut, 400]);
      }
    });
  }

  test("to zstd with a window above 8 MiB (RFC 9659 §3)", async () => {
    if (!HAS_ZSTD) return;
    for (const [window, expected] of [
      [0x68, 200],
      [0x69, 400],
      [0x70, 400],
    ] as const) {
      const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, window, 1, 0, 0);
      const { status } = await posted(readBytes, withLength(frame, "Content-Encoding: zstd"));
      expect([window, status]).toEqual([window, expected]);
    }
  });

  test("to deflate without the zlib format, which is not what the RFC calls deflate", async () => {
    const raw = referenceCoding("deflate").encode(HELLO).subarray(2, -4);
    const { status } = await posted(readBytes, withLength(raw, "Content-Encoding: deflate"));
    expect(status).toBe(400);
  });

  test("and the next request of the connection is served", async () => {
    const server = await decoding(readBytes);
    const peer = await server.connect().send(withLength(HELLO, "Content-Encoding: gzip"));
    await answer(peer);
    await peer.send(head("GET /"));
    await until(() => peer.statuses.length === 2);
    expect(peer.statuses).toEqual([400, 200]);
  });
});

describe("decompress answers 413", () => {
  for (const { name, encode } of REFERENCE_CODINGS) {
    const field = `Content-Encoding: ${name}`;
    const zeros = (octets: number) => encode(new Uint8Array(octets));

    test.each([
      [1000, 1000, 200],
      [1000, 1001, 413],
      [5000, 50_000, 413],
    ])(`at a limit of %d to %d octets in ${name}: %d`, async (contentOctets, octets, expected) => {
      const options = { limits: { contentOctets } };
      expect((await posted(readBytes, withLength(zeros(octets), field), options)).status).toBe(
        expected,
      );
      const streaming: Run = async (ctx) => {
        let found = 0;
        for await (const piece of ctx.request.stream({ maxOctets: contentOctets }))
          found += piece.length;
        return found;
      };
      const { status, end } = await posted(streaming, inChunks(zeros(octets), 9, field));
      expect(status).toBe(expected);
      if (expected === 200) expect(end).toBe(octets);
      // Without a limit there is none.
      expect((await posted(readStream, withLength(zeros(octets), field), options)).end).toBe(
        octets,
      );
    });

    test(`to a hundred times what was received in ${name}, when it is more than 64 KiB`, async () => {
      expect((await posted(readStream, withLength(zeros(65_536), field))).end).toBe(65_536);
      const { status, end } = await posted(readStream, withLength(zeros(300_000), field));
      expect([status, (end as Error).message]).toEqual([
        413,
        "the content is more than 100 times what was received",
      ]);
    });

    test(`to a bomb of 8 MiB in ${name}, of which little is decoded`, async () => {
      const bomb = zeros(8 * 1_048_576);
      let decoded = 0;
      const counting: Run = async (ctx) => {
        for await (const piece of ctx.request.stream()) decoded += piece.length;
      };
      for (const run of [counting, readBytes]) {
        const { status, peer } = await posted(run, withLength(bomb, field));
        expect([status, peer.isClosed]).toEqual([413, true]);
      }
      expect(decoded).toBeLessThan(1_048_576);
    });
  }

  test("no content that is large and honest", async () => {
    const content = noise(200_000);
    const { end } = await posted(
      async (ctx) => (await ctx.request.bytes()).length,
      withLength(referenceCoding("gzip").encode(content), "Content-Encoding: gzip"),
    );
    expect(end).toBe(200_000);
  });
});
