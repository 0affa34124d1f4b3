// What one connection, one handler or one answer may do before others have their turn.

import { describe, expect, test } from "vitest";
import { FairShare } from "../src/fair-share.ts";
import type { Server } from "../src/server.ts";
import { gate, head, octetsOf, type Peer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

/** One turn of the event loop. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Octets arrive, and nothing else happens yet. */
function arrive(peer: Peer, text: string): void {
  peer.transport.receive(octetsOf(text));
}

function numbered(count: number, from = 1): string {
  return Array.from({ length: count }, (_, i) => head(`GET /${from + i}`)).join("");
}

function contents(peer: Peer): string[] {
  return peer.responses().map(contentText);
}

function paths(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `/${i + 1}`);
}

describe("FairShare", () => {
  test("allows 16 requests, then is spent until it is renewed", () => {
    const share = new FairShare();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 16; i++) {
        expect([share.allows(), share.isSpent]).toEqual([true, false]);
        share.take();
      }
      expect([share.allows(), share.isSpent]).toEqual([false, true]);
      share.renew();
    }
  });
});

const HANDLERS: Readonly<Record<string, (server: Server) => void>> = {
  "answer at once": (s) => void s.use((ctx) => void ctx.response.text(ctx.request.path)),
  "are async and wait for nothing": (s) =>
    void s.use(async (ctx) => void ctx.response.text(ctx.request.path)),
  "wait for microtasks": (s) =>
    void s.use(async (ctx) => {
      for (let i = 0; i < 5; i++) await Promise.resolve();
      ctx.response.text(ctx.request.path);
    }),
  "send their answer themselves": (s) =>
    void s.use(async (ctx) => {
      ctx.response.text(ctx.request.path);
      await ctx.send();
    }),
};

describe("a batch of 40 pipelined requests whose handlers", () => {
  for (const [name, build] of Object.entries(HANDLERS)) {
    test(`${name} is answered 16 in a turn, others between, in order`, async () => {
      const server = await serve(build);
      const [peer, other] = [server.connect(), server.connect()];
      arrive(peer, numbered(40));
      arrive(other, head("GET /other"));
      let turns = 0;
      const counts: number[] = [];
      while (server.server.stats().requests < 41 && turns++ < 50) {
        counts.push(server.server.stats().requests);
        await turn();
      }
      // The other's request does not wait for the 17th.
      expect(Math.max(...counts.filter((count) => count <= 17))).toBeLessThanOrEqual(17);
      expect(turns).toBeGreaterThanOrEqual(2);
      await settled();
      expect(contents(other)).toEqual(["/other"]);
      expect(contents(peer)).toEqual(paths(40));
      expect(peer.transport.writes.length).toBeGreaterThanOrEqual(3);
      if (!name.startsWith("send")) expect(peer.transport.writes.length).toBeLessThan(10);
      expect(server.server.stats()).toMatchObject({ handlers: 0, requests: 41 });
    });

    test(`${name} lets a second connection's requests through one by one`, async () => {
      const server = await serve(build);
      const greedy = server.connect();
      const polite = server.connect();
      arrive(greedy, numbered(400));
      const behind: number[] = [];
      for (let i = 0; i < 8; i++) {
        arrive(polite, head("GET /polite"));
        let turns = 0;
        while (polite.responses().length <= i && turns < 50) {
          await turn();
          turns++;
        }
        behind.push(turns);
      }
      expect(greedy.responses().length).toBeLessThan(400);
      expect(Math.max(...behind)).toBeLessThanOrEqual(4);
      for (let turns = 0; turns < 60; turns++) await turn();
      expect(contents(greedy)).toEqual(paths(400));
    });
  }
});

