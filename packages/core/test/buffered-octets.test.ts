// limits.bufferedOctets: octets received and not taken by handlers, and octets queued in transports, of all connections
// together. From 95 % on new requests are refused, from 100 % on nothing is read ahead of handlers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Context } from "../src/context.ts";
import type { ServerOptions } from "../src/options.ts";
import {
  type Gate,
  gate,
  head,
  type MemoryServer,
  type Peer,
  serve,
  settled,
} from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

/** The limit of these servers, and how much one connection may hold ahead of its handler. */
const LIMIT = 100_000;
const AHEAD = 30_000;

interface App extends MemoryServer {
  /** Those that wait before they read. */
  readonly gates: Gate[];
}

async function app(options: ServerOptions = {}): Promise<App> {
  const gates: Gate[] = [];
  const later = async (ctx: Context) => {
    const own = gate();
    gates.push(own);
    await own.promise;
    ctx.response.text(String((await ctx.request.bytes()).length));
  };
  const server = await serve(
    (s) =>
      s
        .get("/", (ctx) => void ctx.response.text("a"))
        .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(60_000)))
        .post("/later", later)
        .post(
          "/",
          async (ctx) => void ctx.response.text(String((await ctx.request.bytes()).length)),
        ),
    {
      limits: { bufferedOctets: LIMIT, readAheadOctets: AHEAD },
      health: { live: "/live", ready: "/ready" },
      ...options,
    },
  );
  return { ...server, gates };
}

/** A connection that holds so many octets of content nobody reads yet; more of it may come. */
async function holding(server: App, octets: number): Promise<Peer> {
  const begin = head("POST /later", "Content-Length: 500000");
  return server.connect().send(begin + "x".repeat(octets));
}

function buffered(server: App): number {
  return server.server.stats().bufferedOctets;
}

async function statusOf(server: App, path = "/"): Promise<number> {
  const peer = await server.connect().send(head(`GET ${path}`));
  const status = peer.statuses[0]!;
  await peer.reset();
  return status;
}

describe("a request while 95 % of limits.bufferedOctets are held", () => {
  test("is answered 503 with Retry-After: 1 and Connection: close", async () => {
    const server = await app();
    const first = await holding(server, 50_000);
    await holding(server, 44_999);
    expect([buffered(server), await statusOf(server)]).toEqual([94_999, 200]);
    await first.send("x");
    const peer = await server.connect().send(head("GET /"));
    const [response] = peer.responses();
    expect([response!.status, contentText(response!)]).toEqual([503, "Service Unavailable"]);
    expect(fieldOf(response!, "Retry-After")).toBe("1");
    expect(fieldOf(response!, "Connection")).toBe("close");
    expect(peer.isClosed).toBe(true);
    expect(server.server.stats()).toMatchObject({
      bufferedOctets: 95_000,
      shedLevel: 3,
      refused: { handlers: 0, bufferedOctets: 1, lag: 0 },
    });
  });

  test("is refused also on a connection that was there before, behind its earlier answers", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /"));
    await holding(server, 95_000);
    await peer.send(head("GET /") + head("GET /"));
    expect([peer.statuses, peer.isClosed]).toEqual([[200, 503], true]);
  });

  test("is answered if it asks for health; ready says 503", async () => {
    const server = await app();
    expect(await statusOf(server, "/ready")).toBe(200);
    await holding(server, 95_000);
    expect([await statusOf(server, "/live"), await statusOf(server, "/ready")]).toEqual([200, 503]);
    expect(server.server.stats().refused.bufferedOctets).toBe(0);
  });

  test("leaves those at work to finish, and is served again once it has been less for 1 s", async () => {
    const server = await app();
    const holder = await holding(server, 95_000);
    expect(await statusOf(server)).toBe(503);
    server.gates[0]!.open();
    await settled();
    await holder.send("x".repeat(405_000));
    expect(contentText(holder.responses()[0]!)).toBe("500000");
    expect(buffered(server)).toBe(0);
    await server.advance(250);
    expect(await statusOf(server)).toBe(503);
    await server.advance(1000);
    expect([await statusOf(server), server.server.stats().shedLevel]).toEqual([200, 0]);
  });

  test("counts what waits in transports for slow readers", async () => {
    const server = await app();
    const slow = server.connect({ highWaterOctets: 1000 });
    await slow.send(head("GET /large"));
    const held = buffered(server);
    expect(held).toBe(slow.transport.pendingBytes);
    await holding(server, 95_000 - held);
    expect(await statusOf(server)).toBe(503);
    await slow.drain();
    expect(buffered(server)).toBe(95_000 - held);
  });

  test("is served without shedding, whatever is held", async () => {
    const server = await app({ shedding: false });
    await holding(server, 99_000);
    await holding(server, 20_000);
    expect([await statusOf(server), await statusOf(server, "/ready")]).toEqual([200, 200]);
    expect(server.server.stats()).toMatchObject({ shedLevel: 0, bufferedOctets: 119_000 });
  });
});

