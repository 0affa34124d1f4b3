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

  test("tell idle from active at every look", async () => {
    const server = await serve((app) => app.get("/", (ctx) => void ctx.response.text("a")));
    const looks: unknown[] = [];
    const look = () => void looks.push(server.server.stats().connections);
    const inside = await serve((app) =>
      app.use((ctx) => {
        looks.push(app.stats().connections);
        ctx.response.text("a");
      }),
    );
    const peer = server.connect();
    look();
    await peer.send("G");
    look();
    await peer.send("ET / HTTP/1.1\r\nHost: a\r\n\r\n");
    look();
    await inside.connect().send(head("GET /"));
    expect(looks).toEqual([
      { open: 1, idle: 1, active: 0 },
      { open: 1, idle: 0, active: 1 },
      { open: 1, idle: 1, active: 0 },
      // A handler at work is no idle connection, also in its first turn.
      { open: 1, idle: 0, active: 1 },
    ]);
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
      dropped: { connections: 0, connectionsPerPeer: 0, closing: 0 },
      requests: 3,
      faults: { ERR_TARGET: 1, ERR_METHOD: 1 },
      closes: { lost: 1, fault: 2, answered: 1, peerEnded: 1 },
    });
  });

  test("count octets of connections that are open and of those that have closed", async () => {
    const server = await serve((app) =>
      app
        .get("/", (ctx) => void ctx.response.text("a"))
        .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
    );
    const octets = () => {
      const { octetsIn, octetsOut } = server.server.stats();
      return [octetsIn, octetsOut];
    };
    const [get, post] = [head("GET /"), `${head("POST /", "Content-Length: 5")}hello`];
    const first = await server.connect().send(get);
    const second = await server.connect().send(post + get);
    const out = () => first.transport.octets.length + second.transport.octets.length;
    expect(octets()).toEqual([post.length + 2 * get.length, out()]);
    await first.reset();
    expect(octets()).toEqual([post.length + 2 * get.length, out()]);
    await second.send("nonsense\r\n\r\nand more");
    expect(octets()).toEqual([post.length + 2 * get.length + 20, out()]);
    await second.end();
    expect(octets()).toEqual([post.length + 2 * get.length + 20, out()]);
  });

  test("count octets handed to the transport, not those that wait", async () => {
    const server = await serve((app) =>
      app.use((ctx) => void ctx.response.setBody(new Uint8Array(200_000))),
    );
    const peer = await server.connect({ highWaterOctets: 1 }).send(head("GET /"));
    expect(server.server.stats().octetsOut).toBeLessThan(1000);
    await peer.drain(1);
    expect(server.server.stats().octetsOut).toBeGreaterThan(65_536);
    expect(server.server.stats().octetsOut).toBeLessThan(2 * 65_536);
    await peer.drain(5);
    expect(server.server.stats().octetsOut).toBe(peer.transport.octets.length);
    expect(peer.responses()[0]!.complete).toBe(true);
  });

  test("count what was refused as a request, and what was dropped as accepted", async () => {
    const wait = gate();
    const server = await serve((app) => app.use(() => wait.promise), {
      limits: { handlers: 1, connections: 3 },
    });
    await server.connect().send(head("GET /"));
    await server.connect().send(head("GET /"));
    await server.connect().send("G");
    server.connect();
    const { accepted, dropped, requests, refused, connections } = server.server.stats();
    expect({ accepted, dropped, requests, refused, connections }).toEqual({
      accepted: 4,
      dropped: { connections: 1, connectionsPerPeer: 0, closing: 0 },
      requests: 2,
      refused: { handlers: 1, bufferedOctets: 0, lag: 0 },
      connections: { open: 3, idle: 0, active: 3 },
    });
  });
});

/** Every value in an object, with its path. */
function leaves(value: unknown, path = "stats"): [path: string, value: unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  expect([path, Object.isFrozen(value)]).toEqual([path, true]);
  expect([path, Object.getPrototypeOf(value)]).toEqual([path, Object.prototype]);
  return Object.entries(value).flatMap(([name, member]) => leaves(member, `${path}.${name}`));
}

describe("the snapshot of Server.stats", () => {
  test("is frozen and holds plain numbers all the way down", async () => {
    const server = await serve((app) => app.use((ctx) => void ctx.response.text("a")), {
      limits: { connections: 2 },
    });
    await server.connect().send(head("GET /", "Connection: close"));
    await server.connect().send("nonsense\r\n\r\n");
    server.connect();
    await server.advance(5000);
    const all = leaves(server.server.stats());
    expect(all.length).toBeGreaterThan(20);
    for (const [path, value] of all) {
      expect([path, Number.isSafeInteger(value) && (value as number) >= 0]).toEqual([path, true]);
    }
  });

  test("does not change afterwards", async () => {
    const server = await serve((app) => app.use((ctx) => void ctx.response.text("a")));
    const before = server.server.stats();
    const text = JSON.stringify(before);
    await server.connect().send(head("GET /"));
    await server.connect().send("nonsense\r\n\r\n");
    expect(JSON.stringify(before)).toBe(text);
    expect(server.server.stats().requests).toBe(1);
  });

  test("has whole numbers of octets and connections, and a lag in ms, also with a clock of fractions", async () => {
    const server = await serve(() => {});
    server.connect();
    server.clock.jump(1250.75);
    for (const [path, value] of leaves(server.server.stats())) {
      expect([path, typeof value, Number.isFinite(value)]).toEqual([path, "number", true]);
    }
    expect(server.server.stats().timerLagMs).toBe(1000);
  });
});
