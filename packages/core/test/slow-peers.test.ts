// What moves a deadline and what does not: dripping peers, slow handlers, a blocked event loop.

import { describe, expect, test } from "vitest";
import { app, POST_5, POST_CHUNKED } from "./deadline-app.ts";
import { head, type MemoryServer, type Peer, serve, settled } from "./memory-server.ts";

describe("head deadline", () => {
  test("is absolute: no octet extends it, not even empty lines (RFC 9112 §2.2)", async () => {
    for (const drip of [
      head("GET /", `X-A: ${"a".repeat(500)}`),
      `\r\n\r\n${head("GET /", `X-A: ${"a".repeat(500)}`)}`,
    ]) {
      const server = await serve(app);
      const peer = server.connect();
      let sent = 0;
      while (!peer.isClosed && sent < 60) {
        await peer.send(drip[sent++ % drip.length]!);
        await server.advance(300);
      }
      expect(server.clock.now()).toBeLessThanOrEqual(10_600);
      expect(peer.statuses).toEqual([408]);
    }
  });

  test("begins with the first octet, not with the connection", async () => {
    const server = await serve(app);
    const peer = server.connect();
    await server.advance(9_000);
    await peer.send("GET");
    await server.advance(9_500);
    expect(peer.isClosed).toBe(false);
    await server.advance(1_000);
    expect(peer.statuses).toEqual([408]);
  });

  test("of a pipelined request begins when its turn comes", async () => {
    let open: () => void = () => {};
    const server = await serve((s) =>
      s.get("/", (ctx) => {
        ctx.response.text("a");
        return new Promise<void>((resolve) => {
          open = resolve;
        });
      }),
    );
    const peer = await server.connect().send(`${head("GET /")}GET`);
    await server.advance(60_000);
    open();
    await settled();
    await server.advance(9_000);
    expect([peer.statuses, peer.isClosed]).toEqual([[200], false]);
    await server.advance(1_500);
    expect(peer.statuses).toEqual([200, 408]);
  });
});

describe("content deadline", () => {
  /** Sends content in steps until it closes or `until` ms have passed; gives when it closed. */
  async function drip(
    server: MemoryServer,
    peer: Peer,
    octets: string,
    everyMs: number,
    until: number,
  ): Promise<number> {
    while (!peer.isClosed && server.clock.now() < until) {
      await peer.send(octets);
      await server.advance(everyMs);
    }
    return server.clock.now();
  }

  test("closes a drip once the grace is over and its credit used up", async () => {
    const server = await serve(app);
    const peer = await server.connect().send(head("POST /", "Content-Length: 100000"));
    // 1 octet each 100 ms is 10 octets/s: credit of 2 ms each.
    const closedMs = await drip(server, peer, "x", 100, 60_000);
    expect(closedMs).toBeGreaterThanOrEqual(20_000);
    expect(closedMs).toBeLessThan(21_500);
    expect(peer.statuses).toEqual([408]);
  });

  test("lets content pass that keeps the rate, up to contentMs", async () => {
    const server = await serve(app);
    const peer = await server.connect().send(head("POST /", "Content-Length: 1000000"));
    const closedMs = await drip(server, peer, "x".repeat(600), 1000, 400_000);
    expect(closedMs).toBeGreaterThanOrEqual(300_000);
    expect(closedMs).toBeLessThan(302_000);
  });

  test("of a stream() has no cap, of stream({ maxOctets }) it has", async () => {
    for (const [options, closes] of [
      [{}, false],
      [{ maxOctets: 1_000_000 }, true],
    ] as const) {
      const server = await serve((s) =>
        s.post("/", async (ctx) => {
          for await (const _ of ctx.request.stream(options)) {
          }
          ctx.response.text("done");
        }),
      );
      const peer = await server.connect().send(head("POST /", "Content-Length: 1000000"));
      const endMs = await drip(server, peer, "x".repeat(1200), 2000, 350_000);
      expect([peer.isClosed, endMs >= 350_000]).toEqual([closes, !closes]);
    }
  });

  test("takes chunk extensions and trailers for no progress", async () => {
    for (const start of ["1;", "0\r\nX-A: "]) {
      const server = await serve(app);
      const peer = await server.connect().send(POST_CHUNKED + start);
      const closedMs = await drip(server, peer, "a", 250, 60_000);
      expect(closedMs).toBeLessThan(21_000);
      expect(peer.statuses).toEqual([408]);
    }
  });

  test("does not run while the handler does not want content", async () => {
    const pulls: (() => Promise<unknown>)[] = [];
    const server = await serve((s) =>
      s.post("/", (ctx) => {
        const stream = ctx.request.stream();
        pulls.push(() => stream.next());
        return new Promise<void>(() => {});
      }),
    );
    const peer = await server.connect().send(`${POST_5}ab`);
    await server.advance(200_000);
    expect(peer.isClosed).toBe(false);
    await pulls[0]!();
    await server.advance(200_000);
    expect(peer.isClosed).toBe(false);
    void pulls[0]!().catch(() => {});
    await server.advance(19_700);
    expect(peer.isClosed).toBe(false);
    await server.advance(600);
    expect(peer.statuses).toEqual([408]);
  });
});

