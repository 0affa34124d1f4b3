// What a server writes to its log directory: an access line for each request, records by level, nothing lost at the end.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { HttpError } from "../src/errors.ts";
import type { ServerOptions } from "../src/options.ts";
import { Server } from "../src/server.ts";
import {
  countingClock,
  gate,
  head,
  MemoryAdapter,
  type MemoryServer,
  serve,
  settled,
} from "./memory-server.ts";

const dirs: string[] = [];

function logDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "hyperlane-logs-"));
  dirs.push(dir);
  return dir;
}

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** The lines of a level, all days and files together. */
function linesOf(dir: string, level: string): string[] {
  const lines: string[] = [];
  if (!existsSync(join(dir, level))) return lines;
  for (const day of readdirSync(join(dir, level)).toSorted()) {
    for (const name of readdirSync(join(dir, level, day)).toSorted()) {
      lines.push(
        ...readFileSync(join(dir, level, day, name), "utf8")
          .split("\n")
          .slice(0, -1),
      );
    }
  }
  return lines;
}

function parsed(dir: string, level = "access"): Record<string, unknown>[] {
  return linesOf(dir, level).map((line) => JSON.parse(line) as Record<string, unknown>);
}

function logging(
  dir: string,
  build: (server: Server) => void,
  options: ServerOptions = {},
): Promise<MemoryServer> {
  return serve(build, { logger: undefined as never, logDir: dir, ...options });
}

function hello(server: Server): void {
  server.get("/", (ctx) => void ctx.response.text("hello"));
}

