// decompress(): what a handler reads of coded content, and what becomes of content that is not what it says.

import { describe, expect, test } from "vitest";
import type { Context } from "../src/context.ts";
import { decompress } from "../src/decompress.ts";
import { HttpError, TransportError } from "../src/errors.ts";
import type { ServerOptions } from "../src/options.ts";
import { HAS_ZSTD, noise, REFERENCE_CODINGS, referenceCoding } from "./codings.ts";
import { head, type Peer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";
import { until } from "./until.ts";

type Run = (ctx: Context) => unknown;

const ACCEPTED = HAS_ZSTD ? "zstd, br, gzip, deflate" : "br, gzip, deflate";
const NAMES = REFERENCE_CODINGS.map(({ name }) => name);
const HELLO = new TextEncoder().encode('"hello"');
const readBytes: Run = (ctx) => ctx.request.bytes();
const readStream: Run = async (ctx) => {
  let octets = 0;
  for await (const piece of ctx.request.stream()) octets += piece.length;
  return octets;
};

/** A server that decodes; how each handler's `run` ended is noted, and decides the answer. */
async function decoding(run: Run, options: ServerOptions = {}) {
  const ends: unknown[] = [];
  const server = await serve(
    (app) =>
      app.middleware(decompress()).use(async (ctx) => {
        try {
          ends.push(await run(ctx));
        } catch (error) {
          ends.push(error);
          throw error;
        }
        ctx.response.text("done");
      }),
    options,
  );
  return { ...server, ends };
}

function withLength(content: Uint8Array, ...fields: string[]): Uint8Array {
  const start = head("POST /", `Content-Length: ${content.length}`, ...fields);
  return Buffer.concat([Buffer.from(start, "latin1"), content]);
}

function inChunks(content: Uint8Array, size: number, ...fields: string[]): Uint8Array {
  const parts = [Buffer.from(head("POST /", "Transfer-Encoding: chunked", ...fields), "latin1")];
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.subarray(at, at + size);
    parts.push(
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      Buffer.from(chunk),
      Buffer.from("\r\n"),
    );
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

async function answer(peer: Peer) {
  await until(() => peer.responses().at(-1)?.complete === true || peer.transport.closed);
  return peer.responses().at(-1)!;
}

/** Sends one request and gives the status and how reading ended. */
async function posted(run: Run, request: Uint8Array | string, options?: ServerOptions) {
  const server = await decoding(run, options);
  const peer = await server.connect().send(request);
  const response = await answer(peer);
  return {
    status: response.status,
    response,
    end: server.ends[0],
    ends: server.ends,
    peer,
    server,
  };
}

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

    test(`to a bomb of 50 MiB in ${name}, of which little is decoded`, async () => {
      const bomb = zeros(50 * 1_048_576);
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

describe("decompress and the connection", () => {
  const coded = referenceCoding("gzip").encode(noise(400_000));
  const field = "Content-Encoding: gzip";

  test("takes octets only when the handler asks for decoded ones", async () => {
    let iterator!: AsyncIterator<Uint8Array>;
    const server = await decoding(
      async (ctx) => {
        iterator = ctx.request.stream();
        await new Promise(() => {});
      },
      { limits: { readAheadOctets: 4096 } },
    );
    const peer = await server
      .connect()
      .send(head("POST /", `Content-Length: ${coded.length}`, field));
    await peer.send(coded.subarray(0, 100_000));
    expect([peer.transport.paused, peer.connection.reading.input.octets]).toEqual([true, 100_000]);
    expect((await iterator.next()).value!.length).toBeGreaterThan(0);
    await peer.reset();
    await expect(
      (async () => {
        while (!(await iterator.next()).done);
      })(),
    ).rejects.toBeInstanceOf(TransportError);
  });

  test("a handler that stops reading frees the decoder, and a large rest closes the connection", async () => {
    const { status, peer } = await posted(
      async (ctx) => {
        for await (const piece of ctx.request.stream()) return piece.length;
        return 0;
      },
      Buffer.concat([Buffer.from(head("POST /", "Content-Length: 9000000", field)), coded]),
    );
    expect([status, peer.isClosed]).toEqual([200, true]);
  });

  test("return() ends a next() that waits for the peer", async () => {
    const { status } = await posted(
      async (ctx) => {
        const stream = ctx.request.stream();
        const waiting = stream.next();
        await settled();
        await stream.return!();
        return (await waiting).done;
      },
      Buffer.from(head("POST /", "Content-Length: 10", field)),
    );
    expect(status).toBe(200);
  });

  test("a client that leaves in the middle is an error of the connection, not of the coding", async () => {
    const server = await decoding(readBytes);
    const peer = await server.connect().send(head("POST /", "Content-Length: 50000", field));
    await peer.send(coded.subarray(0, 20_000));
    await peer.reset();
    await until(() => server.ends.length === 1);
    expect(server.ends[0]).toBeInstanceOf(TransportError);
    expect(server.server.stats().connections.open).toBe(0);
  });

  test("decoded octets that are collected count as held, until the handler has them", async () => {
    const server = await decoding((ctx) => ctx.request.bytes());
    const peer = await server
      .connect()
      .send(head("POST /", `Content-Length: ${coded.length}`, field));
    await peer.send(coded.subarray(0, 200_000));
    await until(() => (peer.connection.exchange?.reader?.heldOctets ?? 0) > 100_000);
    await peer.send(coded.subarray(200_000));
    await answer(peer);
    await peer.send(head("GET /"));
    expect(server.server.stats().bufferedOctets).toBe(0);
  });

  test("asks for content that it has not been sent (RFC 9110 §10.1.1)", async () => {
    const server = await decoding((ctx) => ctx.request.text());
    const hello = referenceCoding("gzip").encode(HELLO);
    const expect100 = "Expect: 100-continue";
    const peer = await server
      .connect()
      .send(head("POST /", `Content-Length: ${hello.length}`, field, expect100));
    await until(() => peer.statuses[0] === 100);
    await peer.send(hello);
    await until(() => peer.statuses.length === 2);
    expect(peer.statuses).toEqual([100, 200]);
    expect(server.ends).toEqual(['"hello"']);
  });

  test("works through inject", async () => {
    const server = await decoding((ctx) => ctx.request.text());
    const request = withLength(referenceCoding("gzip").encode(HELLO), field);
    const { octets, pending } = await server.server.inject(request, { chunks: [90, 5, 1] });
    expect([new TextDecoder().decode(octets).slice(0, 15), pending]).toEqual([
      "HTTP/1.1 200 OK",
      false,
    ]);
  });

  test("malformed uploads and bombs leave memory as it was", async () => {
    const server = await decoding(readBytes);
    const requests = REFERENCE_CODINGS.flatMap(({ name, encode }) => [
      withLength(noise(3000), `Content-Encoding: ${name}`),
      withLength(encode(noise(3000)).subarray(0, 2000), `Content-Encoding: ${name}`),
      withLength(encode(new Uint8Array(5_000_000)), `Content-Encoding: ${name}`),
    ]);
    const round = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const peers = await Promise.all(requests.map((request) => server.connect().send(request)));
        for (const peer of peers) await answer(peer);
      }
    };
    await round(10);
    const before = process.memoryUsage().rss;
    await round(20);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576);
    expect(server.ends.every((end) => end instanceof HttpError)).toBe(true);
    expect(server.server.stats().connections.open).toBeLessThanOrEqual(30 * requests.length);
  });
});