describe("a connection whose share is spent", () => {
  const answer = (s: Server) => void s.use((ctx) => void ctx.response.text(ctx.request.path));

  test("gets no new one by sending more", async () => {
    const server = await serve(answer);
    const peer = server.connect();
    for (let i = 0; i < 5; i++) arrive(peer, numbered(20, 1 + i * 20));
    expect(server.server.stats().requests).toBe(16);
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(contents(peer)).toEqual(paths(100));
  });

  test("is active, not idle, and no octet of it is lost", async () => {
    const server = await serve(answer, { limits: { connections: 1 } });
    const peer = server.connect();
    arrive(peer, numbered(20));
    expect(server.server.stats().connections).toEqual({ open: 1, idle: 0, active: 1 });
    expect(server.connect().transport.closed).toBe(true);
    await settled();
    expect(contents(peer)).toEqual(paths(20));
    expect(server.server.stats().connections).toEqual({ open: 1, idle: 1, active: 0 });
  });

  test("whose peer sends FIN is answered to its last request, then closed", async () => {
    const server = await serve(answer);
    const peer = server.connect();
    arrive(peer, numbered(40));
    peer.transport.receiveEnd();
    expect(peer.isClosed).toBe(false);
    await settled();
    await settled();
    expect(contents(peer)).toEqual(paths(40));
    const options = peer.responses().map((response) => fieldOf(response, "Connection"));
    expect(options).toEqual([...new Array(39).fill(undefined), "close"]);
    expect([peer.transport.closed, server.server.stats().connections.open]).toEqual([true, 0]);
  });

  test("whose peer resets takes up nothing again", async () => {
    const server = await serve(answer);
    const peer = server.connect();
    arrive(peer, numbered(40));
    peer.transport.lose();
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(server.server.stats()).toMatchObject({
      requests: 16,
      connections: { open: 0 },
      bufferedOctets: 0,
      closes: { lost: 1 },
    });
  });

  test("is not overdue, however late the loop comes round", async () => {
    const server = await serve(answer, { deadlines: { keepAliveMs: 1000, firstOctetMs: 1000 } });
    const peer = server.connect();
    arrive(peer, numbered(40));
    server.clock.advance(5000);
    expect(peer.isClosed).toBe(false);
    await settled();
    expect(contents(peer)).toEqual(paths(40));
  });

  test("is drained when the server closes: the answer after it says so", async () => {
    const server = await serve(answer);
    const peer = server.connect();
    arrive(peer, numbered(40));
    void server.server.close();
    await settled();
    expect(contents(peer).length).toBe(17);
    expect([fieldOf(peer.responses().at(-1)!, "Connection"), peer.isClosed]).toEqual([
      "close",
      true,
    ]);
  });
});

describe("handlers that take their time", () => {
  test("have 5 ms of a turn all together; whose turn comes later waits, and counts as waiting", async () => {
    const begun: string[] = [];
    const server = await serve((s) =>
      s.use((ctx) => {
        begun.push(ctx.request.path);
        server.clock.jump(5);
        ctx.response.text("a");
      }),
    );
    const peers = Array.from({ length: 4 }, () => server.connect());
    peers.forEach((peer, i) => {
      arrive(peer, head(`GET /${i + 1}`));
    });
    expect(begun).toEqual(["/1"]);
    expect(server.server.stats()).toMatchObject({ requests: 4, handlers: 3, waiting: 3 });
    const perTurn: number[] = [];
    for (let turns = 0; turns < 40 && begun.length < 4; turns++) {
      const before = begun.length;
      await turn();
      perTurn.push(begun.length - before);
    }
    expect([begun, Math.max(...perTurn)]).toEqual([paths(4), 1]);
    await settled();
    expect(peers.map((peer) => peer.statuses)).toEqual([[200], [200], [200], [200]]);
    expect(server.server.stats()).toMatchObject({ handlers: 0, waiting: 0 });
  });

  test("are not begun any more when their peer has gone while they waited", async () => {
    const begun: string[] = [];
    const server = await serve((s) =>
      s.use((ctx) => {
        begun.push(ctx.request.path);
        server.clock.jump(50);
        ctx.response.text("a");
      }),
    );
    const peers = Array.from({ length: 3 }, () => server.connect());
    peers.forEach((peer, i) => {
      arrive(peer, head(`GET /${i + 1}`));
    });
    peers[1]!.transport.lose();
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(begun).toEqual(["/1", "/3"]);
    expect(server.server.stats()).toMatchObject({ handlers: 0, waiting: 0 });
  });

  test("are cut off by handlerMs while they wait for their turn, too", async () => {
    const server = await serve(
      (s) =>
        s.use((ctx) => {
          server.clock.jump(50);
          ctx.response.text("a");
        }),
      { deadlines: { handlerMs: 1000 } },
    );
    const [first, second] = [server.connect(), server.connect()];
    arrive(first, head("GET /1"));
    arrive(second, head("GET /2"));
    server.clock.advance(1250);
    await settled();
    expect([first.statuses, second.statuses]).toEqual([[200], [503]]);
    expect(server.server.stats()).toMatchObject({ handlers: 0, waiting: 0 });
  });
});

