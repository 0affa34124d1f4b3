// What each level of load shedding does to connections and requests. How a level is found is load-shedder.test.ts.

import { describe, expect, test } from "vitest";
import type { Limits } from "../src/limits.ts";
import type { Shedding } from "../src/shedding.ts";
import { head, type MemoryServer, octetsOf, type Peer, serve, settled } from "./memory-server.ts";
import { fieldOf } from "./read-responses.ts";

const BEGUN = "GET / HTTP/1.1\r\n";

function app(
  limits: Partial<Limits> = {},
  shedding: Partial<Shedding> | false = {},
): Promise<MemoryServer> {
  return serve((s) => s.get("/", (ctx) => void ctx.response.text("a")), { limits, shedding });
}

/** Opens connections that have begun a head: neither idle nor evicted. */
async function busy(server: MemoryServer, count: number): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) peers.push(await server.connect().send(BEGUN));
  return peers;
}

function level(server: MemoryServer): number {
  return server.server.stats().shedLevel;
}

/** Two ticks that come this late: a lag, and level 3 above 200 ms. */
function lag(server: MemoryServer, lagMs = 300): void {
  for (let tick = 0; tick < 2; tick++) server.clock.jump(250 + lagMs);
}

describe("level 1", () => {
  test("closes at its next tick what has been idle for 5 s, and leaves what has not", async () => {
    const server = await app({ connections: 10 });
    const old = await server.connect().send(head("GET /"));
    await server.advance(4000);
    const young = await server.connect().send(head("GET /"));
    await server.advance(1500);
    await busy(server, 5);
    expect([level(server), old.isClosed]).toEqual([0, false]);
    await server.advance(250);
    expect([level(server), old.isClosed, young.isClosed]).toEqual([1, true, false]);
    await old.end();
    expect(server.server.stats().closes).toEqual({ keepAliveTimeout: 1 });
    await server.advance(3000);
    expect(young.isClosed).toBe(false);
    await server.advance(500);
    expect(young.isClosed).toBe(true);
  });

  test("gives a connection that becomes idle 5 s, and one behind it 65 s again", async () => {
    const server = await app({ connections: 10 });
    const others = await busy(server, 7);
    await server.advance(250);
    const peer = await server.connect().send(head("GET /"));
    expect([level(server), fieldOf(peer.responses()[0]!, "Connection")]).toEqual([1, undefined]);
    await server.advance(4750);
    expect(peer.isClosed).toBe(false);
    await server.advance(500);
    expect(peer.isClosed).toBe(true);
    for (const other of others) await other.reset();
    await server.advance(1500);
    expect(level(server)).toBe(0);
    const later = await server.connect().send(head("GET /"));
    await server.advance(60_000);
    expect(later.isClosed).toBe(false);
    await server.advance(5500);
    expect(later.isClosed).toBe(true);
  });

  test("gives a head that begins 5 s", async () => {
    const server = await app({ connections: 10 });
    await busy(server, 7);
    await server.advance(250);
    const peer = await server.connect().send(BEGUN);
    await server.advance(4700);
    expect(peer.isClosed).toBe(false);
    await server.advance(600);
    expect(peer.statuses).toEqual([408]);
  });

  test("gives nobody more time than usual", async () => {
    const server = await serve((s) => s.get("/", (ctx) => void ctx.response.text("a")), {
      limits: { connections: 10 },
      deadlines: { keepAliveMs: 2000, headMs: 2000 },
    });
    await busy(server, 7);
    await server.advance(250);
    expect(level(server)).toBe(1);
    const idle = await server.connect().send(head("GET /"));
    const slow = await server.connect().send(BEGUN);
    await server.advance(2300);
    expect([idle.isClosed, slow.statuses]).toEqual([true, [408]]);
  });

  test("takes its times from the options, and leaves the first octet its own", async () => {
    const server = await app({ connections: 20 }, { keepAliveMs: 1000, headMs: 2000 });
    await busy(server, 13);
    const silent = server.connect();
    await server.advance(250);
    const [idle, slow] = [server.connect(), server.connect()];
    await idle.send(head("GET /"));
    await slow.send(BEGUN);
    expect(level(server)).toBe(1);
    await server.advance(1250);
    expect([idle.isClosed, slow.isClosed]).toEqual([true, false]);
    await idle.end();
    await server.advance(1000);
    expect(slow.statuses).toEqual([408]);
    expect(silent.isClosed).toBe(false);
  });

  test("of the lag gives heads less time, and idle connections what they had", async () => {
    const server = await app();
    const old = await server.connect().send(head("GET /"));
    await server.advance(6000);
    lag(server, 150);
    expect([level(server), old.isClosed]).toEqual([1, false]);
    const slow = await server.connect().send(BEGUN);
    const young = await server.connect().send(head("GET /"));
    await server.advance(5250);
    expect([slow.statuses, old.isClosed, young.isClosed]).toEqual([[408], false, false]);
  });
});

