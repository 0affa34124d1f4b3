// limits.handlers: which request is refused, how it is answered, and who counts as at work.

import { describe, expect, test } from "vitest";
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

/** A server whose handlers of /wait wait, and of which at most `handlers` may. `seen` are the paths that middleware saw. */
async function limited(
  handlers: number,
): Promise<MemoryServer & { gates: Gate[]; seen: string[] }> {
  const gates: Gate[] = [];
  const seen: string[] = [];
  const server = await serve(
    (app) =>
      app
        .use((ctx, next) => {
          seen.push(ctx.request.path);
          return next();
        })
        .get("/", (ctx) => void ctx.response.text("a"))
        .all("/wait", async (ctx) => {
          const own = gate();
          gates.push(own);
          await own.promise;
          ctx.response.text("waited");
        })
        .post("/read", async (ctx) => void ctx.response.setBody(await ctx.request.bytes()))
        .get("/early", async (ctx) => {
          ctx.response.text("early");
          await ctx.send();
          const own = gate();
          gates.push(own);
          await own.promise;
        }),
    { limits: { handlers }, health: { live: "/live", ready: "/ready" } },
  );
  return { ...server, gates, seen };
}

async function ask(server: MemoryServer, line: string, ...fields: string[]): Promise<Peer> {
  return server.connect().send(head(line, ...fields));
}

