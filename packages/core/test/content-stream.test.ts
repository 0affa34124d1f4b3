// request.stream: octets only when they are asked for; and content that is read late, or left.

import { describe, expect, test } from "vitest";
import type { Context } from "../src/context.ts";
import { TransportError } from "../src/errors.ts";
import type { ServerOptions } from "../src/options.ts";
import { CHUNKED, HELLOS, LENGTH_5, reading } from "./content-reading.ts";
import { gate, head, type Peer, serve, settled } from "./memory-server.ts";
import { contentText } from "./read-responses.ts";

describe("request.stream", () => {
  /** A server whose handler pulls a piece each time it is told to. */
  async function pulling(options: ServerOptions = {}) {
    const iterators: AsyncIterableIterator<Uint8Array>[] = [];
    const done = gate();
    const server = await serve((app) => {
      app.post("/", async (ctx) => {
        iterators.push(ctx.request.stream());
        await done.promise;
        ctx.response.text("done");
      });
      app.get("/next", (ctx) => void ctx.response.text("next"));
    }, options);
    return {
      ...server,
      done,
      get stream() {
        return iterators[0]!;
      },
    };
  }

  const held = (peer: Peer) => peer.connection.reading.input.octets;

  test("takes octets only when a piece is asked for", async () => {
    const server = await pulling();
    const peer = await server.connect().send(head("POST /", "Content-Length: 10"));
    await peer.send("12345");
    expect(held(peer)).toBe(5);
    expect(new TextDecoder().decode((await server.stream.next()).value)).toBe("12345");
    expect(held(peer)).toBe(0);
    await peer.send("67890");
    expect(held(peer)).toBe(5);
    expect(server.server.stats().bufferedOctets).toBe(5);
    expect(new TextDecoder().decode((await server.stream.next()).value)).toBe("67890");
    expect((await server.stream.next()).done).toBe(true);
    expect(server.server.stats().bufferedOctets).toBe(0);
  });

  test("pauses the transport at the read-ahead limit, and goes on when it has been taken", async () => {
    const server = await pulling({ limits: { readAheadOctets: 1024 } });
    const peer = await server.connect().send(head("POST /", "Content-Length: 100000"));
    await peer.send("x".repeat(1023));
    expect(peer.transport.paused).toBe(false);
    await peer.send("x");
    expect(peer.transport.paused).toBe(true);
    // Pieces come as they arrived; half of the limit must be free before reading goes on.
    await server.stream.next();
    await settled();
    expect(peer.transport.paused).toBe(held(peer) > 512);
    while (held(peer) > 0) await server.stream.next();
    await settled();
    expect(peer.transport.paused).toBe(false);
  });

  test("resumes as soon as somebody waits for a piece", async () => {
    const server = await pulling({ limits: { readAheadOctets: 1024 } });
    const peer = await server.connect().send(head("POST /", "Content-Length: 100000"));
    await peer.send("x".repeat(5000));
    expect(peer.transport.paused).toBe(true);
    let pulls = 0;
    while (held(peer) > 0 && ++pulls < 100) await server.stream.next();
    const waiting = server.stream.next();
    await settled();
    expect(peer.transport.paused).toBe(false);
    await peer.send("y");
    expect((await waiting).value).toEqual(Uint8Array.of(121));
  });

  test("pauses and resumes as often as it takes", async () => {
    const server = await pulling({ limits: { readAheadOctets: 1024 } });
    const peer = await server.connect().send(head("POST /", "Content-Length: 100000"));
    for (let round = 0; round < 3; round++) {
      await peer.send("x".repeat(1024));
      expect([round, peer.transport.paused]).toEqual([round, true]);
      while (held(peer) > 0) await server.stream.next();
      await settled();
      expect([round, peer.transport.paused]).toEqual([round, false]);
    }
  });

  test("answers several calls of next in order", async () => {
    const server = await pulling();
    const peer = await server.connect().send(head("POST /", "Content-Length: 3"));
    const waiting = [0, 1, 2, 3, 4].map(() => server.stream.next());
    for (const octet of "abc") await peer.send(octet);
    const results = await Promise.all(waiting);
    expect(results.map((result) => result.done)).toEqual([false, false, false, true, true]);
    expect(results.map((result) => result.value && String.fromCharCode(...result.value))).toEqual([
      "a",
      "b",
      "c",
      undefined,
      undefined,
    ]);
  });

  test("return() detaches: a small rest is drained and the connection kept", async () => {
    const server = await pulling();
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 10")}12345`);
    await server.stream.next();
    expect(await server.stream.return!()).toEqual({ done: true, value: undefined });
    expect((await server.stream.next()).done).toBe(true);
    server.done.open();
    await settled();
    await peer.send(`67890${head("GET /next")}`);
    expect(peer.responses().map(contentText)).toEqual(["done", "next"]);
  });

  test("return() ends a next() that waits", async () => {
    const server = await pulling();
    await server.connect().send(head("POST /", "Content-Length: 10"));
    const waiting = server.stream.next();
    await server.stream.return!();
    expect((await waiting).done).toBe(true);
  });

  test("return() with a large rest: the connection closes behind the answer and reads nothing as a request", async () => {
    const server = await pulling();
    const peer = await server.connect().send(head("POST /", "Content-Length: 1000000"));
    await server.stream.return!();
    server.done.open();
    await settled();
    expect(peer.transport.ended).toBe(true);
    await peer.send(head("GET /next"));
    expect(peer.responses().map(contentText)).toEqual(["done"]);
  });

  test("break out of for await detaches", async () => {
    const server = await reading(async (ctx) => {
      for await (const piece of ctx.request.stream()) return piece.length;
      return 0;
    });
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 6")}abc`);
    await peer.send(`def${head("GET /")}`);
    expect(server.ends).toEqual([3, 0]);
    expect(peer.statuses).toEqual([200, 200]);
  });

  test("fails once when the connection is lost, then is at its end", async () => {
    const server = await pulling();
    const peer = await server.connect().send(head("POST /", "Content-Length: 10"));
    const waiting = server.stream.next();
    await peer.reset();
    await expect(waiting).rejects.toBeInstanceOf(TransportError);
    expect((await server.stream.next()).done).toBe(true);
  });

  test("fails at the next call when the connection was lost between two", async () => {
    const server = await pulling();
    const peer = await server.connect().send(head("POST /", "Content-Length: 10"));
    await peer.reset();
    await expect(server.stream.next()).rejects.toBeInstanceOf(TransportError);
    expect((await server.stream.next()).done).toBe(true);
  });

  test("joins small chunks of one read into one piece", async () => {
    const server = await pulling();
    const chunks = "1\r\nx\r\n".repeat(1000);
    await server.connect().send(CHUNKED + chunks);
    expect((await server.stream.next()).value!.length).toBe(1000);
  });
});

