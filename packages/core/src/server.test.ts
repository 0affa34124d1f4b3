import { describe, expect, test } from "vitest";
import {
  countingClock,
  head,
  MemoryAdapter,
  memoryLogger,
  settled,
  textOf,
} from "../test/memory-server.ts";
import { ListenError } from "./listen-error.ts";
import type { ServerOptions } from "./options.ts";
import { Server } from "./server.ts";

const quiet: ServerOptions = { logger: memoryLogger(), clock: countingClock() };

describe("Server.listen", () => {
  test("resolves with the server once bound, and address tells where", async () => {
    const adapter = new MemoryAdapter();
    const server = new Server(adapter, quiet).host("::1").port(0);
    expect(server.address).toBe(undefined);
    expect(await server.listen()).toBe(server);
    expect(server.address).toEqual({ host: "::1", port: 20_000 });
  });

  test("gives the adapter what was set, checked, with its defaults", async () => {
    const adapter = new MemoryAdapter();
    await new Server(adapter, quiet).listen();
    expect(adapter.listened).toEqual({
      address: { host: "127.0.0.1", port: 60_000 },
      pathMode: undefined,
      backlog: undefined,
      reusePort: false,
      tcpKeepAliveMs: undefined,
    });
    const other = new MemoryAdapter();
    const server = new Server(other, quiet);
    server.path("/run/a.sock").pathMode(0o660).backlog(7).reusePort().tcpKeepAlive(5000);
    await server.listen();
    expect(other.listened).toEqual({
      address: { path: "/run/a.sock" },
      pathMode: 0o660,
      backlog: 7,
      reusePort: true,
      tcpKeepAliveMs: 5000,
    });
    expect(server.address).toEqual({ path: "/run/a.sock" });
  });

  test("a second time rejects, also while the first is under way", async () => {
    const server = new Server(new MemoryAdapter(), quiet);
    const first = server.listen();
    await expect(server.listen()).rejects.toThrow(/already/);
    await first;
    await expect(server.listen()).rejects.toThrow(/already/);
  });

  test("without an adapter rejects", async () => {
    await expect(new Server(undefined, quiet).listen()).rejects.toThrow("without an adapter");
  });

  test("that fails rejects with the adapter's error, and the server may be changed and tried again", async () => {
    const adapter = new MemoryAdapter();
    const failure = new ListenError({ host: "127.0.0.1", port: 80 }, "EACCES", new Error("bind"));
    adapter.failure = failure;
    const server = new Server(adapter, quiet).port(80);
    await expect(server.listen()).rejects.toBe(failure);
    expect(server.address).toBe(undefined);
    adapter.failure = undefined;
    await server.port(8080).listen();
    expect(server.address).toEqual({ host: "127.0.0.1", port: 8080 });
  });

  test("whose adapter throws at once rejects, and the server may be changed and tried again", async () => {
    const adapter = new MemoryAdapter();
    const listen = adapter.listen.bind(adapter);
    adapter.listen = () => {
      throw new RangeError("reusePort is true");
    };
    const server = new Server(adapter, quiet).reusePort();
    await expect(server.listen()).rejects.toThrow("reusePort is true");
    adapter.listen = listen;
    await server.reusePort(false).listen();
    expect(server.address).toBeDefined();
  });
});

describe("setters of Server after listen", () => {
  const calls: Record<string, (server: Server) => unknown> = {
    host: (s) => s.host("::1"),
    port: (s) => s.port(1),
    path: (s) => s.path("/a"),
    pathMode: (s) => s.pathMode(0),
    backlog: (s) => s.backlog(1),
    reusePort: (s) => s.reusePort(),
    tcpKeepAlive: (s) => s.tcpKeepAlive(false),
    behindTls: (s) => s.behindTls(),
    preset: (s) => s.preset("strict"),
    limits: (s) => s.limits({}),
    deadlines: (s) => s.deadlines({}),
    shedding: (s) => s.shedding({}),
    health: (s) => s.health({}),
    logger: (s) => s.logger(memoryLogger()),
    clock: (s) => s.clock(countingClock()),
    random: (s) => s.random(() => 0),
    middleware: (s) => s.middleware(() => {}),
    use: (s) => s.use(() => {}),
    route: (s) => s.route("GET", "/a", () => {}),
    get: (s) => s.get("/a", () => {}),
    all: (s) => s.all("/a", () => {}),
    onError: (s) => s.onError(() => {}),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`${name} returns the server before, and throws after`, async () => {
      const server = new Server(new MemoryAdapter(), quiet);
      expect(call(server)).toBe(server);
      const listening = new Server(new MemoryAdapter(), quiet);
      const pending = listening.listen();
      expect(() => call(listening)).toThrow(/already/);
      await pending;
      expect(() => call(listening)).toThrow(/already/);
    });
  }
});

describe("Server.stats", () => {
  test("before listen counts nothing", () => {
    expect(new Server(undefined, quiet).stats()).toEqual({
      connections: { open: 0, idle: 0, active: 0 },
      handlers: 0,
      waiting: 0,
      bufferedOctets: 0,
      shedLevel: 0,
      timerLagMs: 0,
      accepted: 0,
      dropped: { connections: 0, connectionsPerPeer: 0, closing: 0 },
      requests: 0,
      refused: { handlers: 0, bufferedOctets: 0, lag: 0 },
      shedChanges: 0,
      octetsIn: 0,
      octetsOut: 0,
      closes: {},
      faults: {},
      logLines: { written: 0, dropped: 0, cut: 0 },
    });
  });
});

