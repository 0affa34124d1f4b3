// Every deadline of every state that waits for the peer, by a clock moved by hand: when it closes, how, and what is said.

import { describe, expect, test } from "vitest";
import type { CloseReason } from "../src/connection-runtime.ts";
import type { Deadlines } from "../src/deadlines.ts";
import type { Server } from "../src/server.ts";
import { head, type MemoryServer, type Peer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

function app(server: Server): void {
  server
    .get("/", (ctx) => void ctx.response.text("a"))
    .get("/never", () => new Promise<void>(() => {}))
    .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(1_000_000)))
    .get("/endless", (ctx) => {
      ctx.response.setBody(
        (async function* () {
          yield "first";
          await new Promise(() => {});
        })(),
      );
    })
    .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes()))
    .post("/unread", (ctx) => void ctx.response.text("unread"));
}

const POST_5 = head("POST /", "Content-Length: 5");
const POST_CHUNKED = head("POST /", "Transfer-Encoding: chunked");

interface DeadlineCase {
  readonly name: string;
  /** Brings a new connection into the state, at time 0. */
  readonly into: (peer: Peer, server: MemoryServer) => Promise<unknown>;
  /** reading/writing, before the deadline. */
  readonly states: string;
  /** When it closes, in ms, by default values. */
  readonly dueMs: number;
  /** The statuses of all answers. */
  readonly statuses: readonly number[];
  /** What stats count; left open for a connection that closed in order first and stalled then. */
  readonly reason: CloseReason | undefined;
  /** What the server does: sends FIN, closes, or resets. */
  readonly how: "FIN" | "close" | "RST";
}

const CASES: readonly DeadlineCase[] = [
  {
    name: "first octet",
    into: async () => {},
    states: "idle/idle",
    dueMs: 10_000,
    statuses: [],
    reason: "firstOctetTimeout",
    how: "FIN",
  },
  {
    name: "head of one octet (RFC 9110 §15.5.9)",
    into: (peer) => peer.send("G"),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "head without its last octet",
    into: (peer) => peer.send(head("GET /").slice(0, -1)),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "only an empty line (RFC 9112 §2.2)",
    into: (peer) => peer.send("\r\n"),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "only half of an empty line",
    into: (peer) => peer.send("\r\n\r"),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "content of which nothing comes",
    into: (peer) => peer.send(POST_5),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "content that stops before its end",
    into: (peer) => peer.send(`${POST_5}abcd`),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "chunks without a last one",
    into: (peer) => peer.send(`${POST_CHUNKED}1\r\nx\r\n`),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "drain of content nobody read",
    into: (peer) => peer.send(head("POST /unread", "Content-Length: 5")),
    states: "content/idle",
    dueMs: 2000,
    statuses: [200],
    reason: "drainTimeout",
    how: "close",
  },
  {
    name: "keep-alive (RFC 9112 §9.5)",
    into: (peer) => peer.send(head("GET /")),
    states: "idle/idle",
    dueMs: 65_000,
    statuses: [200],
    reason: "keepAliveTimeout",
    how: "FIN",
  },
  {
    name: "linger behind an answer (RFC 9112 §9.6)",
    into: (peer) => peer.send(head("GET /", "Connection: close")),
    states: "discarding/lingering",
    dueMs: 2000,
    statuses: [200],
    reason: "answered",
    how: "close",
  },
  {
    name: "linger behind a fault",
    into: (peer) => peer.send("nonsense\r\n\r\n"),
    states: "discarding/lingering",
    dueMs: 2000,
    statuses: [400],
    reason: "fault",
    how: "close",
  },
];

const STALLS: readonly DeadlineCase[] = [
  {
    name: "answer the peer does not take, more of it waiting here",
    into: (peer) => peer.send(head("GET /large")),
    states: "received/sending",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
  },
  {
    name: "stream whose first piece the peer does not take",
    into: (peer) => peer.send(head("GET /endless")),
    states: "received/sending",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
  },
  {
    name: "small answer the peer does not take",
    into: (peer) => peer.send(head("GET /")),
    states: "idle/idle",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
  },
  {
    name: "last answer the peer does not take",
    into: (peer) => peer.send(head("GET /", "Connection: close")),
    states: "discarding/flushing",
    dueMs: 60_000,
    statuses: [200],
    reason: undefined,
    how: "RST",
  },
  {
    name: "refusal the peer does not take",
    into: (peer) => peer.send("nonsense\r\n\r\n"),
    states: "discarding/flushing",
    dueMs: 60_000,
    statuses: [400],
    reason: undefined,
    how: "RST",
  },
];