describe("the access log", () => {
  test("has one line for a request, with its octets, times and outcome", async () => {
    const dir = logDir();
    const server = await logging(dir, hello);
    const request = head("GET /?a=b", "User-Agent: curl/8", "Referer: http://r/");
    const peer = await server.connect({ remoteAddress: "::ffff:192.0.2.1" }).send(request);
    await server.server.close({ graceMs: 0 });
    expect(parsed(dir)).toEqual([
      {
        time: "2026-01-01T00:00:00.000Z",
        requestId: expect.stringMatching(/^[0-9a-f]{12}-/),
        remoteAddress: "192.0.2.1",
        method: "GET",
        target: "/?a=b",
        version: "1.1",
        status: 200,
        octetsIn: request.length,
        octetsOut: peer.transport.octets.length,
        firstOctetUs: 0,
        totalUs: 0,
        userAgent: "curl/8",
        referer: "http://r/",
        outcome: "sent",
      },
    ]);
    expect(readdirSync(join(dir, "access", "2026-01-01"))).toEqual(["2026-01-01.1.log"]);
    expect(existsSync(join(dir, ".lock"))).toBe(false);
  });

  test("tells the microseconds to the first octet and to the end", async () => {
    const dir = logDir();
    const server = await logging(dir, (s) =>
      s.get("/", async (ctx) => {
        await new Promise<void>((resolve) => void server.clock.schedule(resolve, 70));
        ctx.response.setBody(
          (async function* () {
            yield "a";
            await new Promise<void>((resolve) => void server.clock.schedule(resolve, 30));
            yield "b";
          })(),
        );
      }),
    );
    await server.connect().send(head("GET /"));
    await server.advance(70);
    await server.advance(30);
    await server.server.close({ graceMs: 0 });
    expect(parsed(dir)).toMatchObject([
      { firstOctetUs: 70_000, totalUs: 100_000, outcome: "sent" },
    ]);
  });

  test("counts the content that was read, and the answers of a pipeline one by one", async () => {
    const dir = logDir();
    const server = await logging(dir, (s) => {
      hello(s);
      s.post("/", async (ctx) => void ctx.response.text(await ctx.request.text()));
    });
    const post = head("POST /", "Content-Length: 3");
    const peer = await server.connect().send(`${post}abc${head("GET /")}${head("HEAD /")}`);
    await server.server.close({ graceMs: 0 });
    const lines = parsed(dir);
    expect(lines.map((line) => [line["method"], line["status"]])).toEqual([
      ["POST", 200],
      ["GET", 200],
      ["HEAD", 200],
    ]);
    expect(lines[0]!["octetsIn"]).toBe(post.length + 3);
    const sum = lines.reduce((octets, line) => octets + Number(line["octetsOut"]), 0);
    expect(sum).toBe(peer.transport.octets.length);
  });

  test("has a line for what the server answers itself, for errors, and for refusals", async () => {
    const dir = logDir();
    const server = await logging(
      dir,
      (s) => {
        hello(s);
        s.get("/throws", () => {
          throw new Error("x");
        });
        s.get("/teapot", () => {
          throw new HttpError(418);
        });
      },
      { health: { live: "/live" }, limits: { handlers: 1000 } },
    );
    for (const path of ["/live", "/nowhere", "/throws", "/teapot"]) {
      await server.connect().send(head(`GET ${path}`));
    }
    await server.connect().send(head("CONNECT a:1"));
    await server.server.close({ graceMs: 0 });
    expect(parsed(dir).map(({ target, status }) => [target, status])).toEqual([
      ["/live", 200],
      ["/nowhere", 404],
      ["/throws", 500],
      ["/teapot", 418],
      ["a:1", 501],
    ]);
  });

  test("has a line for a head that was refused, or did not come in time", async () => {
    const dir = logDir();
    const server = await logging(dir, hello);
    const refused = await server
      .connect({ remoteAddress: "::ffff:192.0.2.1" })
      .send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    await server.connect().send("GET / HT");
    await server.advance(11_000);
    await server.server.close({ graceMs: 0 });
    const lines = parsed(dir);
    expect(lines).toMatchObject([
      {
        remoteAddress: "192.0.2.1",
        method: "-",
        target: "-",
        status: 400,
        octetsIn: 36,
        octetsOut: refused.transport.octets.length,
        outcome: "fault",
      },
      { status: 408, octetsIn: 8, outcome: "requestTimeout" },
    ]);
    expect(Number(lines[1]!["totalUs"])).toBeGreaterThanOrEqual(10_000_000);
  });

  test("has a line for what is refused under load, and for a handler that is too slow", async () => {
    const dir = logDir();
    const server = await logging(dir, (s) => s.get("/", () => new Promise<void>(() => {})), {
      limits: { handlers: 1 },
      deadlines: { handlerMs: 3000 },
    });
    await server.connect().send(head("GET /?n=1"));
    await server.connect().send(head("GET /?n=2"));
    await server.advance(4000);
    await server.server.close({ graceMs: 0 });
    expect(parsed(dir)).toMatchObject([
      { target: "/?n=2", status: 503, outcome: "sent" },
      { target: "/?n=1", status: 503, outcome: "handlerTimeout" },
    ]);
  });

  const ENDS: readonly (readonly [
    what: string,
    end: (server: MemoryServer, peer: ReturnType<MemoryServer["connect"]>) => Promise<unknown>,
    status: number,
    outcome: string,
  ])[] = [
    ["reset before its answer", (_, peer) => peer.reset(), 0, "lost"],
    ["overdue content", (server) => server.advance(25_000), 408, "requestTimeout"],
    [
      "a forced close",
      async (server, peer) => {
        const closing = server.server.close({ graceMs: 0 });
        await settled();
        await peer.end();
        await closing;
      },
      503,
      "forced",
    ],
  ];
  for (const [what, end, status, outcome] of ENDS) {
    test(`tells of ${what}: ${outcome}`, async () => {
      const dir = logDir();
      const server = await logging(dir, (s) =>
        s.post("/", async (ctx) => void ctx.response.text(await ctx.request.text())),
      );
      const peer = await server
        .connect({ remoteAddress: "192.0.2.7" })
        .send(`${head("POST /", "Content-Length: 9")}abc`);
      await end(server, peer);
      await server.server.close({ graceMs: 0 });
      expect(parsed(dir)).toMatchObject([{ status, outcome, remoteAddress: "192.0.2.7" }]);
    });
  }

  test("tells of an answer that was cut, with the status it had begun with", async () => {
    const dir = logDir();
    const server = await logging(dir, (s) =>
      s.get("/", (ctx) => {
        ctx.response.setBody(
          (async function* () {
            yield "a";
            throw new Error("source");
          })(),
        );
      }),
    );
    await server.connect().send(head("GET /"));
    await settled();
    await server.server.close({ graceMs: 0 });
    expect(parsed(dir)).toMatchObject([{ status: 200, outcome: "handlerThrew" }]);
  });

  const TARGETS: readonly (readonly [access: ServerOptions["access"], target: string])[] = [
    ["json", "/a?token=secret"],
    [{ query: false }, "/a"],
    [{ redact: (target) => target.replace(/secret/, "x") }, "/a?token=x"],
    [{ redact: (target) => `${target}!`, query: false }, "/a!"],
    [
      {
        redact() {
          throw new Error("no");
        },
      },
      "-",
    ],
  ];
  test.each(TARGETS)("%j shows a target as %s", async (access, target) => {
    const dir = logDir();
    const server = await logging(dir, hello, { access: access! });
    await server.connect().send(head("GET /a?token=secret", "Authorization: Basic c2VjcmV0"));
    await server.server.close({ graceMs: 0 });
    expect(parsed(dir)[0]!["target"]).toBe(target);
    expect(linesOf(dir, "access").join()).not.toContain("c2VjcmV0");
  });

  test("shows a Referer and the target of records in the same way", async () => {
    for (const access of [
      { query: false },
      { redact: (text: string) => text.replace(/secret/, "x") },
    ]) {
      const dir = logDir();
      const server = await logging(
        dir,
        (s) =>
          s.get("/", () => {
            throw new Error("x");
          }),
        { access },
      );
      await server.connect().send(head("GET /?token=secret", "Referer: http://h/?token=secret"));
      await server.server.close({ graceMs: 0 });
      expect(linesOf(dir, "access").join()).toContain('"referer":"http://h/');
      expect([...linesOf(dir, "access"), ...linesOf(dir, "error")].join()).not.toContain("secret");
      expect(linesOf(dir, "error").length).toBe(1);
    }
  });

  test("can be one of Apache's formats, or none", async () => {
    for (const [access, lines] of [
      ["common", ['- - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 126']],
      ["combined", ['- - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 126 "-" "-"']],
      [false, []],
    ] as const) {
      const dir = logDir();
      const server = await logging(dir, hello, { access });
      const peer = await server.connect().send(head("GET /"));
      const octets = peer.transport.octets.length;
      await server.server.close({ graceMs: 0 });
      expect(linesOf(dir, "access")).toEqual(lines.map((line) => line.replace("126", `${octets}`)));
    }
  });

  test("can go to a directory although records go to a logger", async () => {
    const dir = logDir();
    const server = await serve(hello, { logDir: dir });
    await server.connect().send(head("GET /"));
    await server.connect().send("nonsense\r\n\r\n");
    await server.server.close({ graceMs: 0 });
    expect([linesOf(dir, "access").length, linesOf(dir, "info").length, server.log.length]).toEqual(
      [2, 0, 1],
    );
  });
});