describe("a request beyond limits.handlers", () => {
  test("is answered 503 with Retry-After: 1 and Connection: close, before middleware", async () => {
    const server = await limited(2);
    for (let i = 0; i < 2; i++) await ask(server, "GET /wait");
    const peer = await ask(server, "GET /");
    const [response] = peer.responses();
    expect([response!.status, contentText(response!)]).toEqual([503, "Service Unavailable"]);
    expect(fieldOf(response!, "Retry-After")).toBe("1");
    expect(fieldOf(response!, "Connection")).toBe("close");
    expect(fieldOf(response!, "Content-Type")).toBe("text/plain");
    expect([peer.isClosed, server.seen]).toEqual([true, ["/wait", "/wait"]]);
    expect(server.server.stats()).toMatchObject({
      requests: 3,
      handlers: 2,
      refused: { handlers: 1, bufferedOctets: 0, lag: 0 },
    });
    await peer.end();
    expect(server.server.stats().closes).toEqual({ answered: 1 });
  });

  test("is not refused once a handler has settled", async () => {
    const server = await limited(1);
    const first = await ask(server, "GET /wait");
    expect((await ask(server, "GET /")).statuses).toEqual([503]);
    server.gates[0]!.open();
    await settled();
    expect(first.statuses).toEqual([200]);
    expect((await ask(server, "GET /")).statuses).toEqual([200]);
  });

  test("has no content for HEAD", async () => {
    const server = await limited(1);
    await ask(server, "GET /wait");
    const peer = await ask(server, "HEAD /");
    expect(peer.text.endsWith("\r\n\r\n")).toBe(true);
    const [response] = peer.responses(["HEAD"]);
    expect([response!.status, fieldOf(response!, "Content-Length")]).toEqual([503, "19"]);
  });

  test("is told nothing of 100 (RFC 9110 §10.1.1)", async () => {
    const server = await limited(1);
    await ask(server, "GET /wait");
    const peer = await ask(server, "POST /read", "Content-Length: 5", "Expect: 100-continue");
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
  });

  test.each([
    ["whole", "Content-Length: 5", "hello"],
    ["partly there", "Content-Length: 5", "he"],
    ["not there yet", "Content-Length: 5", ""],
    ["more than would be drained", "Content-Length: 500000", "x".repeat(70_000)],
    ["chunked and whole", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"],
    ["chunked and not whole", "Transfer-Encoding: chunked", "5\r\nhe"],
    ["chunked and broken", "Transfer-Encoding: chunked", "nonsense"],
  ])(
    "with content that is %s is answered once, and nothing of it is read as a request",
    async (_, field, content) => {
      const server = await limited(1);
      await ask(server, "GET /wait");
      const peer = await server.connect().send(head("POST /read", field) + content);
      await peer.send(head("GET /"));
      expect([peer.statuses, peer.transport.ended, peer.transport.closed]).toEqual([
        [503],
        true,
        false,
      ]);
      expect(server.seen).toEqual(["/wait"]);
      // Behind FIN what still comes is taken, so that the answer is not lost to a reset.
      await peer.send("y".repeat(10_000));
      expect(peer.transport.closed).toBe(false);
      await peer.end();
      expect(peer.transport.closed).toBe(true);
      expect(server.server.stats()).toMatchObject({ faults: {}, bufferedOctets: 0 });
    },
  );

  test("comes behind answers of its own connection, in order, and nothing behind it", async () => {
    const server = await limited(1);
    const peer = await server
      .connect()
      .send(head("GET /") + head("GET /wait") + head("GET /") + head("GET /"));
    const other = await ask(server, "GET /");
    expect([peer.statuses, other.statuses]).toEqual([[200], [503]]);
    server.gates[0]!.open();
    await settled();
    expect(peer.statuses).toEqual([200, 200, 200, 200]);
  });

  test("is one on the same connection only when handlers outlive their exchanges", async () => {
    const server = await limited(1);
    const peer = await server.connect().send(head("GET /").repeat(40));
    expect(peer.statuses).toEqual(new Array(40).fill(200));
    expect(server.server.stats().refused.handlers).toBe(0);
  });
});

describe("limits.handlers counts a handler", () => {
  test("until it settles, also when its connection has gone", async () => {
    const server = await limited(1);
    const gone = await ask(server, "GET /wait");
    await gone.reset();
    expect((await ask(server, "GET /")).statuses).toEqual([503]);
    server.gates[0]!.open();
    await settled();
    expect((await ask(server, "GET /")).statuses).toEqual([200]);
    expect(server.server.stats().handlers).toBe(0);
  });

  test("until it settles, also when its answer has been sent", async () => {
    const server = await limited(1);
    expect((await ask(server, "GET /early")).statuses).toEqual([200]);
    expect((await ask(server, "GET /")).statuses).toEqual([503]);
    server.gates[0]!.open();
    await settled();
    expect((await ask(server, "GET /")).statuses).toEqual([200]);
  });

  test("that waits for content", async () => {
    const server = await limited(1);
    const reading = await ask(server, "POST /read", "Content-Length: 2");
    expect((await ask(server, "GET /")).statuses).toEqual([503]);
    await reading.send("ab");
    expect((await ask(server, "GET /")).statuses).toEqual([200]);
  });

  test("whose peer has sent FIN in the middle of its content", async () => {
    const server = await limited(1);
    const late = await ask(server, "POST /wait", "Transfer-Encoding: chunked");
    expect(server.gates.length).toBe(1);
    await late.end();
    expect([late.statuses, server.server.stats().handlers]).toEqual([[], 1]);
    expect((await ask(server, "GET /")).statuses).toEqual([503]);
    server.gates[0]!.open();
    await settled();
    expect((await ask(server, "GET /")).statuses).toEqual([200]);
  });

  test("only if there is one: refused requests and health questions leave nothing behind", async () => {
    const server = await limited(1);
    await ask(server, "GET /wait");
    for (let i = 0; i < 20; i++) {
      expect((await ask(server, "GET /")).statuses).toEqual([503]);
      expect((await ask(server, "GET /live")).statuses).toEqual([200]);
      expect((await ask(server, "GET /ready")).statuses).toEqual([200]);
    }
    expect(server.server.stats()).toMatchObject({ handlers: 1, refused: { handlers: 20 } });
    server.gates[0]!.open();
    await settled();
    expect(server.server.stats().handlers).toBe(0);
    expect((await ask(server, "GET /")).statuses).toEqual([200]);
  });
});
