// The health paths: who is answered there by the server itself, with what, and when ready says no.

import { describe, expect, test } from "vitest";
import type { HealthPaths } from "../src/health.ts";
import type { ServerOptions } from "../src/options.ts";
import { gate, head, type MemoryServer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf, type ReceivedResponse } from "./read-responses.ts";

const PATHS: HealthPaths = { live: "/live", ready: "/ready" };

/** A server whose middleware notes what it sees and answers 299. */
async function watched(
  options: ServerOptions = {},
): Promise<MemoryServer & { readonly seen: string[] }> {
  const seen: string[] = [];
  const server = await serve(
    (app) =>
      app.use((ctx) => {
        seen.push(`${ctx.request.method} ${ctx.request.target}`);
        ctx.response.setStatusCode(299).setBody("middleware");
      }),
    { health: PATHS, ...options },
  );
  return { ...server, seen };
}

async function ask(
  server: MemoryServer,
  line: string,
  ...fields: string[]
): Promise<ReceivedResponse> {
  const peer = await server.connect().send(head(line, ...fields));
  const [response] = peer.responses([line.split(" ")[0]!]);
  await peer.reset();
  return response!;
}

describe("a request for a health path", () => {
  test.each(["/live", "/ready"])(
    "%s is answered 200, before middleware, and is not to be stored",
    async (path) => {
      const server = await watched();
      const response = await ask(server, `GET ${path}`);
      expect([response.status, contentText(response), server.seen]).toEqual([200, "OK", []]);
      expect(fieldOf(response, "Cache-Control")).toBe("no-store");
      expect(fieldOf(response, "Connection")).toBe(undefined);
      const headed = await ask(server, `HEAD ${path}`);
      expect([headed.status, headed.content.length, fieldOf(headed, "Content-Length")]).toEqual([
        200,
        0,
        "2",
      ]);
      expect(server.seen).toEqual([]);
    },
  );

  // Whether the server itself answers.
  test.each([
    ["GET /live", true],
    ["HEAD /ready", true],
    ["GET /live?a=b", true],
    ["GET /ready?", true],
    ["GET http://a/live", true],
    ["GET /live/", false],
    ["GET /LIVE", false],
    ["GET /%6cive", false],
    ["GET //live", false],
    ["GET /livex", false],
    ["GET /", false],
    ["POST /live", false],
    ["PUT /ready", false],
    ["DELETE /live", false],
    ["PATCH /live", false],
    ["OPTIONS /live", false],
    ["OPTIONS *", false],
    ["PURGE /ready", false],
    ["get /live", false],
  ] as const)("%s is the server's own: %s", async (line, isOwn) => {
    const server = await watched();
    const { status } = await ask(server, line);
    expect([status, server.seen.length]).toEqual(isOwn ? [200, 0] : [299, 1]);
  });

  test("is middleware's business where only the other path is set, or none", async () => {
    for (const [health, expected] of [
      [{ live: "/live" }, [200, 299]],
      [{ ready: "/ready" }, [299, 200]],
      [{}, [299, 299]],
    ] as const) {
      const server = await watched({ health });
      const statuses = [
        (await ask(server, "GET /live")).status,
        (await ask(server, "GET /ready")).status,
      ];
      expect(statuses).toEqual([...expected]);
    }
  });

  test("keeps its connection, counts as a request, and may be one of a pipelined batch", async () => {
    const server = await watched();
    const peer = await server
      .connect()
      .send(head("GET /live") + head("GET /") + head("HEAD /ready") + head("GET /ready"));
    const responses = peer.responses(["GET", "GET", "HEAD", "GET"]);
    expect(responses.map(({ status }) => status)).toEqual([200, 299, 200, 200]);
    expect([peer.isClosed, server.server.stats().requests, server.server.stats().handlers]).toEqual(
      [false, 4, 0],
    );
  });

  test("with content nobody reads is answered, and nothing of it is read as a request", async () => {
    const server = await watched();
    const whole = await server
      .connect()
      .send(`${head("GET /live", "Content-Length: 5")}hello${head("GET /ready")}`);
    expect([whole.statuses, whole.isClosed]).toEqual([[200, 200], false]);
    const expecting = await server
      .connect()
      .send(head("GET /live", "Content-Length: 5", "Expect: 100-continue"));
    expect([expecting.statuses, expecting.isClosed]).toEqual([[200], true]);
    expect(server.seen).toEqual([]);
  });

  test("goes through the parser like any other", async () => {
    const server = await watched();
    const peer = await server.connect().send("GET /live HTTP/1.1\r\n\r\n");
    expect(peer.statuses).toEqual([400]);
  });
});