function howOf(peer: Peer): string {
  if (peer.transport.wasReset) return "RST";
  if (peer.transport.closed) return "close";
  return peer.transport.ended ? "FIN" : "open";
}

describe("deadline of", () => {
  for (const [list, highWaterOctets] of [
    [CASES, undefined],
    [STALLS, 1],
  ] as const) {
    for (const { name, into, states, dueMs, statuses, reason, how } of list) {
      test(`${name} is ${dueMs} ms, then ${how}`, async () => {
        const server = await serve(app);
        const peer = server.connect(highWaterOctets === undefined ? {} : { highWaterOctets });
        await into(peer, server);
        expect(peer.states).toBe(states);
        const before = howOf(peer);
        await server.advance(dueMs - 251);
        expect([howOf(peer), peer.states]).toEqual([before, states]);
        await server.advance(502);
        expect(howOf(peer)).toBe(how);
        expect(peer.statuses).toEqual([...statuses]);
        await peer.end();
        await server.advance(3000);
        expect(peer.transport.closed).toBe(true);
        const { closes, connections } = server.server.stats();
        expect(Object.values(closes)).toEqual([1]);
        if (reason !== undefined) expect(closes).toEqual({ [reason]: 1 });
        expect([connections.open, server.clock.pendingCalls]).toEqual([0, 0]);
        expect(server.log.filter((record) => record.level === "error")).toEqual([]);
      });
    }
  }
});

describe("408 (RFC 9110 §15.5.9)", () => {
  test("is the small fixed text, closes, and echoes nothing", async () => {
    const server = await serve(app);
    const peer = await server.connect().send("GET /secret HTTP/1.1\r\n");
    await server.advance(10_300);
    const [response] = peer.responses();
    expect([response!.status, contentText(response!)]).toEqual([408, "Request Timeout"]);
    expect(fieldOf(response!, "Connection")).toBe("close");
    expect(peer.text).not.toContain("secret");
  });

  test("has no content when the method read is HEAD", async () => {
    const server = await serve(app);
    const peer = await server.connect().send("HEAD / HT");
    await server.advance(10_300);
    expect(peer.text).toMatch(/^HTTP\/1\.1 408 [^]*\r\n\r\n$/);
  });

  test("is not said once an answer has begun: the connection is cut", async () => {
    const server = await serve((s) =>
      s.post("/", (ctx) => void ctx.response.setBody(ctx.request.stream())),
    );
    const peer = await server.connect().send(`${POST_CHUNKED}1\r\nx\r\n`);
    await server.advance(20_300);
    expect([peer.statuses, peer.transport.closed]).toEqual([[200], true]);
    expect(peer.responses()[0]!.complete).toBe(false);
    expect(server.server.stats().closes).toEqual({ requestTimeout: 1 });
  });
});

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

describe("deadlines of one's own", () => {
  test.each([
    ["firstOctetMs", async () => {}],
    ["headMs", (peer: Peer) => peer.send("G")],
    ["contentIdleMs", (peer: Peer) => peer.send(POST_5)],
    ["contentGraceMs", (peer: Peer) => peer.send(POST_5)],
    ["contentMs", (peer: Peer) => peer.send(POST_5)],
    ["keepAliveMs", (peer: Peer) => peer.send(head("GET /"))],
  ] as const)("%s is the one that counts", async (name, into) => {
    const server = await serve(app, { deadlines: { [name]: 3000 } as Partial<Deadlines> });
    const peer = server.connect();
    await into(peer);
    await server.advance(2700);
    expect(peer.isClosed).toBe(false);
    await server.advance(600);
    expect(peer.isClosed).toBe(true);
  });

  test("longer than the wheel's round hold", async () => {
    const server = await serve(app, { deadlines: { keepAliveMs: 600_000 } });
    const peer = await server.connect().send(head("GET /"));
    for (let ms = 0; ms < 599_000; ms += 251) server.clock.jump(251);
    expect(peer.isClosed).toBe(false);
    await server.advance(2000);
    expect(peer.isClosed).toBe(true);
  });
});