describe("content and an early answer", () => {
  test("read only when FIN has cut it short fails as cut short (RFC 9112 §8)", async () => {
    const wait = gate();
    const server = await reading(async (ctx) => {
      await wait.promise;
      return ctx.request.bytes();
    });
    const peer = await server.connect().send(`${LENGTH_5}he`);
    await peer.end();
    expect(peer.statuses).toEqual([400]);
    wait.open();
    await settled();
    expect(server.ends[0]).toBeInstanceOf(TransportError);
    expect((server.ends[0] as TransportError).code).toBe("ERR_PEER_ENDED");
  });

  test("read after ctx.send() is whole or fails, never a part of it", async () => {
    for (const [, octets] of HELLOS) {
      for (let cut = 60; cut <= octets.length; cut++) {
        const server = await reading(async (ctx) => {
          ctx.response.text("early");
          await ctx.send();
          return ctx.request.text();
        });
        const peer = await server.connect().send(octets.slice(0, cut));
        await peer.send(octets.slice(cut));
        const [end] = server.ends;
        if (!(end instanceof Error)) expect(end).toBe("hello");
        expect(server.ends.length).toBe(1);
      }
    }
  });

  test("a reader that is left alone at the end of the exchange is told, and nothing waits for ever", async () => {
    const lefts: ((ctx: Context) => Promise<unknown>)[] = [
      (ctx) => ctx.request.bytes(),
      (ctx) => ctx.request.stream().next(),
    ];
    for (const left of lefts) {
      let state = "pending";
      const server = await serve((app) =>
        app.use((ctx) => {
          left(ctx).then(
            () => {
              state = "resolved";
            },
            () => {
              state = "rejected";
            },
          );
          ctx.response.text("not waiting");
        }),
      );
      const peer = await server.connect().send(`${LENGTH_5}he`);
      await peer.send("llo");
      await peer.reset();
      await server.advance(10_000);
      expect(state).not.toBe("pending");
    }
  });
});