describe("level 2", () => {
  /** 20 places: `idle` connections, the first half silent, for 1 s and more, and as many busy ones as make 85 %. */
  async function crowded(idle: number, shedding: Partial<Shedding> = {}) {
    const server = await app({ connections: 20 }, shedding);
    const peers: Peer[] = [];
    for (let i = 0; i < idle; i++) {
      const peer = server.connect();
      peers.push(i < idle / 2 ? peer : await peer.send(head("GET /")));
      await server.advance(10);
    }
    await server.advance(1250);
    expect(level(server)).toBeLessThan(2);
    await busy(server, 17 - idle);
    return { ...server, peers };
  }

  /** Which of the peers are closed. */
  function closedOf(peers: readonly Peer[]): number[] {
    return peers.flatMap((peer, i) => (peer.isClosed ? [i] : []));
  }

  test("puts Connection: close on every answer", async () => {
    const server = await app({ connections: 10 });
    const [peer] = await busy(server, 9);
    await server.advance(250);
    expect(level(server)).toBe(2);
    await peer!.send("Host: a\r\n\r\n");
    expect([fieldOf(peer!.responses()[0]!, "Connection"), peer!.isClosed]).toEqual(["close", true]);
  });

  test("closes an eighth of the idle ones at each tick, those first that never sent an octet", async () => {
    const { peers, ...server } = await crowded(16);
    await server.advance(250);
    expect([level(server), closedOf(peers)]).toEqual([2, [0, 1]]);
    expect(peers[0]!.text).toBe("");
    await server.advance(250);
    expect(closedOf(peers)).toEqual([0, 1, 2, 3]);
    await server.advance(250);
    expect(closedOf(peers)).toEqual([0, 1, 2, 3, 4, 5]);
    for (let tick = 0; tick < 4; tick++) await server.advance(250);
    // Of 10 that are left it closes 2, then 1 of 8, 7 and 6: never none.
    expect(closedOf(peers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const peer of peers.slice(0, 6)) await peer.end();
    expect(server.server.stats().closes["shed"]).toBe(6);
  });

  test("closes those that were answered by how long they have been idle", async () => {
    const { peers, ...server } = await crowded(8);
    await peers[4]!.send(head("GET /"));
    for (let tick = 0; tick < 7; tick++) await server.advance(250);
    expect(closedOf(peers)).toEqual([0, 1, 2, 3, 5, 6, 7]);
    await server.advance(250);
    expect(closedOf(peers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("closes at most closesPerTick of them", async () => {
    for (const [closesPerTick, closed] of [
      [0, []],
      [1, [0]],
      [2, [0, 1]],
    ] as const) {
      const { peers, ...server } = await crowded(16, { closesPerTick });
      await server.advance(250);
      expect([level(server), closedOf(peers)]).toEqual([2, [...closed]]);
    }
  });

  test("closes 32 at a tick where there are many", async () => {
    const server = await app({ connections: 1000 });
    const peers = Array.from({ length: 900 }, () => server.connect());
    await server.advance(750);
    expect([level(server), closedOf(peers).length]).toEqual([2, 0]);
    await server.advance(250);
    expect(closedOf(peers).length).toBe(32);
    await server.advance(250);
    expect(closedOf(peers)).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  test("spares what has been idle for less than 1 s: a request may be on its way", async () => {
    const server = await app({ connections: 10 });
    await busy(server, 8);
    const [silent, answered] = [server.connect(), server.connect()];
    await answered.send(head("GET /"));
    for (let tick = 0; tick < 3; tick++) await server.advance(250);
    expect([level(server), silent.isClosed, answered.isClosed]).toEqual([2, false, false]);
    await server.advance(250);
    expect([silent.isClosed, answered.isClosed]).toEqual([true, false]);
    await server.advance(250);
    expect(answered.isClosed).toBe(true);
  });

  test("is left as places become free, and then closes no more", async () => {
    const { peers, ...server } = await crowded(16);
    for (let tick = 0; tick < 3; tick++) {
      await server.advance(250);
      for (const peer of peers) if (peer.isClosed && !peer.transport.closed) await peer.end();
    }
    // 11 of 20 are open: 55 %.
    expect(server.server.stats().connections.open).toBe(11);
    const levels: number[] = [];
    for (let tick = 0; tick < 9; tick++) {
      await server.advance(250);
      levels.push(level(server));
    }
    // First what the least room within the second allowed, then what it allows since.
    expect([levels[2], levels[3], levels[8]]).toEqual([2, 1, 0]);
    await server.advance(1000);
    const closed = closedOf(peers).length;
    expect(closed).toBeLessThan(peers.length);
    await server.advance(500);
    expect(closedOf(peers).length).toBe(closed);
    const next = await peers.at(-1)!.send(head("GET /"));
    expect(fieldOf(next.responses().at(-1)!, "Connection")).toBe(undefined);
  });

  test("is none of the lag: whatever that is, no connection is closed for it", async () => {
    const server = await app();
    const silent = server.connect();
    const answered = await server.connect().send(head("GET /"));
    for (let round = 0; round < 4; round++) lag(server, 350);
    expect(level(server)).toBe(3);
    await answered.send(head("GET /"));
    expect([silent.isClosed, answered.isClosed]).toEqual([false, false]);
    expect(answered.responses().map((response) => fieldOf(response, "Connection"))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("level 3 because of the lag", () => {
  /** Requests arrive at once on connections of their own, each handler takes `ms`. */
  async function burst(server: MemoryServer, count: number): Promise<Peer[]> {
    const peers = Array.from({ length: count }, () => server.connect());
    for (const peer of peers) peer.transport.receive(octetsOf(head("GET /")));
    for (let turns = 0; turns < 40; turns++) await settled();
    return peers;
  }

  async function slow(ms: number, shedding: Partial<Shedding> | false = {}): Promise<MemoryServer> {
    const server: MemoryServer = await serve(
      (s) =>
        s.get("/", (ctx) => {
          server.clock.jump(ms);
          ctx.response.text("a");
        }),
      { shedding },
    );
    server.connect();
    return server;
  }

  test("refuses what has waited longer than admitMs beyond two turns, and nothing else", async () => {
    const server = await slow(30);
    lag(server);
    expect(level(server)).toBe(3);
    const peers = await burst(server, 8);
    // Behind the first they have waited 0, 30, 60, 90, then 120 ms: 60 more than two turns.
    const statuses = peers.flatMap((peer) => peer.statuses);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
    const [refused] = peers.at(-1)!.responses();
    expect([fieldOf(refused!, "Retry-After"), fieldOf(refused!, "Connection")]).toEqual([
      "1",
      "close",
    ]);
    expect(server.server.stats()).toMatchObject({
      refused: { handlers: 0, bufferedOctets: 0, lag: 3 },
      handlers: 0,
      waiting: 0,
    });
  });

  test("refuses nobody at level 0, however long they wait", async () => {
    const server = await slow(30);
    const peers = await burst(server, 8);
    expect(peers.every((peer) => peer.statuses[0] === 200)).toBe(true);
  });

  test("refuses nobody who is answered at once", async () => {
    const server = await slow(0);
    lag(server);
    const peers = await burst(server, 8);
    expect([level(server), peers.every((peer) => peer.statuses[0] === 200)]).toEqual([3, true]);
  });

  test("is left although a burst is refused now and then: between them nobody waits", async () => {
    const server = await slow(30);
    lag(server);
    const last: number[] = [];
    for (let tick = 0; tick < 8; tick++) {
      const peers = await burst(server, 8);
      last.push(peers.at(-1)!.statuses[0]!);
      for (const peer of peers) await peer.reset();
      await server.advance(250);
    }
    expect([last[0], last.at(-1), level(server)]).toEqual([503, 200, 0]);
  });

  test("is found by requests that wait, although the timer is not late", async () => {
    const server = await slow(30);
    const peers = Array.from({ length: 200 }, () => server.connect());
    for (const peer of peers) peer.transport.receive(octetsOf(head("GET /")));
    for (let turns = 0; turns < 200; turns++) await settled();
    const { refused, shedChanges } = server.server.stats();
    expect(shedChanges).toBeGreaterThan(0);
    expect(refused.lag).toBeGreaterThan(100);
    expect(peers.every((peer) => [200, 503].includes(peer.statuses[0]!))).toBe(true);
  });

  test("refuses nothing with shedding false", async () => {
    const server = await slow(30, false);
    lag(server);
    const peers = await burst(server, 20);
    expect(peers.every((peer) => peer.statuses[0] === 200)).toBe(true);
    expect(server.server.stats()).toMatchObject({ shedLevel: 0, shedChanges: 0 });
  });
});

describe("each change of the level", () => {
  test("is one warn record with what it was found by, and counts", async () => {
    const server = await app({ connections: 10 });
    const peers = await busy(server, 7);
    await server.advance(250);
    peers.push(...(await busy(server, 2)));
    await server.advance(500);
    for (const peer of peers) await peer.reset();
    await server.advance(2000);
    const shares = { bufferedPercent: expect.any(Number), lagPercent: 0 };
    const message = "load shedding level changed";
    expect(server.server.stats()).toMatchObject({ shedLevel: 0, shedChanges: 3 });
    expect(server.log.filter((record) => record.level === "warn")).toEqual([
      { level: "warn", message, fields: { level: 1, connectionsPercent: 70, ...shares } },
      { level: "warn", message, fields: { level: 2, connectionsPercent: 90, ...shares } },
      { level: "warn", message, fields: { level: 0, connectionsPercent: 0, ...shares } },
    ]);
  });

  test("is never made with shedding false: no record, no close, times as usual", async () => {
    const server = await app({ connections: 10 }, false);
    const old = await server.connect().send(head("GET /"));
    await server.advance(6000);
    const [peer] = await busy(server, 9);
    await server.advance(1000);
    await peer!.send("Host: a\r\n\r\n");
    expect([old.isClosed, fieldOf(peer!.responses()[0]!, "Connection")]).toEqual([
      false,
      undefined,
    ]);
    expect(server.server.stats()).toMatchObject({ shedLevel: 0, shedChanges: 0, closes: {} });
    expect(server.log).toEqual([]);
  });

  test("comes to its end also when the last connection has gone", async () => {
    const server = await app({ connections: 1 });
    const peer = await server.connect().send(BEGUN);
    await server.advance(250);
    await peer.reset();
    expect([level(server), server.clock.pendingCalls]).toEqual([2, 0]);
    server.clock.advance(1000);
    expect(level(server)).toBe(0);
    const next = await server.connect().send(head("GET /"));
    expect(fieldOf(next.responses()[0]!, "Connection")).toBe(undefined);
  });
});