describe("write stall", () => {
  test("counts from the last slice the transport took", async () => {
    const server = await serve(app);
    const peer = await server.connect({ highWaterOctets: 1 }).send(head("GET /large"));
    for (let i = 0; i < 5; i++) {
      await server.advance(55_000);
      await peer.drain();
    }
    expect(peer.transport.closed).toBe(false);
    await server.advance(60_300);
    expect(peer.transport.wasReset).toBe(true);
  });

  test("does not run while the transport has taken everything and the handler is slow", async () => {
    const server = await serve(app);
    for (const path of ["/endless", "/never"]) {
      const peer = await server.connect().send(head(`GET ${path}`));
      await server.advance(300_000);
      expect([path, peer.transport.closed]).toEqual([path, false]);
    }
  });

  test("is not put off by a peer that goes on sending", async () => {
    const server = await serve(app);
    const peer = await server.connect({ highWaterOctets: 1 }).send(head("GET /large"));
    for (let i = 0; i < 70; i++) {
      await peer.send("x");
      await server.advance(1000);
    }
    expect(peer.transport.wasReset).toBe(true);
  });
});

describe("keep-alive deadline", () => {
  test("begins anew behind every answer", async () => {
    const server = await serve(app);
    const peer = server.connect();
    for (let i = 0; i < 3; i++) {
      await peer.send(head("GET /"));
      await server.advance(64_000);
    }
    expect([peer.statuses, peer.isClosed]).toEqual([[200, 200, 200], false]);
    await server.advance(1_500);
    expect(peer.isClosed).toBe(true);
  });

  test("begins when content nobody read has been drained", async () => {
    const server = await serve(app);
    const peer = await server.connect().send(head("POST /unread", "Content-Length: 5"));
    await server.advance(1_500);
    await peer.send("12345");
    await server.advance(64_500);
    expect([peer.statuses, peer.isClosed]).toEqual([[200], false]);
    await server.advance(1_000);
    expect(peer.isClosed).toBe(true);
  });

  test("begins with the answer, not with the request", async () => {
    let answer: () => void = () => {};
    const server = await serve((s) =>
      s.get("/", (ctx) => {
        ctx.response.text("a");
        return new Promise<void>((resolve) => {
          answer = resolve;
        });
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await server.advance(100_000);
    answer();
    await settled();
    await server.advance(64_000);
    expect(peer.isClosed).toBe(false);
    await server.advance(1_500);
    expect(peer.isClosed).toBe(true);
  });
});

describe("linger", () => {
  test("lasts 2 s from FIN, also behind a handler that took long with no other connection there", async () => {
    let answer: () => void = () => {};
    const server = await serve((s) =>
      s.get("/", (ctx) => {
        ctx.response.text("a");
        return new Promise<void>((resolve) => {
          answer = resolve;
        });
      }),
    );
    const peer = await server.connect().send(head("GET /", "Connection: close"));
    await server.advance(500_000);
    answer();
    await settled();
    expect([peer.transport.ended, peer.transport.closed]).toEqual([true, false]);
    await server.advance(1_700);
    expect(peer.transport.closed).toBe(false);
    await server.advance(600);
    expect(peer.transport.closed).toBe(true);
  });
});

describe("a blocked event loop", () => {
  test("kills nobody whose octets were waiting in the kernel", async () => {
    const server = await serve(app);
    const peers = [server.connect(), server.connect(), server.connect(), server.connect()];
    await peers[1]!.send("GET / HT");
    await peers[2]!.send(`${POST_5}ab`);
    await peers[3]!.send(head("GET /"));
    await server.advance(1000);
    server.clock.jump(100_000);
    // The poll phase comes before the next tick.
    await peers[0]!.send(head("GET /"));
    await peers[1]!.send("TP/1.1\r\nHost: a\r\n\r\n");
    await peers[2]!.send("cde");
    await peers[3]!.send(head("GET /"));
    await server.advance(250);
    expect(peers.map((peer) => [peer.statuses, peer.isClosed])).toEqual([
      [[200], false],
      [[200], false],
      [[200], false],
      [[200, 200], false],
    ]);
  });

  test("still closes at the tick behind it who sent nothing", async () => {
    const server = await serve(app);
    const peer = await server.connect().send("GET");
    server.clock.jump(100_000);
    await settled();
    expect(peer.isClosed).toBe(false);
    await server.advance(250);
    expect(peer.statuses).toEqual([408]);
  });
});
