// What a server that closes by force does to each connection, by what that is doing: 503 where no answer has begun, a cut
// everywhere else, and 250 ms for the 503 to go out.

import { describe, expect, test } from "vitest";
import type { CloseReport } from "../src/drain.ts";
import type { Server } from "../src/server.ts";
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

interface App extends MemoryServer {
  readonly wait: Gate;
  /** Codes of the signals that fired. */
  readonly fired: string[];
}

async function app(): Promise<App> {
  const wait = gate();
  const fired: string[] = [];
  const build = (server: Server) =>
    server
      .use((ctx, next) => {
        const { signal } = ctx.request;
        const note = () => void fired.push((signal.reason as { code: string }).code);
        signal.addEventListener("abort", note);
        return next();
      })
      .get("/", (ctx) => void ctx.response.text("a"))
      .all("/wait", async (ctx) => {
        await wait.promise;
        ctx.response.text("waited");
      })
      .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(200_000)))
      .get("/stream", (ctx) => {
        ctx.response.setBody(
          (async function* () {
            yield "first";
            await wait.promise;
          })(),
        );
      })
      .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes()));
  return { ...(await serve(build)), wait, fired };
}

interface ForcedCase {
  readonly name: string;
  readonly into: (peer: Peer) => Promise<unknown>;
  /** What the transport takes before it asks to wait. */
  readonly highWaterOctets?: number;
  /** Cut at once; else the 503 goes out and the peer's FIN is waited for. */
  readonly isCut: boolean;
  readonly statuses: readonly number[];
  readonly methods?: readonly string[];
  readonly counts: keyof CloseReport;
  /** The signal of the exchange that is open. */
  readonly fires: boolean;
}

const CASES: readonly ForcedCase[] = [
  {
    name: "never sent an octet",
    into: async () => {},
    isCut: true,
    statuses: [],
    counts: "destroyed",
    fires: false,
  },
  {
    name: "is idle behind an answer",
    into: (peer) => peer.send(head("GET /")),
    isCut: true,
    statuses: [200],
    counts: "destroyed",
    fires: false,
  },
  {
    name: "has begun a head",
    into: (peer) => peer.send("GET / HT"),
    isCut: true,
    statuses: [],
    counts: "destroyed",
    fires: false,
  },
  {
    name: "has a handler at work",
    into: (peer) => peer.send(head("GET /wait")),
    isCut: false,
    statuses: [503],
    counts: "aborted",
    fires: true,
  },
  {
    name: "has a handler at work on HEAD",
    into: (peer) => peer.send(head("HEAD /wait")),
    isCut: false,
    statuses: [503],
    methods: ["HEAD"],
    counts: "aborted",
    fires: true,
  },
  {
    name: "has a handler at work and more requests behind it",
    into: (peer) => peer.send(head("GET /") + head("GET /wait") + head("GET /")),
    isCut: false,
    statuses: [200, 503],
    counts: "aborted",
    fires: true,
  },
  {
    name: "has content on its way",
    into: (peer) => peer.send(`${head("POST /", "Content-Length: 5")}ab`),
    isCut: false,
    statuses: [503],
    counts: "aborted",
    fires: true,
  },
  {
    name: "was told to continue",
    into: (peer) => peer.send(head("POST /", "Content-Length: 5", "Expect: 100-continue")),
    isCut: false,
    statuses: [100, 503],
    counts: "aborted",
    fires: true,
  },
  {
    name: "has a streamed answer under way",
    into: (peer) => peer.send(head("GET /stream")),
    isCut: true,
    statuses: [200],
    counts: "aborted",
    fires: true,
  },
  {
    name: "has not taken its answer",
    into: (peer) => peer.send(head("GET /large")),
    highWaterOctets: 1000,
    isCut: true,
    statuses: [200],
    counts: "aborted",
    fires: true,
  },
  {
    name: "has content to drain",
    into: (peer) => peer.send(head("GET /", "Content-Length: 5")),
    isCut: true,
    statuses: [200],
    counts: "destroyed",
    fires: false,
  },
  {
    name: "lingers behind its last answer",
    into: (peer) => peer.send(head("GET /", "Connection: close")),
    isCut: true,
    statuses: [200],
    counts: "destroyed",
    fires: false,
  },
];

