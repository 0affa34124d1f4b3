// What happens to a connection that closes: what is discarded, when reading stops, who closes last (RFC 9112 §9.6); and
// content that is left when the answer is out.

import { describe, expect, test } from "vitest";
import type { ServerOptions } from "../src/options.ts";
import { gate, head, type Peer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

const plain = (options: ServerOptions = {}) =>
  serve((app) => app.use((ctx) => void ctx.response.text(ctx.request.path)), options);

const CLOSING = head("GET /", "Connection: close");

describe("a lingering connection", () => {
  test("has sent FIN, is open, and is destroyed at the peer's FIN", async () => {
    const server = await plain();
    const peer = await server.connect().send(CLOSING);
    expect([peer.transport.ended, peer.transport.closed, peer.states]).toEqual([
      true,
      false,
      "discarding/lingering",
    ]);
    await peer.end();
    expect(peer.transport.closed).toBe(true);
    expect(server.server.stats().closes).toEqual({ answered: 1 });
  });

  test("is gone at the peer's RST", async () => {
    const server = await plain();
    const peer = await server.connect().send(CLOSING);
    await peer.reset();
    expect(server.server.stats()).toMatchObject({
      connections: { open: 0 },
      closes: { answered: 1 },
    });
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("whose peer had sent FIN before is destroyed at once", async () => {
    const server = await plain();
    const peer = server.connect();
    peer.transport.receive(new TextEncoder().encode(head("GET /")));
    peer.transport.receiveEnd();
    await settled();
    expect([peer.statuses, peer.transport.closed]).toEqual([[200], true]);
  });

  test("holds none of what it discards", async () => {
    const server = await plain();
    const peer = await server.connect().send(CLOSING + "x".repeat(10_000));
    for (let i = 0; i < 10; i++) await peer.send("x".repeat(10_000));
    expect(server.server.stats().bufferedOctets).toBe(0);
    expect(peer.transport.paused).toBe(false);
  });

  test("discards lingerOctets, then stops reading without closing, until 2 s are over", async () => {
    const server = await plain({ limits: { lingerOctets: 10_000 } });
    const peer = await server.connect().send(CLOSING);
    await peer.send("x".repeat(10_000));
    expect([peer.states, peer.transport.paused]).toEqual(["discarding/lingering", false]);
    await peer.send("x");
    expect([peer.states, peer.transport.paused]).toEqual(["stopped/lingering", true]);
    expect(peer.transport.closed).toBe(false);
    await peer.send("x".repeat(10_000));
    await server.advance(1500);
    expect(peer.transport.closed).toBe(false);
    await server.advance(1000);
    expect(peer.transport.closed).toBe(true);
    expect(server.server.stats().bufferedOctets).toBe(0);
  });

  test("that stopped reading is destroyed at the peer's FIN all the same", async () => {
    const server = await plain({ limits: { lingerOctets: 0 } });
    const peer = await server.connect().send(CLOSING);
    await peer.send("x");
    expect(peer.states).toBe("stopped/lingering");
    await peer.end();
    expect(peer.transport.closed).toBe(true);
  });

  test("charges what was buffered behind the last request to the budget", async () => {
    const server = await plain({ limits: { lingerOctets: 100 } });
    const peer = await server.connect().send(CLOSING + "x".repeat(101));
    expect(peer.states).toBe("stopped/lingering");
    expect([peer.statuses, peer.transport.closed]).toEqual([[200], false]);
  });

  test("begins its 2 s when FIN is out, not while the answer is still being taken", async () => {
    const server = await serve((app) =>
      app.use((ctx) => void ctx.response.setBody(new Uint8Array(200_000))),
    );
    const peer = await server.connect({ highWaterOctets: 1 }).send(CLOSING);
    await server.advance(30_000);
    expect(peer.transport.ended).toBe(false);
    await peer.drain(10);
    expect(peer.states).toBe("discarding/lingering");
    await server.advance(1700);
    expect(peer.transport.closed).toBe(false);
    await server.advance(600);
    expect(peer.transport.closed).toBe(true);
  });
});

describe("an early answer while an upload goes on", () => {
  const BIG = 64 * 1024 * 1024;

  /** Sends content as fast as the transport reads it. */
  async function upload(peer: Peer, octets: number): Promise<number> {
    const piece = new Uint8Array(65_536);
    let sent = 0;
    while (sent < octets && !peer.transport.paused && !peer.transport.closed) {
      peer.transport.receive(piece);
      sent += piece.length;
    }
    await settled();
    return sent;
  }

  test("goes out whole with Connection: close, and the rest is discarded up to 1 MiB, then reading stops", async () => {
    const server = await plain();
    const peer = await server.connect().send(head("POST /", `Content-Length: ${BIG}`));
    expect(fieldOf(peer.responses()[0]!, "Connection")).toBe("close");
    const sent = await upload(peer, BIG);
    expect(sent).toBeGreaterThan(1_048_576 - 65_536);
    expect(sent).toBeLessThanOrEqual(1_048_576 + 65_536);
    expect([peer.states, peer.transport.closed]).toEqual(["stopped/lingering", false]);
    await server.advance(2_300);
    expect(peer.transport.closed).toBe(true);
    expect(peer.statuses).toEqual([200]);
  });

  test("413 in the middle of chunks goes out whole too", async () => {
    const server = await serve((app) =>
      app.post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
    );
    const peer = await server.connect().send(head("POST /", "Transfer-Encoding: chunked"));
    await peer.send(`100000\r\n${"x".repeat(1_048_576)}\r\n1\r\nx`);
    expect([peer.statuses, peer.transport.ended, peer.transport.closed]).toEqual([
      [413],
      true,
      false,
    ]);
    await upload(peer, BIG);
    expect([peer.transport.paused, peer.transport.closed]).toEqual([true, false]);
  });
});

describe("content nobody read", () => {
  test.each([
    ["of a known length of drainOctets is drained and the connection kept", 65_536, true],
    ["of one octet more: Connection: close", 65_537, false],
  ] as const)("%s", async (_, length, kept) => {
    const server = await plain();
    const peer = await server.connect().send(head("POST /", `Content-Length: ${length}`));
    expect(fieldOf(peer.responses()[0]!, "Connection")).toBe(kept ? undefined : "close");
    await peer.send("x".repeat(length));
    await peer.send(head("GET /next"));
    expect(peer.responses().map(contentText)).toEqual(kept ? ["/", "/next"] : ["/"]);
  });

  test("of unknown length that is not whole yet: Connection: close; that is whole: kept", async () => {
    const server = await plain();
    const chunked = head("POST /", "Transfer-Encoding: chunked");
    const part = await server.connect().send(`${chunked}3\r\nabc\r\n`);
    expect(fieldOf(part.responses()[0]!, "Connection")).toBe("close");
    const whole = await server
      .connect()
      .send(`${chunked}3\r\nabc\r\n0\r\n\r\n${head("GET /next")}`);
    expect(whole.responses().map(contentText)).toEqual(["/", "/next"]);
  });

  test("behind an Expect that was not answered: always close (RFC 9110 §10.1.1)", async () => {
    const server = await plain();
    const peer = await server
      .connect()
      .send(head("POST /", "Content-Length: 1", "Expect: 100-continue"));
    expect(peer.statuses).toEqual([200]);
    expect(fieldOf(peer.responses()[0]!, "Connection")).toBe("close");
  });

  test("behind an Expect, but already here, keeps the connection", async () => {
    const server = await plain();
    const peer = await server
      .connect()
      .send(`${head("POST /", "Content-Length: 1", "Expect: 100-continue")}x${head("GET /next")}`);
    expect(peer.responses().map(contentText)).toEqual(["/", "/next"]);
  });

  test("is destroyed when it is not drained within 2 s", async () => {
    const server = await plain();
    const peer = await server.connect().send(head("POST /", "Content-Length: 5"));
    for (let i = 0; i < 4; i++) {
      await server.advance(600);
      await peer.send("x");
    }
    expect(peer.transport.closed).toBe(true);
    expect(server.server.stats().closes).toEqual({ drainTimeout: 1 });
  });

  test("cut short by FIN while it is drained ends the connection", async () => {
    const server = await plain();
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 5")}abc`);
    await peer.end();
    expect([peer.statuses, peer.transport.closed]).toEqual([[200], true]);
  });
});

describe("content whose reader stopped early", () => {
  async function stopping(wait: Promise<void>) {
    return serve((app) =>
      app
        .post("/", async (ctx) => {
          const stream = ctx.request.stream();
          ctx.response.setBody(
            (async function* () {
              yield (await stream.next()).value!;
              await wait;
              await stream.return!();
            })(),
          );
        })
        .get("/next", (ctx) => void ctx.response.text("next")),
    );
  }

  test("is drained up to drainOctets and the connection kept", async () => {
    const server = await stopping(Promise.resolve());
    const chunked = head("POST /", "Transfer-Encoding: chunked");
    const peer = await server.connect().send(`${chunked}3\r\nabc\r\n`);
    expect(peer.responses()[0]!.complete).toBe(true);
    await peer.send(
      `${(1000).toString(16)}\r\n${"x".repeat(1000)}\r\n0\r\n\r\n${head("GET /next")}`,
    );
    expect(peer.responses().map(contentText)).toEqual(["abc", "next"]);
  });

  test("beyond drainOctets lingers and closes unannounced", async () => {
    const server = await stopping(Promise.resolve());
    const chunked = head("POST /", "Transfer-Encoding: chunked");
    const peer = await server.connect().send(`${chunked}3\r\nabc\r\n`);
    expect(fieldOf(peer.responses()[0]!, "Connection")).toBe(undefined);
    await peer.send(`20000\r\n${"x".repeat(0x20000)}`);
    expect(peer.transport.ended).toBe(true);
    await peer.send(`\r\n0\r\n\r\n${head("GET /next")}`);
    expect(peer.responses().map(contentText)).toEqual(["abc"]);
  });

  test("with a known rest beyond drainOctets closes at once", async () => {
    const wait = gate();
    const server = await stopping(wait.promise);
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 200000")}abc`);
    wait.open();
    await settled();
    expect([peer.responses()[0]!.complete, peer.transport.ended]).toEqual([true, true]);
  });

  test("that is broken while it is drained closes, without a second answer", async () => {
    const server = await stopping(Promise.resolve());
    const chunked = head("POST /", "Transfer-Encoding: chunked");
    const peer = await server.connect().send(`${chunked}3\r\nabc\r\n`);
    await peer.send(`nonsense\r\n${head("GET /next")}`);
    expect([peer.statuses, peer.isClosed]).toEqual([[200], true]);
    expect(server.server.stats().faults).toEqual({ ERR_CHUNK_SIZE: 1 });
  });
});