describe("records", () => {
  test("go to the files of their own level, from logLevel on, with the request's id", async () => {
    const dir = logDir();
    const server = await logging(
      dir,
      (s) =>
        s.get("/", (ctx) => {
          ctx.log.debug("not wanted");
          ctx.log.info({ a: 1 }, "said");
          ctx.log.warn("wörd");
          ctx.response.text(ctx.requestId);
        }),
      { logLevel: "info" },
    );
    await server.connect().send(head("GET /", "X-Request-Id: abc"));
    await server.connect().send("nonsense\r\n\r\n");
    await server.server.close({ graceMs: 0 });
    expect(readdirSync(dir).toSorted()).toEqual(["access", "info", "warn"]);
    expect(parsed(dir, "info")).toMatchObject([
      { level: "info", time: "2026-01-01T00:00:00.000Z", requestId: "abc", a: 1, msg: "said" },
      { level: "info", fault: "ERR_METHOD", msg: "request refused" },
    ]);
    expect(parsed(dir, "warn")).toMatchObject([{ requestId: "abc", msg: "wörd" }]);
    expect(parsed(dir)).toMatchObject([{ requestId: "abc" }, { method: "-", outcome: "fault" }]);
  });

  test("are of three classes: who left, who broke the protocol, what threw", async () => {
    const dir = logDir();
    const waiting = gate();
    const server = await logging(
      dir,
      (s) => {
        s.get("/throws", () => {
          throw new Error("boom");
        });
        s.get("/wait", async (ctx) => {
          await waiting.promise;
          await ctx.send();
        });
      },
      { logLevel: "debug" },
    );
    await server.connect().send(head("GET /throws", "X-Request-Id: one"));
    await server.connect().send("GET /\x01 HTTP/1.1\r\n\r\n");
    const peer = await server.connect().send(head("GET /wait", "X-Request-Id: two"));
    await peer.reset();
    waiting.open();
    await settled();
    await server.server.close({ graceMs: 0 });
    const [threw] = parsed(dir, "error");
    expect(threw).toMatchObject({ requestId: "one", msg: "handler threw", target: "/throws" });
    expect((threw!["err"] as { stack: string }).stack).toContain("boom");
    expect(parsed(dir, "info")).toMatchObject([{ msg: "request refused", fault: "ERR_TARGET" }]);
    expect(parsed(dir, "debug")).toMatchObject([{ requestId: "two", msg: "client left" }]);
  });

  test("that come behind the end of the server are written too", async () => {
    const dir = logDir();
    const server = await logging(dir, (s) =>
      s.get("/", (ctx) => {
        late = () => ctx.log.error("late");
        ctx.response.text("a");
      }),
    );
    let late: (() => void) | undefined;
    await server.connect().send(head("GET /"));
    await server.server.close({ graceMs: 0 });
    late?.();
    expect(parsed(dir, "error")).toMatchObject([{ msg: "late" }]);
  });
});