/** A promise's value as soon as there is one. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
}

describe("a forced close of a connection that", () => {
  for (const { name, into, highWaterOctets, isCut, statuses, methods, counts, fires } of CASES) {
    test(`${name} ${isCut ? "cuts it" : "answers 503"}, and counts it as ${counts}`, async () => {
      const server = await app();
      const peer = server.connect(highWaterOctets === undefined ? {} : { highWaterOctets });
      await into(peer);
      const closing = watch(server.server.close({ graceMs: 0 }));
      await settled();
      expect(peer.transport.closed).toBe(isCut);
      expect(peer.responses(methods).map(({ status }) => status)).toEqual([...statuses]);
      expect(server.fired).toEqual(fires ? ["ERR_FORCED_CLOSE"] : []);
      if (!isCut) {
        expect([peer.transport.ended, closing.value]).toEqual([true, undefined]);
        await peer.end();
      }
      expect(peer.transport.closed).toBe(true);
      expect(closing.value).toEqual({ drained: 0, aborted: 0, destroyed: 0, [counts]: 1 });
      expect(server.clock.pendingCalls).toBe(0);
      server.wait.open();
      await settled();
      const { closes, connections, handlers, bufferedOctets } = server.server.stats();
      expect(Object.values(closes)).toEqual([1]);
      expect([connections.open, handlers, bufferedOctets]).toEqual([0, 0, 0]);
      expect(server.fired.length).toBe(fires ? 1 : 0);
    });
  }
});

describe("the 503 of a forced close", () => {
  test("is the server's own answer: fixed text, Connection: close, no Retry-After", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    void server.server.close({ graceMs: 0 });
    await settled();
    const [response] = peer.responses();
    expect(response!.fields.map(([name]) => name)).toEqual([
      "Date",
      "Content-Type",
      "Content-Length",
      "Connection",
    ]);
    expect([fieldOf(response!, "Connection"), contentText(response!)]).toEqual([
      "close",
      "Service Unavailable",
    ]);
  });

  test("has no content for HEAD", async () => {
    const server = await app();
    const peer = await server.connect().send(head("HEAD /wait"));
    void server.server.close({ graceMs: 0 });
    await settled();
    expect(fieldOf(peer.responses(["HEAD"])[0]!, "Content-Length")).toBe("19");
    expect(peer.text.endsWith("\r\n\r\n")).toBe(true);
  });

  test("has 250 ms to go out, then the connection is cut", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    const closing = watch(server.server.close({ graceMs: 5000 }));
    await server.advance(4999);
    expect([peer.statuses, peer.isClosed]).toEqual([[], false]);
    await server.advance(1);
    expect([peer.statuses, peer.transport.ended, peer.transport.closed]).toEqual([
      [503],
      true,
      false,
    ]);
    await server.advance(249);
    expect([peer.transport.closed, closing.value]).toEqual([false, undefined]);
    await server.advance(1);
    expect([peer.transport.closed, closing.value]).toEqual([
      true,
      { drained: 0, aborted: 1, destroyed: 0 },
    ]);
    expect(server.server.stats().closes).toEqual({ forced: 1 });
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("has no more time because close is called again", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    void server.server.close({ graceMs: 0 });
    for (const again of [{}, { graceMs: 0 }, { graceMs: 60_000, drainDelayMs: 60_000 }]) {
      await server.advance(80);
      void server.server.close(again);
    }
    expect(peer.transport.closed).toBe(false);
    await server.advance(10);
    expect(peer.transport.closed).toBe(true);
  });

  test("goes out behind answers the peer has not taken, if it takes them in time", async () => {
    const server = await app();
    const peer = await server
      .connect({ highWaterOctets: 1 })
      .send(head("POST /wait", "Content-Length: 5", "Expect: 100-continue"));
    await peer.send(head("GET /"));
    void server.server.close({ graceMs: 0 });
    await peer.drain(3);
    expect([peer.statuses, peer.transport.ended]).toEqual([[503], true]);
  });
});

describe("a forced close of many connections", () => {
  test("does each by its own, and cuts at once what has nothing to be told", async () => {
    const server = await app();
    const peers: Peer[] = [];
    for (const { into } of CASES.filter((each) => each.highWaterOctets === undefined)) {
      const peer = server.connect();
      peers.push(peer);
      await into(peer);
    }
    const closing = watch(server.server.close({ graceMs: 5000 }));
    for (let ms = 0; ms < 5000; ms += 250) await server.advance(250);
    const answered = peers.filter((peer) => !peer.transport.closed);
    expect(answered.map((peer) => peer.statuses.at(-1))).toEqual([503, 503, 503, 503, 503]);
    await server.advance(250);
    expect(peers.every((peer) => peer.transport.closed)).toBe(true);
    expect(closing.value).toEqual({ drained: 4, aborted: 6, destroyed: 1 });
    expect(Object.isFrozen(closing.value)).toBe(true);
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("counts what ended in order before as drained, and what comes to its end by force as that", async () => {
    const server = await app();
    const [idle, head1, waiting] = [
      server.connect(),
      await server.connect().send("GET /"),
      await server.connect().send(head("GET /wait")),
    ];
    const closing = watch(server.server.close({ graceMs: 2000 }));
    await settled();
    await server.advance(1300);
    await idle.end();
    await server.advance(1000);
    expect([head1, waiting].map((peer) => peer.transport.closed)).toEqual([true, true]);
    expect(closing.value).toEqual({ drained: 1, aborted: 1, destroyed: 1 });
    expect(server.server.stats().closes).toEqual({ shutdown: 1, forced: 2 });
  });
});

describe("close again", () => {
  test("with graceMs 0 forces while connections are drained", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    const first = watch(server.server.close());
    await server.advance(100);
    const second = watch(server.server.close({ graceMs: 0 }));
    await settled();
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
    await peer.end();
    expect(first.value).toEqual({ drained: 0, aborted: 1, destroyed: 0 });
    expect(second.value).toBe(first.value);
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("after everything has closed leaves nothing scheduled", async () => {
    const server = await app();
    server.connect();
    const report = await server.server.close({ graceMs: 0 });
    for (const options of [{}, { graceMs: 5 }, { graceMs: 0 }, { drainDelayMs: 5 }]) {
      expect(await server.server.close(options)).toBe(report);
      expect(server.clock.pendingCalls).toBe(0);
    }
  });

  test("without listen, behind inject, leaves nothing scheduled", async () => {
    const server = await app();
    const injected = await server.server.inject(head("GET /"), { end: true });
    expect(injected.closed).toBe(true);
    await server.server.close();
    expect(server.clock.pendingCalls).toBe(0);
  });
});

describe("a forced close at a tick of level 2", () => {
  test("cuts the idle connections once, whichever comes first", async () => {
    const server = await serve((app) => app.get("/", (ctx) => void ctx.response.text("a")), {
      limits: { connections: 10 },
    });
    for (let i = 0; i < 9; i++) await server.connect().send(head("GET /"));
    await server.advance(250);
    expect(server.server.stats().shedLevel).toBe(2);
    const closing = server.server.close({ graceMs: 900, idleMs: 20_000 });
    await server.advance(3000);
    const { drained, aborted, destroyed } = await closing;
    expect([drained + aborted + destroyed, server.server.stats().connections.open]).toEqual([9, 0]);
  });
});
