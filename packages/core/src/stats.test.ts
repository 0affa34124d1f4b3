import { describe, expect, test } from "vitest";
import { gate, head, serve, settled } from "../test/memory-server.ts";

describe("gauges of Server.stats", () => {
  test("tell open, idle and active connections, handlers at work and octets held, and return to 0", async () => {
    const wait = gate();
    const server = await serve((app) =>
      app
        .get("/", (ctx) => void ctx.response.text("a"))
        .all("/wait", async (ctx) => {
          await wait.promise;
          ctx.response.text("a");
        })
        .get("/large", (ctx) => void ctx.response.setBody(new Uint8Array(1000))),
    );
    const gauges = () => {
      const { connections, handlers, bufferedOctets } = server.server.stats();
      return [connections.open, connections.idle, connections.active, handlers, bufferedOctets];
    };
    expect(gauges()).toEqual([0, 0, 0, 0, 0]);
    const idle = server.connect();
    expect(gauges()).toEqual([1, 1, 0, 0, 0]);
    const inHead = await server.connect().send("GET /");
    expect(gauges()).toEqual([2, 1, 1, 0, 5]);
    const waiting = await server.connect().send(`${head("POST /wait", "Content-Length: 9")}abc`);
    expect(gauges()).toEqual([3, 1, 2, 1, 8]);
    const stuck = await server.connect({ highWaterOctets: 1 }).send(head("GET /large"));
    const pending = stuck.transport.pendingBytes;
    expect(pending).toBeGreaterThan(1000);
    expect(gauges().slice(3)).toEqual([1, 8 + pending]);
    await stuck.drain();
    expect(gauges()).toEqual([4, 2, 2, 1, 8]);
    wait.open();
    await settled();
    expect(gauges()).toEqual([4, 2, 2, 0, 5]);
    for (const peer of [idle, inHead, waiting, stuck]) await peer.reset();
    expect(gauges()).toEqual([0, 0, 0, 0, 0]);
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("count a handler until it settles, also when its connection is long gone", async () => {
    const wait = gate();
    const server = await serve((app) => app.use(() => wait.promise));
    const peer = await server.connect().send(head("GET /"));
    await peer.reset();
    expect(server.server.stats()).toMatchObject({ handlers: 1, connections: { open: 0 } });
    wait.open();
    await settled();
    expect(server.server.stats().handlers).toBe(0);
  });

  test("tell how late the last tick was", async () => {
    const server = await serve(() => {});
    server.connect();
    server.clock.jump(1250);
    expect(server.server.stats().timerLagMs).toBe(1000);
    await server.advance(250);
    expect(server.server.stats().timerLagMs).toBe(0);
  });
});

describe("counters of Server.stats", () => {
  test("count requests given to middleware, faults by code, closes by reason", async () => {
    const server = await serve((app) => app.use((ctx) => void ctx.response.text("a")));
    await (await server.connect().send(head("GET /") + head("GET /"))).reset();
    await (await server.connect().send("GET  / HTTP/1.1\r\n")).end();
    await (await server.connect().send("G\0")).end();
    await (await server.connect().send(head("GET /", "Connection: close"))).end();
    await server.connect().end();
    const { accepted, dropped, requests, faults, closes } = server.server.stats();
    expect({ accepted, dropped, requests, faults, closes }).toEqual({
      accepted: 5,
      dropped: 0,
      requests: 3,
      faults: { ERR_TARGET: 1, ERR_METHOD: 1 },
      closes: { lost: 1, fault: 2, answered: 1, peerEnded: 1 },
    });
  });

  test("of a refused request: one log line, which shows none of its octets", async () => {
    const server = await serve(() => {});
    await server.connect({ remoteAddress: "192.0.2.1" }).send("GET /secret\x01 HTTP/1.1\r\n\r\n");
    expect(server.log.map(({ level, message, fields }) => [level, message, fields])).toEqual([
      [
        "info",
        "request refused",
        { fault: "ERR_TARGET", status: 400, offset: 11, remoteAddress: "192.0.2.1" },
      ],
    ]);
  });
});