describe("Server.inject", () => {
  const app = () =>
    new Server(undefined, { logger: memoryLogger(), clock: countingClock() })
      .get("/", (ctx) => void ctx.response.text("hello"))
      .get("/ip", (ctx) => void ctx.response.text(String(ctx.request.remoteAddress)))
      .post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes()))
      .get("/later", async (ctx) => {
        await new Promise((resolve) => setImmediate(resolve));
        ctx.response.text("later");
      });

  test("plays octets through the real server", async () => {
    const injected = await app().inject(head("GET /"));
    expect(textOf(injected.octets)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(textOf(injected.octets).endsWith("\r\n\r\nhello")).toBe(true);
    expect([injected.closed, injected.pending]).toEqual([false, false]);
  });

  test("waits for handlers that take their time", async () => {
    const injected = await app().inject(head("GET /later") + head("GET /later"));
    expect(textOf(injected.octets).split("later").length).toBe(3);
  });

  test("gives the same for octets whole, in chunks, and as octets", async () => {
    const request = `${head("POST /", "Content-Length: 3")}\xffab${head("GET /")}`;
    const octets = Uint8Array.from(request, (char) => char.charCodeAt(0));
    const whole = textOf((await app().inject(request)).octets);
    expect(whole.match(/HTTP\/1\.1 200/g)!.length).toBe(2);
    for (const chunks of [[1], [5, 10, 20], Array(request.length).fill(1), [1000], [0, 3]]) {
      expect(textOf((await app().inject(octets, { chunks })).octets)).toBe(whole);
    }
  });

  test("does not keep the octets it was given", async () => {
    const server = new Server(undefined, quiet);
    let content: Uint8Array | undefined;
    server.post("/", async (ctx) => {
      content = await ctx.request.bytes();
    });
    const octets = new TextEncoder().encode(`${head("POST /", "Content-Length: 3")}abc`);
    await server.inject(octets);
    octets.fill(0);
    expect(textOf(content!)).toBe("abc");
  });

  test("of an unfinished message is pending, and goes on with send, end and the clock", async () => {
    for (const part of [
      "GE",
      head("POST /", "Content-Length: 3"),
      `${head("POST /", "Content-Length: 3")}ab`,
    ]) {
      const server = app();
      const injected = await server.inject(part);
      expect([injected.pending, injected.octets.length]).toEqual([true, 0]);
    }
    const injected = await app().inject(`${head("POST /", "Content-Length: 3")}ab`);
    await injected.send("c");
    expect(textOf(injected.octets).endsWith("\r\n\r\nabc")).toBe(true);
    expect(injected.pending).toBe(false);
    const ended = await app().inject("GET /");
    await ended.end();
    expect(textOf(ended.octets)).toMatch(/^HTTP\/1\.1 400 /);
    expect([ended.closed, ended.pending]).toEqual([true, false]);
  });

  test("with end sends FIN behind the octets", async () => {
    const injected = await app().inject(head("GET /"), { end: true });
    expect(textOf(injected.octets)).toContain("200 OK");
    expect(injected.closed).toBe(true);
  });

  test("with a clock of its own goes on when that is moved", async () => {
    const clock = countingClock();
    const injected = await app().inject("GET / HT", { clock });
    clock.advance(9_000);
    expect(injected.octets.length).toBe(0);
    clock.advance(1_500);
    expect(textOf(injected.octets)).toMatch(/^HTTP\/1\.1 408 /);
    expect(injected.closed).toBe(true);
    clock.advance(3_000);
    await settled();
    expect(clock.pendingCalls).toBe(0);
  });

  test("with a remoteAddress is seen to come from there", async () => {
    const injected = await app().inject(head("GET /ip"), { remoteAddress: "::ffff:192.0.2.7" });
    expect(textOf(injected.octets).endsWith("\r\n\r\n192.0.2.7")).toBe(true);
  });

  test("of nothing waits for the first octet", async () => {
    const injected = await app().inject("");
    expect([injected.octets.length, injected.closed, injected.pending]).toEqual([0, false, false]);
  });

  test("sees the middleware and routes there are when it is called, or a later change throws", async () => {
    const server = new Server(new MemoryAdapter(), {
      logger: memoryLogger(),
      clock: countingClock(),
    });
    server.get("/", (ctx) => void ctx.response.text("a"));
    await server.inject(head("GET /"));
    let changed = true;
    try {
      server.get("/b", (ctx) => void ctx.response.text("b"));
    } catch {
      changed = false;
    }
    const { octets } = await server.inject(head("GET /b"));
    expect(textOf(octets)).toMatch(changed ? /200 OK/ : /404 Not Found/);
  });

  test("counts in stats, also once the server listens", async () => {
    const server = new Server(new MemoryAdapter(), {
      logger: memoryLogger(),
      clock: countingClock(),
    });
    server.get("/", (ctx) => void ctx.response.text("a"));
    await server.inject(head("GET /"));
    expect(server.stats().requests).toBe(1);
  });
});