describe("a connection while 100 % of limits.bufferedOctets are held", () => {
  test("is not read ahead of its handler, and goes on when that reads", async () => {
    const server = await app({ shedding: false });
    const small = await holding(server, 10);
    expect(small.transport.paused).toBe(false);
    await holding(server, 99_990);
    expect(server.server.stats().bufferedOctets).toBe(LIMIT);
    // It has room of its own, and still may not.
    await small.send("x");
    expect(small.transport.paused).toBe(true);
    server.gates[0]!.open();
    await settled();
    expect(small.transport.paused).toBe(false);
    await small.send("x".repeat(499_989));
    expect(contentText(small.responses()[0]!)).toBe("500000");
  });

  test("pauses with requests that wait behind a handler", async () => {
    const server = await app({ shedding: false });
    const peer = await server.connect().send(`${head("POST /later", "Content-Length: 0")}GET /`);
    expect(peer.transport.paused).toBe(false);
    await holding(server, 99_995);
    await peer.send(" ");
    expect(peer.transport.paused).toBe(true);
    server.gates[0]!.open();
    await settled();
    expect(peer.transport.paused).toBe(false);
    await peer.send("HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(peer.statuses).toEqual([200, 200]);
  });

  test("is read when it has nothing: a new request is taken in, and answered", async () => {
    const server = await app({ shedding: false });
    await holding(server, 100_000);
    const peer = await server.connect().send("GET / HTTP");
    expect(peer.transport.paused).toBe(false);
    await peer.send("/1.1\r\nHost: a\r\n\r\n");
    expect(peer.statuses).toEqual([200]);
    const reading = await server.connect().send(`${head("POST /", "Content-Length: 3")}a`);
    expect(reading.transport.paused).toBe(false);
    await reading.send("bc");
    expect(reading.statuses).toEqual([200]);
  });

  test("is read as far ahead as usual once less is held", async () => {
    const server = await app({ shedding: false });
    const small = await holding(server, 10);
    const large = await holding(server, 100_000);
    await small.send("x");
    expect(small.transport.paused).toBe(true);
    await large.reset();
    await server.advance(0);
    expect(buffered(server)).toBe(11);
    server.gates[0]!.open();
    await settled();
    const next = await holding(server, 10);
    await next.send("x".repeat(AHEAD - 11));
    expect(next.transport.paused).toBe(false);
    await next.send("x");
    expect(next.transport.paused).toBe(true);
  });

  test("holds no more than the limit and what one read brings, however many push", async () => {
    const server = await app({ shedding: false });
    const peers: Peer[] = [];
    for (let i = 0; i < 20; i++) peers.push(await holding(server, 0));
    const READ = 16_384;
    for (let round = 0; round < 10; round++) {
      for (const peer of peers) {
        if (!peer.transport.paused) await peer.send("x".repeat(READ));
      }
    }
    expect(peers.every((peer) => peer.transport.paused)).toBe(true);
    // Each may have been read once before it noticed.
    expect(buffered(server)).toBeLessThanOrEqual(LIMIT + 20 * READ);
    for (const peer of peers) await peer.reset();
    expect(buffered(server)).toBe(0);
  });
});

type Move =
  | {
      readonly kind: "send" | "drain" | "reset" | "end";
      readonly which: number;
      readonly octets: number;
    }
  | { readonly kind: "open"; readonly which: number; readonly octets: number };

describe("stats().bufferedOctets", () => {
  test("is the sum over the connections at every step, and 0 in the end", async () => {
    const move: fc.Arbitrary<Move> = fc.record({
      kind: fc.constantFrom("send", "send", "send", "drain", "open", "open", "reset", "end"),
      which: fc.integer({ min: 0, max: 3 }),
      octets: fc.integer({ min: 1, max: 40_000 }),
    });
    const requests = [
      head("POST /later", "Content-Length: 60000"),
      head("GET /large"),
      `${head("GET /")}${head("POST /", "Content-Length: 60000")}`,
      `${head("POST /later", "Transfer-Encoding: chunked")}fff0\r\n`,
    ];
    const property = fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
      const server = await app();
      const peers: Peer[] = [];
      for (const request of requests) {
        peers.push(await server.connect({ highWaterOctets: 1000 }).send(request));
      }
      const sum = () => {
        const open = peers.filter(({ transport }) => !transport.closed);
        return open.reduce(
          (octets, { connection: { reading, exchange }, transport }) =>
            octets +
            reading.input.octets +
            (exchange?.reader?.heldOctets ?? 0) +
            transport.pendingBytes,
          0,
        );
      };
      for (const { kind, which, octets } of moves) {
        const peer = peers[which]!;
        if (kind === "send" && !peer.transport.paused) await peer.send("y".repeat(octets));
        else if (kind === "drain") await peer.drain();
        else if (kind === "reset") await peer.reset();
        else if (kind === "end") await peer.end();
        else server.gates.shift()?.open();
        await settled();
        expect(buffered(server)).toBe(sum());
      }
      for (const peer of peers) await peer.reset();
      expect(buffered(server)).toBe(0);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

function hoarding(server: App, octets: number): Promise<Peer> {
  return hoard(server.connect({ highWaterOctets: 1000 }), octets);
}

/** Its answer fills its transport; then it sends `octets` of content. */
function hoard(peer: Peer, octets: number): Promise<Peer> {
  return peer.send(
    `${head("GET /large")}${head("POST /", "Content-Length: 60000")}${"x".repeat(octets)}`,
  );
}

/** A connection whose handler collects content, of which `octets` have come. */
function uploading(server: App, octets: number): Promise<Peer> {
  const begin = head("POST /", "Content-Length: 500000");
  return server.connect().send(begin + "x".repeat(octets));
}

describe("peers that do not read while octets run short", () => {
  test("are reset once they have taken nothing for shedding.writeStallMs, those who read are not", async () => {
    const server = await app({ shedding: { refusePercent: 300 } });
    const hoards = [await hoarding(server, 40_000), await hoarding(server, 40_000)];
    await server.advance(250);
    const reader = server.connect({ highWaterOctets: 1000 });
    await reader.send(head("GET /large"));
    expect([buffered(server) > 0.85 * LIMIT, server.server.stats().shedLevel]).toEqual([true, 2]);
    await server.advance(4250);
    reader.transport.drain();
    await settled();
    await server.advance(1000);
    expect(hoards.map((hoard) => hoard.transport.wasReset)).toEqual([true, true]);
    expect(reader.transport.wasReset).toBe(false);
    expect([reader.statuses, server.server.stats().closes["shed"]]).toEqual([[200], 2]);
    await server.advance(2000);
    expect(server.server.stats().shedLevel).toBe(0);
  });

  test("are reset within two ticks at level 3, and requests are served again 1 s later", async () => {
    const server = await app();
    await hoarding(server, 30_000);
    await hoarding(server, 30_000);
    expect([server.server.stats().shedLevel, await statusOf(server)]).toEqual([3, 503]);
    await server.advance(500);
    expect(server.server.stats().closes["shed"]).toBeGreaterThan(0);
    expect(buffered(server)).toBeLessThan(0.85 * LIMIT);
    await server.advance(1250);
    expect([server.server.stats().shedLevel, await statusOf(server)]).toEqual([0, 200]);
  });

  test("go in the order in which they came to a stop, and no more than it takes", async () => {
    const limit = 4 * LIMIT;
    const server = await app({
      limits: { bufferedOctets: limit, readAheadOctets: AHEAD },
      shedding: { closePercent: 90 },
    });
    // Not in the order in which they were accepted.
    const accepted = [0, 0, 0, 0].map(() => server.connect({ highWaterOctets: 1000 }));
    const peers = accepted.toReversed();
    for (const [at, octets] of [10_000, 0, 20_000, 0].entries()) {
      await hoard(peers[at]!, octets);
      await server.advance(50);
    }
    const filler = await holding(server, Math.ceil(0.95 * limit) - buffered(server));
    await server.advance(500);
    // From 95 to 80 % are 60,000 octets: the first hoard's are 70,000.
    expect(peers.map((peer) => peer.transport.wasReset)).toEqual([true, false, false, false]);
    await filler.send("x".repeat(Math.ceil(0.95 * limit) - buffered(server)));
    await server.advance(250);
    expect(peers.map((peer) => peer.transport.wasReset)).toEqual([true, true, false, false]);
  });
});

describe("content that a handler collects", () => {
  test("counts until the handler has it", async () => {
    const server = await app();
    const peer = await uploading(server, 40_000);
    // The head lies in the same memory.
    expect(Math.floor(buffered(server) / 1000)).toBe(40);
    await peer.send("x".repeat(460_000));
    expect([contentText(peer.responses()[0]!), buffered(server)]).toEqual(["500000", 0]);
  });

  test("counts no longer once its connection is gone, or it is larger than allowed", async () => {
    const server = await app({
      limits: { bufferedOctets: LIMIT, readAheadOctets: AHEAD, contentOctets: 50_000 },
    });
    const lost = await server
      .connect()
      .send(`${head("POST /", "Content-Length: 40000")}${"x".repeat(30_000)}`);
    const large = await server
      .connect()
      .send(`${head("POST /", "Transfer-Encoding: chunked")}7530\r\n${"x".repeat(30_000)}\r\n`);
    expect(Math.floor(buffered(server) / 1000)).toBe(60);
    await lost.reset();
    expect(Math.floor(buffered(server) / 1000)).toBe(30);
    await large.send(`7530\r\n${"x".repeat(30_000)}`);
    expect([large.statuses, buffered(server)]).toEqual([[413], 0]);
  });

  test("ends at level 3 when it has been coming for shedding.receiveMs, and not before", async () => {
    const server = await app();
    const old = await uploading(server, 30_000);
    await server.advance(3000);
    const young = await uploading(server, 66_000);
    expect(server.server.stats().shedLevel).toBe(3);
    await server.advance(1500);
    expect([old.transport.wasReset, young.transport.wasReset]).toEqual([false, false]);
    await server.advance(1000);
    expect([old.transport.wasReset, young.transport.wasReset]).toEqual([true, false]);
    expect(server.server.stats().closes).toEqual({ shed: 1 });
    await young.send("x".repeat(434_000));
    expect(young.statuses).toEqual([200]);
  });

  test("counts only the time in which it was wanted: a handler may begin late", async () => {
    const server = await app();
    const late = await holding(server, 20_000);
    await server.advance(6000);
    await uploading(server, 70_000);
    server.gates[0]!.open();
    await settled();
    await late.send("x".repeat(10_000));
    expect(server.server.stats().shedLevel).toBe(3);
    await server.advance(4500);
    expect(late.transport.wasReset).toBe(false);
    await server.advance(1000);
    expect(late.transport.wasReset).toBe(true);
  });

  test("ends so for a head too, and not for what holds little", async () => {
    const server = await app({ deadlines: { headMs: 60_000 }, shedding: { headMs: 60_000 } });
    const long = await server.connect().send(`GET / HTTP/1.1\r\nX: ${"x".repeat(5000)}`);
    const short = await server.connect().send(`GET / HTTP/1.1\r\nX: ${"x".repeat(3000)}`);
    await holding(server, 90_000);
    await server.advance(5500);
    expect([long.transport.wasReset, short.transport.wasReset]).toEqual([true, false]);
  });

  test("goes on below level 3, however long it takes", async () => {
    const server = await app();
    const peer = await uploading(server, 94_000);
    for (let at = 0; at < 15; at++) await server.advance(1000);
    expect([server.server.stats().shedLevel, peer.transport.wasReset]).toEqual([2, false]);
  });
});
