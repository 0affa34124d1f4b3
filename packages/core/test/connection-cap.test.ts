// limits.connections: who is evicted for a new connection, in which order, and who never is. Expectations follow the rule
// as written: idle is who has no exchange open and no octet of a request received; first go those that never sent an octet,
// oldest accept first, then the others by the time since the last answer.

import { describe, expect, test } from "vitest";
import { Server } from "../src/server.ts";
import type { ServerStats } from "../src/stats.ts";
import {
  countingClock,
  gate,
  head,
  MemoryAdapter,
  type MemoryServer,
  memoryLogger,
  type Peer,
  serve,
  settled,
} from "./memory-server.ts";

const wait = gate();

function capped(connections: number): Promise<MemoryServer> {
  return serve(
    (app) =>
      app
        .get("/", (ctx) => void ctx.response.text("a"))
        .get("/wait", () => wait.promise)
        .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(200_000)))
        .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
    // At the cap level 2 would close idle ones too.
    { limits: { connections }, shedding: false },
  );
}

/** Every connection accepted is open, has closed for a reason, or was dropped. */
function expectBalance({ accepted, closes, connections, dropped }: ServerStats): void {
  const closed = Object.values(closes).reduce((sum, count) => sum + count, 0);
  const drops = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(accepted).toBe(closed + connections.open + drops);
}

/** Opens connections until `count` of `peers` have been evicted; gives their names in that order. */
async function evicted(server: MemoryServer, peers: Readonly<Record<string, Peer>>, count: number) {
  const gone: string[] = [];
  for (let opened = 0; opened < count; opened++) {
    // The new one has sent an octet: it does not stand in line itself.
    const fresh = server.connect();
    for (const [name, peer] of Object.entries(peers)) {
      if (peer.transport.closed && !gone.includes(name)) gone.push(name);
    }
    await fresh.send("G");
    expectBalance(server.server.stats());
  }
  return gone;
}

describe("the connection evicted for a new one", () => {
  test("is of those that never sent an octet the one accepted first", async () => {
    const server = await capped(3);
    const peers = { a: server.connect(), b: server.connect(), c: server.connect() };
    expect(await evicted(server, peers, 3)).toEqual(["a", "b", "c"]);
    expect(server.server.stats().closes).toEqual({ evicted: 3 });
  });

  test("is of those that were answered the one whose last answer is the longest ago", async () => {
    const server = await capped(3);
    const peers = { a: server.connect(), b: server.connect(), c: server.connect() };
    for (const name of ["b", "a", "c", "b"] as const) {
      await server.advance(10);
      await peers[name].send(head("GET /"));
    }
    expect(await evicted(server, peers, 3)).toEqual(["a", "c", "b"]);
  });

  test("is one that never sent an octet before any that was answered, however long that was idle", async () => {
    const server = await capped(4);
    const peers: Record<string, Peer> = {};
    for (const name of ["answered", "answeredLater"]) {
      peers[name] = await server.connect().send(head("GET /"));
      await server.advance(5000);
    }
    for (const name of ["silent", "silentLater"]) peers[name] = server.connect();
    await server.advance(250);
    expect(await evicted(server, peers, 4)).toEqual([
      "silent",
      "silentLater",
      "answered",
      "answeredLater",
    ]);
  });

  test("is an answered one while no silent one is 250 ms old: a first request may be on its way", async () => {
    const server = await capped(3);
    const answered = await server.connect().send(head("GET /"));
    await server.advance(5000);
    const silent = server.connect();
    await server.connect().send("G");
    await server.advance(249);
    expect(await evicted(server, { answered, silent }, 1)).toEqual(["answered"]);
    const other = await capped(3);
    const peers = { answered: await other.connect().send(head("GET /")), silent: other.connect() };
    await other.connect().send("G");
    await other.advance(250);
    expect(await evicted(other, peers, 2)).toEqual(["silent", "answered"]);
  });

  test("is a silent one however young when there is no other", async () => {
    const server = await capped(1);
    const silent = server.connect();
    expect(await evicted(server, { silent }, 1)).toEqual(["silent"]);
  });

  test("counts the time from the answer, not from the request", async () => {
    const slow = gate();
    const server = await serve(
      (s) =>
        s
          .get("/", (ctx) => void ctx.response.text("a"))
          .get("/slow", async (ctx) => {
            await slow.promise;
            ctx.response.text("slow");
          }),
      { limits: { connections: 2 } },
    );
    const first = await server.connect().send(head("GET /slow"));
    const second = await server.connect().send(head("GET /"));
    await server.advance(100);
    slow.open();
    await settled();
    expect(await evicted(server, { first, second }, 1)).toEqual(["second"]);
  });

  test("counts from when the peer took the answer, if it took its time", async () => {
    const server = await capped(2);
    const slow = await server.connect({ highWaterOctets: 1 }).send(head("GET /"));
    const quick = await server.connect().send(head("GET /"));
    await server.advance(100);
    await slow.drain();
    expect(await evicted(server, { slow, quick }, 2)).toEqual(["quick", "slow"]);
  });

  test("is gone at once, without a word or FIN, and counted once", async () => {
    const server = await capped(1);
    const first = await server.connect().send(head("GET /"));
    const octets = first.transport.octets.length;
    const second = server.connect();
    expect([first.transport.closed, first.transport.ended]).toEqual([true, false]);
    expect(first.transport.octets.length).toBe(octets);
    const stats = () => {
      const { connections, closes, dropped, octetsOut } = server.server.stats();
      return { connections, closes, drops: dropped.connections, octetsOut };
    };
    const expected = {
      connections: { open: 1, idle: 1, active: 0 },
      closes: { evicted: 1 },
      drops: 0,
      octetsOut: octets,
    };
    // Before the transport has told that it is closed, and behind it.
    expect(stats()).toEqual(expected);
    await settled();
    expect(stats()).toEqual(expected);
    await second.send(head("GET /"));
    expect(second.statuses).toEqual([200]);
    await second.reset();
    expect(server.clock.pendingCalls).toBe(0);
  });
});