describe("Server.logDir", () => {
  test("makes nothing before there is something to log", async () => {
    const dir = join(logDir(), "deep", "er");
    const server = await logging(dir, hello);
    server.server.stats();
    await server.server.close();
    expect(existsSync(dir)).toBe(false);
  });

  test("writes what has waited for logIntervalMs", async () => {
    const dir = logDir();
    const server = await logging(dir, hello, { logIntervalMs: 500 });
    await server.connect().send(head("GET /"));
    await server.advance(400);
    expect(existsSync(join(dir, "access"))).toBe(false);
    await server.advance(200);
    const untilMs = performance.now() + 4000;
    while (server.server.stats().logLines.written === 0 && performance.now() < untilMs) {
      await settled();
    }
    expect(linesOf(dir, "access").length).toBe(1);
    expect(server.server.stats().logLines).toEqual({ written: 1, dropped: 0, cut: 0 });
    await server.server.close({ graceMs: 0 });
  });

  test("counts the lines for which there was no room", async () => {
    const dir = logDir();
    const server = await logging(dir, hello, { logQueueOctets: 1024 });
    const peer = server.connect();
    for (let i = 0; i < 20; i++) await peer.send(head("GET /"));
    await server.server.close({ graceMs: 0 });
    const { logLines } = server.server.stats();
    expect(logLines.dropped).toBeGreaterThan(10);
    expect(linesOf(dir, "access").length).toBe(20 - logLines.dropped);
  });

  test("is shared by two servers, and two directories never mix", async () => {
    const [one, two] = [logDir(), logDir()];
    const servers = [
      await logging(one, hello),
      await logging(one, hello),
      await logging(two, hello),
    ];
    for (const [at, server] of servers.entries()) {
      await server.connect().send(head("GET /", `X-Request-Id: ${at}`));
    }
    for (const server of servers) await server.server.close({ graceMs: 0 });
    expect(parsed(one).map((line) => line["requestId"])).toEqual(["0", "1"]);
    expect(parsed(two).map((line) => line["requestId"])).toEqual(["2"]);
  });

  test("of another server with other options is an error that names the option", async () => {
    const dir = logDir();
    const first = await logging(dir, hello);
    await expect(logging(dir, hello, { logGzip: true })).rejects.toThrow(
      /Cannot log to .*another server of this process does with gzip false, this one has true/,
    );
    await first.server.close();
    const second = await logging(dir, hello, { logGzip: true });
    await second.server.close();
  });

  test("is let go when it is closed twice, and taken by a server that only injects", async () => {
    const dir = logDir();
    const server = await logging(dir, hello);
    await server.connect().send(head("GET /"));
    const report = await server.server.close({ graceMs: 0 });
    expect(await server.server.close()).toBe(report);
    const { clock } = server;
    const without = new Server(undefined, { logDir: dir, logGzip: true, clock }).get("/", (ctx) => {
      ctx.response.text("a");
    });
    await without.inject(head("GET /"), { end: true });
    await without.close();
    expect(parsed(dir).length).toBe(2);
  });

  test("is let go when listening fails, and may then be another", async () => {
    const [one, two] = [logDir(), logDir()];
    const adapter = new MemoryAdapter();
    adapter.failure = new Error("taken");
    const clock = countingClock();
    const server = new Server(adapter, { logDir: one, clock }).get("/", (ctx) => {
      ctx.response.text("a");
    });
    await expect(server.listen()).rejects.toThrow("taken");
    const other = await logging(one, hello, { logGzip: true });
    delete (adapter as { failure?: Error }).failure;
    await server.logDir(two).listen();
    await adapter.connect().send(head("GET /"));
    await server.close({ graceMs: 0 });
    await other.server.close({ graceMs: 0 });
    expect([linesOf(one, "access").length, linesOf(two, "access").length]).toEqual([0, 1]);
  });

  test("is let go although the listener cannot be stopped", async () => {
    const dir = logDir();
    const adapter = new MemoryAdapter();
    const listen = adapter.listen.bind(adapter);
    adapter.listen = async (options, onConnection) => ({
      ...(await listen(options, onConnection)),
      stop: () => Promise.reject(new Error("stuck")),
    });
    const server = new Server(adapter, { logDir: dir, clock: countingClock() }).get("/", (ctx) => {
      ctx.response.text("a");
    });
    await server.listen();
    await adapter.connect().send(head("GET /"));
    await expect(server.close({ graceMs: 0 })).rejects.toThrow("stuck");
    expect(linesOf(dir, "access").length).toBe(1);
    expect(existsSync(join(dir, ".lock"))).toBe(false);
  });

  test("keeps its lock for a server that comes while another one lets go", async () => {
    const dir = logDir();
    const first = await logging(dir, hello);
    await first.connect().send(head("GET /"));
    const closing = first.server.close({ graceMs: 0 });
    const second = await logging(dir, hello);
    await closing;
    await second.connect().send(head("GET /"));
    second.server.reopenLogs();
    const untilMs = performance.now() + 4000;
    while (second.server.stats().logLines.written < 2 && performance.now() < untilMs)
      await settled();
    expect([existsSync(join(dir, ".lock")), linesOf(dir, "access").length]).toEqual([true, 2]);
    await second.server.close({ graceMs: 0 });
    expect(existsSync(join(dir, ".lock"))).toBe(false);
  });
});