describe("a streamed answer whose source is always ready", () => {
  /** Pieces without end, each of which takes `ms`; `count` tells how many were asked for. */
  function source(server: () => { clock: { jump(ms: number): void } }, size: number, ms: number) {
    const seen = { count: 0 };
    const stream = (async function* () {
      for (;;) {
        seen.count++;
        server().clock.jump(ms);
        yield "x".repeat(size);
      }
    })();
    return { seen, stream };
  }

  test.each([
    ["by time", 10, 1, 8],
    ["by octets", 8192, 0, 12],
  ] as const)("lets others have their turn, %s", async (_, size, ms, most) => {
    const endless = source(() => server, size, ms);
    const server = await serve((s) =>
      s
        .get("/", (ctx) => void ctx.response.text("a"))
        .get("/endless", (ctx) => void ctx.response.setBody(endless.stream)),
    );
    const [streaming, other] = [server.connect(), server.connect()];
    arrive(streaming, head("GET /endless"));
    await turn();
    let before = 0;
    for (let turns = 0; turns < 10; turns++) {
      expect(endless.seen.count - before).toBeLessThanOrEqual(most);
      before = endless.seen.count;
      await turn();
    }
    expect(before).toBeGreaterThan(10);
    arrive(other, head("GET /"));
    await settled();
    expect(other.statuses).toEqual([200]);
    await streaming.reset();
    const { count } = endless.seen;
    await settled();
    expect(endless.seen.count).toBeLessThanOrEqual(count + 1);
    expect(server.server.stats().connections.open).toBe(1);
  });

  test("comes whole and in order", async () => {
    const server = await serve((s) =>
      s.use((ctx) => {
        ctx.response.setBody(
          (async function* () {
            for (let i = 0; i < 500; i++) yield `${i},`;
          })(),
        );
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(contentText(peer.responses()[0]!)).toBe(
      Array.from({ length: 500 }, (_, i) => `${i},`).join(""),
    );
  });
});

describe("a large answer that the peer takes at once", () => {
  test("goes out 256 KiB in a turn, others between", async () => {
    const server = await serve((s) =>
      s
        .get("/", (ctx) => void ctx.response.text("a"))
        .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(2_000_000).fill(0x61))),
    );
    const [large, other] = [server.connect(), server.connect()];
    arrive(large, head("GET /large"));
    expect(large.transport.octets.length).toBeLessThanOrEqual(8 * 65_536);
    expect(large.responses()[0]!.complete).toBe(false);
    arrive(other, head("GET /"));
    expect(other.statuses).toEqual([200]);
    let before = large.transport.octets.length;
    for (let turns = 0; turns < 30 && !large.responses()[0]!.complete; turns++) {
      await turn();
      const after = large.transport.octets.length;
      expect(after - before).toBeLessThanOrEqual(8 * 65_536);
      before = after;
    }
    const [response] = large.responses();
    expect([response!.complete, response!.content.length]).toEqual([true, 2_000_000]);
    await large.send(head("GET /"));
    expect(large.statuses).toEqual([200, 200]);
  });

  test("ends with FIN behind its last octet when it is the last", async () => {
    const server = await serve((s) =>
      s.use((ctx) => void ctx.response.setBody(new Uint8Array(1_000_000).fill(0x61))),
    );
    const wait = gate();
    const peer = server.connect();
    arrive(peer, head("GET /", "Connection: close"));
    expect(peer.transport.ended).toBe(false);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect([peer.responses()[0]!.content.length, peer.transport.ended]).toEqual([1_000_000, true]);
    wait.open();
    await peer.end();
    expect(server.server.stats().closes).toEqual({ answered: 1 });
  });
});