/** States in which a connection is never evicted. */
const ACTIVE: Readonly<
  Record<string, readonly [into: (peer: Peer) => Promise<unknown>, slow?: true]>
> = {
  "one octet of a head": [(peer) => peer.send("G")],
  "an empty line": [(peer) => peer.send("\r\n")],
  "half an empty line behind an answer": [(peer) => peer.send(`${head("GET /")}\r`)],
  "one octet of a second head": [(peer) => peer.send(`${head("GET /")}G`)],
  "a handler at work": [(peer) => peer.send(head("GET /wait"))],
  "content on its way": [(peer) => peer.send(head("POST /", "Content-Length: 5"))],
  "content to drain": [(peer) => peer.send(head("GET /", "Content-Length: 5"))],
  "an answer not taken": [(peer) => peer.send(head("GET /")), true],
  "more of an answer to come": [(peer) => peer.send(head("GET /large")), true],
  "a linger behind its last answer": [(peer) => peer.send(head("GET /", "Connection: close"))],
  "a linger behind a fault": [(peer) => peer.send("nonsense\r\n\r\n")],
  "a last answer not taken": [(peer) => peer.send(head("GET /", "Connection: close")), true],
};

describe("a connection with", () => {
  for (const [name, [into, isSlow]] of Object.entries(ACTIVE)) {
    test(`${name} is never evicted: the new one is dropped without a word`, async () => {
      const server = await capped(1);
      const peer = server.connect(isSlow ? { highWaterOctets: 1 } : {});
      await into(peer);
      expect(server.server.stats().connections).toEqual({ open: 1, idle: 0, active: 1 });
      const dropped = server.connect();
      await settled();
      expect([dropped.transport.closed, dropped.text]).toEqual([true, ""]);
      expect([peer.transport.closed, server.server.stats().dropped.connections]).toEqual([
        false,
        1,
      ]);
      expectBalance(server.server.stats());
    });

    test(`${name} stays, and an idle one beside it goes`, async () => {
      const server = await capped(2);
      const peer = server.connect(isSlow ? { highWaterOctets: 1 } : {});
      await into(peer);
      const idle = await server.connect().send(head("GET /"));
      const fresh = server.connect();
      expect([peer.transport.closed, idle.transport.closed]).toEqual([false, true]);
      await fresh.send(head("GET /"));
      expect(fresh.statuses).toEqual([200]);
      expectBalance(server.server.stats());
    });
  }
});

describe("limits.connections", () => {
  test("admits again when one has gone", async () => {
    const server = await capped(2);
    const [first] = [await server.connect().send("G"), await server.connect().send("G")];
    expect(server.connect().transport.closed).toBe(true);
    await first.reset();
    const next = await server.connect().send(head("GET /"));
    expect(next.statuses).toEqual([200]);
    expect(server.server.stats()).toMatchObject({ accepted: 4, connections: { open: 2 } });
  });

  test("holds whatever comes: a flood of silent connections only pushes out one another", async () => {
    const server = await capped(10);
    const busy = await server.connect().send(head("GET /wait"));
    for (let i = 0; i < 500; i++) {
      server.connect();
      expect(server.server.stats().connections.open).toBeLessThanOrEqual(10);
    }
    const good = await server.connect().send(head("GET /"));
    expect([good.statuses, busy.isClosed]).toEqual([[200], false]);
    expectBalance(server.server.stats());
    expect(server.server.stats().closes).toEqual({ evicted: 492 });
  });

  test("come from the adapter's descriptors when they are not set", async () => {
    const adapter = new MemoryAdapter();
    [adapter.limit, adapter.open] = [64, 40];
    const server = new Server(adapter, { logger: memoryLogger(), clock: countingClock() });
    await server.listen();
    for (let i = 0; i < 20; i++) await adapter.connect().send("G");
    expect(server.stats().connections.open).toBe(16);
    expect(server.stats().dropped).toEqual({ connections: 4, connectionsPerPeer: 0, closing: 0 });
  });

  test("are 10000 where the adapter does not know", async () => {
    const server = await serve(() => {});
    for (let i = 0; i < 10_001; i++) server.connect();
    expect(server.server.stats()).toMatchObject({
      connections: { open: 10_000 },
      closes: { evicted: 1 },
    });
  });

  test("have no meaning for a server that only injects", async () => {
    const server = new Server(undefined, { logger: memoryLogger(), clock: countingClock() });
    server.use((ctx) => void ctx.response.text("a"));
    for (let i = 0; i < 50; i++) await server.inject("");
    expect(server.stats().connections.open).toBe(50);
  });
});
