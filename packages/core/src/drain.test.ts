import { describe, expect, test } from "vitest";
import {
  countingClock,
  type Gate,
  gate,
  head,
  MemoryAdapter,
  type MemoryServer,
  memoryLogger,
  serve,
  settled,
} from "../test/memory-server.ts";
import { contentText, fieldOf } from "../test/read-responses.ts";
import type { CloseReport } from "./drain.ts";
import { Server } from "./server.ts";

/** A server with a handler that waits, one that streams, and one that answers at once. */
async function app(): Promise<MemoryServer & { wait: Gate; more: Gate }> {
  const [wait, more] = [gate(), gate()];
  const server = await serve((s) =>
    s
      .get("/", (ctx) => void ctx.response.text("a"))
      .get("/wait", async (ctx) => {
        await wait.promise;
        ctx.response.text("waited");
      })
      .get("/stream", (ctx) => {
        ctx.response.setBody(
          (async function* () {
            yield "first ";
            await more.promise;
            yield "last";
          })(),
        );
      })
      .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
  );
  return { ...server, wait, more };
}

/** What a promise has come to, without waiting for it. */
function watch(closing: Promise<CloseReport>): { report: CloseReport | undefined } {
  const seen: { report: CloseReport | undefined } = { report: undefined };
  void closing.then((report) => {
    seen.report = report;
  });
  return seen;
}