describe("ready", () => {
  /** Brings a server into a condition; gives what ready and live say there. */
  async function said(server: MemoryServer): Promise<number[]> {
    return [(await ask(server, "GET /ready")).status, (await ask(server, "GET /live")).status];
  }

  test("says 503 from close on, with the text of the status and no Retry-After", async () => {
    const server = await watched();
    expect(await said(server)).toEqual([200, 200]);
    void server.server.close({ drainDelayMs: 5000 });
    expect(await said(server)).toEqual([503, 200]);
    const response = await ask(server, "GET /ready");
    expect(contentText(response)).toBe("Service Unavailable");
    expect(fieldOf(response, "Cache-Control")).toBe("no-store");
    expect(fieldOf(response, "Retry-After")).toBe(undefined);
  });

  test("says 503 while drained, on a connection that was open", async () => {
    const server = await watched();
    const [one, other] = [server.connect(), server.connect()];
    void server.server.close();
    await settled();
    await one.send(head("GET /ready"));
    await other.send(head("GET /live"));
    expect([one.statuses, other.statuses]).toEqual([[503], [200]]);
  });

  test("says 200 with a full table of connections", async () => {
    const server = await watched({ limits: { connections: 3 } });
    const asking = server.connect();
    for (let i = 0; i < 2; i++) await server.connect().send("G");
    await asking.send(head("GET /ready").slice(0, -1));
    await server.advance(250);
    await asking.send("\n");
    expect(server.server.stats()).toMatchObject({ connections: { open: 3 }, shedLevel: 2 });
    expect(asking.statuses).toEqual([200]);
  });

  test("says 200 with all handlers at work, and is not refused", async () => {
    const wait = gate();
    const server = await serve((app) => app.use(() => wait.promise), {
      health: PATHS,
      limits: { handlers: 1 },
    });
    await server.connect().send(head("GET /"));
    expect(await said(server)).toEqual([200, 200]);
    expect(server.server.stats().refused.handlers).toBe(0);
  });

  test("says 503 at level 3 of the lag, and 200 when that is over", async () => {
    const server = await watched();
    const stays = server.connect();
    for (let tick = 0; tick < 2; tick++) server.clock.jump(600);
    expect(server.server.stats().shedLevel).toBe(3);
    expect(await said(server)).toEqual([503, 200]);
    await server.advance(1500);
    expect(server.server.stats().shedLevel).toBe(0);
    expect(await said(server)).toEqual([200, 200]);
    expect(stays.isClosed).toBe(false);
  });

  test("is answered at once although handlers wait for their turn", async () => {
    const server = await serve(
      (app) =>
        app.use((ctx) => {
          server.clock.jump(50);
          ctx.response.text("a");
        }),
      { health: PATHS },
    );
    const [slow, waiting, asking] = [server.connect(), server.connect(), server.connect()];
    for (const peer of [slow, waiting])
      peer.transport.receive(new TextEncoder().encode(head("GET /")));
    asking.transport.receive(new TextEncoder().encode(head("GET /ready")));
    expect([waiting.statuses, asking.statuses]).toEqual([[], [200]]);
    await settled();
  });
});
