// decompress() and the connection under it: backpressure, who leaves early, what is held, memory.

import { describe, expect, test } from "vitest";
import { HttpError, TransportError } from "../src/errors.ts";
import { noise, REFERENCE_CODINGS, referenceCoding } from "./codings.ts";
import { answer, decoding, HELLO, posted, readBytes, withLength } from "./decoding.ts";
import { head, settled } from "./memory-server.ts";
import { until } from "./until.ts";

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