describe("Server.close", () => {
  test("without connections resolves at once, with the listener stopped", async () => {
    const server = await app();
    expect(await server.server.close()).toEqual({ drained: 0, aborted: 0, destroyed: 0 });
    expect([server.adapter.isStopped, server.clock.pendingCalls]).toEqual([true, 0]);
  });

  test("before listen resolves with zeros, and listen still works", async () => {
    const server = new Server(new MemoryAdapter(), {
      logger: memoryLogger(),
      clock: countingClock(),
    });
    expect(await server.close()).toEqual({ drained: 0, aborted: 0, destroyed: 0 });
    await server.listen();
    expect(server.address).toBeDefined();
  });

  test("while listen is under way leaves nothing bound", async () => {
    const adapter = new MemoryAdapter();
    const server = new Server(adapter, { logger: memoryLogger(), clock: countingClock() });
    const listening = server.listen().catch(() => undefined);
    await server.close();
    await listening;
    await settled();
    expect([adapter.isStopped, server.address]).toEqual([true, undefined]);
  });

  test("while a listen is under way that then fails resolves all the same", async () => {
    const adapter = new MemoryAdapter();
    const bound = gate<never>();
    adapter.listen = () => bound.promise;
    const server = new Server(adapter, { logger: memoryLogger(), clock: countingClock() });
    const listening = server.listen();
    const closing = server.close();
    const failure = new Error("EADDRINUSE");
    bound.fail(failure);
    await expect(listening).rejects.toBe(failure);
    expect(await closing).toEqual({ drained: 0, aborted: 0, destroyed: 0 });
  });

  test("leaves no address", async () => {
    const server = await app();
    await server.server.close();
    expect(server.server.address).toBe(undefined);
  });

  test("stops accepting at once: what comes later is dropped without a word", async () => {
    const server = await app();
    const busy = await server.connect().send(head("GET /wait"));
    void server.server.close();
    await settled();
    expect(server.adapter.isStopped).toBe(true);
    const late = server.connect();
    expect([late.transport.closed, late.text]).toEqual([true, ""]);
    expect(server.server.stats().dropped).toEqual({
      connections: 0,
      connectionsPerPeer: 0,
      closing: 1,
    });
    expect(busy.isClosed).toBe(false);
  });

  test("accepts who is waiting to be, and serves it once, with Connection: close", async () => {
    const server = await app();
    const closing = watch(server.server.close());
    const waiting = server.connect();
    expect(server.adapter.isStopped).toBe(false);
    await settled();
    expect([server.adapter.isStopped, waiting.isClosed]).toEqual([true, false]);
    await waiting.send(head("GET /") + head("GET /"));
    expect([waiting.statuses, waiting.isClosed]).toEqual([[200], true]);
    expect(fieldOf(waiting.responses()[0]!, "Connection")).toBe("close");
    await waiting.end();
    expect(closing.report).toEqual({ drained: 1, aborted: 0, destroyed: 0 });
  });

  test("stops accepting although connections never cease to come", async () => {
    const server = await app();
    void server.server.close();
    let accepted = 0;
    while (!server.adapter.isStopped && accepted < 1000) {
      server.connect();
      accepted++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(accepted).toBeLessThanOrEqual(300);
    expect(server.server.stats().dropped.closing).toBeLessThanOrEqual(2);
  });

  test.each([
    ["graceMs", -1],
    ["graceMs", 1.5],
    ["graceMs", Number.NaN],
    ["graceMs", 2 ** 31],
    ["graceMs", "5"],
    ["idleMs", -1],
    ["idleMs", null],
  ] as const)(
    "refuses %s of %s, naming it and what is allowed, and closes nothing",
    async (name, value) => {
      const server = await app();
      const closing = server.server.close({ [name]: value } as never);
      await expect(closing).rejects.toThrow(
        `${name} is ${value}, allowed is a whole number from 0`,
      );
      await expect(server.server.close({ [name]: value } as never)).rejects.toThrow(RangeError);
      expect(server.adapter.isStopped).toBe(false);
    },
  );

  test("closes a connection once it has been idle for idleMs, silently", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /"));
    const fresh = server.connect();
    await server.advance(400);
    const closing = watch(server.server.close());
    await server.advance(500);
    expect([peer.isClosed, fresh.isClosed]).toEqual([false, false]);
    await server.advance(500);
    expect([peer.isClosed, fresh.isClosed]).toEqual([true, true]);
    expect([peer.statuses, fresh.text]).toEqual([[200], ""]);
    await peer.end();
    await fresh.end();
    expect(closing.report).toEqual({ drained: 2, aborted: 0, destroyed: 0 });
    expect(server.server.stats().closes).toEqual({ shutdown: 2 });
  });

  test("closes at the next tick what has been idle longer", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /"));
    await server.advance(5000);
    void server.server.close();
    await settled();
    expect(peer.isClosed).toBe(false);
    await server.advance(250);
    expect(peer.isClosed).toBe(true);
  });

  test("takes idleMs from its options", async () => {
    const server = await app();
    const peer = server.connect();
    void server.server.close({ idleMs: 3000 });
    await server.advance(2700);
    expect(peer.isClosed).toBe(false);
    await server.advance(600);
    expect(peer.isClosed).toBe(true);
  });

  test("still serves a request that was on its way, with Connection: close", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /"));
    const closing = watch(server.server.close());
    await server.advance(300);
    await peer.send(head("GET /"));
    const [first, second] = peer.responses();
    expect([first, second].map((response) => fieldOf(response!, "Connection"))).toEqual([
      undefined,
      "close",
    ]);
    expect(peer.isClosed).toBe(true);
    await peer.end();
    expect(closing.report).toEqual({ drained: 1, aborted: 0, destroyed: 0 });
  });

  test("lets a head that was begun finish, and answers it", async () => {
    const server = await app();
    const peer = await server.connect().send("GET / HTTP/1.1\r\nHost:");
    const closing = watch(server.server.close());
    await server.advance(5000);
    expect(peer.isClosed).toBe(false);
    await peer.send(" a\r\n\r\n");
    expect([peer.statuses, peer.isClosed]).toEqual([[200], true]);
    await peer.end();
    expect(closing.report).toEqual({ drained: 1, aborted: 0, destroyed: 0 });
  });

  test("lets answers under way finish: handlers, streams, content still coming", async () => {
    const server = await app();
    const waiting = await server.connect().send(head("GET /wait"));
    const streaming = await server.connect().send(head("GET /stream"));
    const posting = await server.connect().send(`${head("POST /", "Content-Length: 4")}ab`);
    const closing = watch(server.server.close());
    await server.advance(3000);
    server.wait.open();
    server.more.open();
    await posting.send("cd");
    const peers = [waiting, streaming, posting];
    expect(peers.map((peer) => contentText(peer.responses()[0]!))).toEqual([
      "waited",
      "first last",
      "abcd",
    ]);
    // The stream's head was out before anybody knew.
    expect(peers.map((peer) => fieldOf(peer.responses()[0]!, "Connection"))).toEqual([
      "close",
      undefined,
      "close",
    ]);
    for (const peer of peers) await peer.end();
    await server.advance(2000);
    expect(closing.report).toEqual({ drained: 3, aborted: 0, destroyed: 0 });
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("answers the requests that were pipelined, the first after accepting has stopped with close", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait") + head("GET /") + head("GET /"));
    void server.server.close();
    await settled();
    server.wait.open();
    await settled();
    expect(peer.statuses).toEqual([200]);
    expect(fieldOf(peer.responses()[0]!, "Connection")).toBe("close");
  });

  test("keeps the connection of an answer that goes out while the last connections are accepted", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait") + head("GET /"));
    void server.server.close();
    server.wait.open();
    await settled();
    expect(peer.responses().map((response) => fieldOf(response, "Connection"))).toEqual([
      undefined,
      "close",
    ]);
  });

  test("has a grace of 10 s by default", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    void server.server.close();
    await server.advance(9900);
    expect([peer.statuses, peer.isClosed]).toEqual([[], false]);
    await server.advance(200);
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
  });

  test("a second time shortens the grace, and both calls give one report", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    const first = watch(server.server.close({ graceMs: 60_000 }));
    await server.advance(1000);
    const second = watch(server.server.close({ graceMs: 2000 }));
    await server.advance(1900);
    expect(peer.isClosed).toBe(false);
    await server.advance(200);
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
    await peer.end();
    expect(first.report).toEqual({ drained: 0, aborted: 1, destroyed: 0 });
    expect(second.report).toBe(first.report);
  });

  test("a second time never lengthens the grace", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    void server.server.close({ graceMs: 2000 });
    void server.server.close({ graceMs: 60_000 });
    void server.server.close();
    await server.advance(1900);
    expect(peer.isClosed).toBe(false);
    await server.advance(200);
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
  });

  test("a second time may shorten the idle time, never lengthens it", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /"));
    void server.server.close({ idleMs: 5000, graceMs: 20_000 });
    void server.server.close({ idleMs: 9000 });
    await server.advance(1000);
    void server.server.close({ idleMs: 2000 });
    await server.advance(500);
    expect(peer.isClosed).toBe(false);
    await server.advance(1000);
    expect(peer.isClosed).toBe(true);
  });

  test("again after everything has closed gives the same report", async () => {
    const server = await app();
    server.connect();
    const report = await server.server.close({ graceMs: 0 });
    expect(await server.server.close()).toBe(report);
    expect(await server.server.close({ graceMs: 0 })).toBe(report);
  });

  test("counts each connection once, also one that lingers when the grace ends", async () => {
    const server = await app();
    const lingering = await server.connect().send(head("GET /", "Connection: close"));
    const idle = server.connect();
    const waiting = await server.connect().send(head("GET /wait"));
    const closing = watch(server.server.close({ graceMs: 1500 }));
    await server.advance(1600);
    const peers = [lingering, idle, waiting];
    expect(peers.map((peer) => peer.transport.closed)).toEqual([true, true, false]);
    await waiting.end();
    expect(closing.report).toEqual({ drained: 0, aborted: 1, destroyed: 2 });
  });

  test("fires the signal of what it cuts, and tells who waits to send", async () => {
    const codes: string[] = [];
    const server = await serve((s) =>
      s.use(async (ctx) => {
        const { signal } = ctx.request;
        signal.addEventListener("abort", () =>
          codes.push((signal.reason as { code: string }).code),
        );
        ctx.response.setBody(new Uint8Array(200_000));
        await ctx.send().catch((error: { code: string }) => codes.push(error.code));
      }),
    );
    await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    await server.server.close({ graceMs: 0 });
    await settled();
    expect(codes).toEqual(["ERR_FORCED_CLOSE", "ERR_FORCED_CLOSE"]);
  });

  test("rejects when the listener cannot be stopped", async () => {
    const adapter = new MemoryAdapter();
    const listen = adapter.listen.bind(adapter);
    adapter.listen = async (options, onConnection) => ({
      ...(await listen(options, onConnection)),
      stop: () => Promise.reject(new Error("stuck")),
    });
    const server = new Server(adapter, { logger: memoryLogger(), clock: countingClock() });
    await server.listen();
    await expect(server.close()).rejects.toThrow("stuck");
  });
});
