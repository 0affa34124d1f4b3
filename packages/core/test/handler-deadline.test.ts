// deadlines.handlerMs: from a request's head to its answer's, whatever the handler waits for.

import { describe, expect, test } from "vitest";
import type { Context } from "../src/context.ts";
import type { ServerOptions } from "../src/options.ts";
import { gate, head, type MemoryServer, type Peer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

const HANDLER_MS = 3000;

interface Watched extends MemoryServer {
  /** Codes of the signals that fired, and of the promises that rejected. */
  readonly codes: string[];
}

async function watched(
  handler: (ctx: Context) => unknown,
  options: ServerOptions = {},
): Promise<Watched> {
  const codes: string[] = [];
  const server = await serve(
    (app) =>
      app.use(async (ctx) => {
        const { signal } = ctx.request;
        signal.addEventListener("abort", () =>
          codes.push((signal.reason as { code: string }).code),
        );
        try {
          await handler(ctx);
        } catch (error) {
          codes.push((error as { code: string }).code);
        }
      }),
    { deadlines: { handlerMs: HANDLER_MS }, ...options },
  );
  return { ...server, codes };
}

const never = () => new Promise<void>(() => {});

interface WaitingCase {
  readonly name: string;
  readonly handler: (ctx: Context) => unknown;
  readonly request: string;
  readonly statuses: readonly number[];
  readonly codes: readonly string[];
}

const WAITING: readonly WaitingCase[] = [
  {
    name: "that never settles",
    handler: never,
    request: head("GET /"),
    statuses: [503],
    codes: ["ERR_DEADLINE"],
  },
  {
    name: "that has set an answer and not sent it",
    handler: (ctx) => {
      ctx.response.text("not yet");
      return never();
    },
    request: head("GET /"),
    statuses: [503],
    codes: ["ERR_DEADLINE"],
  },
  {
    name: "that waits for content",
    handler: (ctx) => ctx.request.bytes(),
    request: `${head("POST /", "Content-Length: 5")}he`,
    statuses: [503],
    codes: ["ERR_DEADLINE", "ERR_DEADLINE"],
  },
  {
    name: "that has told to continue",
    handler: (ctx) => ctx.request.bytes(),
    request: head("POST /", "Content-Length: 5", "Expect: 100-continue"),
    statuses: [100, 503],
    codes: ["ERR_DEADLINE", "ERR_DEADLINE"],
  },
  {
    name: "that does not want its content",
    handler: never,
    request: `${head("POST /", "Content-Length: 5")}he`,
    statuses: [503],
    codes: ["ERR_DEADLINE"],
  },
];

describe("deadlines.handlerMs of a handler", () => {
  for (const { name, handler, request, statuses, codes } of WAITING) {
    test(`${name}: 503 and close, the signal fires once`, async () => {
      const server = await watched(handler);
      const peer = await server.connect().send(request);
      await server.advance(HANDLER_MS - 251);
      expect([peer.isClosed, server.codes]).toEqual([false, []]);
      await server.advance(502);
      expect([peer.statuses, peer.transport.ended, peer.transport.closed]).toEqual([
        statuses,
        true,
        false,
      ]);
      expect(server.codes).toEqual([...codes]);
      const response = peer.responses().at(-1)!;
      expect([contentText(response), fieldOf(response, "Connection")]).toEqual([
        "Service Unavailable",
        "close",
      ]);
      await peer.end();
      expect(server.server.stats().closes).toEqual({ handlerTimeout: 1 });
      expect(server.codes).toEqual([...codes]);
      expect(server.clock.pendingCalls).toBe(0);
    });
  }

  test("is logged once, as a connection too slow for that reason", async () => {
    const server = await watched(never);
    await server.connect({ remoteAddress: "192.0.2.1" }).send(head("GET /"));
    await server.advance(HANDLER_MS + 250);
    expect(server.log).toEqual([
      {
        level: "info",
        message: "connection too slow",
        fields: {
          reason: "handlerTimeout",
          requests: 1,
          octetsIn: head("GET /").length,
          octetsOut: 0,
          remoteAddress: "192.0.2.1",
        },
      },
    ]);
  });

  test("on HEAD has no content", async () => {
    const server = await watched(never);
    const peer = await server.connect().send(head("HEAD /"));
    await server.advance(HANDLER_MS + 250);
    expect(peer.text).toMatch(/^HTTP\/1\.1 503 /);
    expect(peer.text.endsWith("\r\n\r\n")).toBe(true);
  });

  test("that answers late changes nothing any more, and is logged quietly when it throws", async () => {
    const late = gate();
    const server = await serve(
      (app) =>
        app.use(async (ctx) => {
          await late.promise;
          ctx.response.text("late");
          throw new Error("late");
        }),
      { deadlines: { handlerMs: HANDLER_MS } },
    );
    const peer = await server.connect().send(head("GET /"));
    await server.advance(HANDLER_MS + 250);
    const { text } = peer;
    expect(server.server.stats().handlers).toBe(1);
    late.open();
    await settled();
    expect([peer.text, server.server.stats().handlers]).toEqual([text, 0]);
    expect(server.log.map(({ level }) => level)).toEqual(["info", "debug"]);
  });

  test("that answers in time is not bound in how long its answer takes", async () => {
    const more = gate();
    const server = await watched((ctx) => {
      ctx.response.setBody(
        (async function* () {
          yield "first ";
          await more.promise;
          yield "last";
        })(),
      );
    });
    const peer = await server.connect().send(head("GET /"));
    await server.advance(600_000);
    expect([peer.isClosed, server.codes]).toEqual([false, []]);
    more.open();
    await settled();
    expect(contentText(peer.responses()[0]!)).toBe("first last");
  });

  test("that has sent its answer is not bound in what it does afterwards", async () => {
    const server = await watched(async (ctx) => {
      ctx.response.text("sent");
      await ctx.send();
      await never();
    });
    const peer = await server.connect().send(head("GET /"));
    await server.advance(600_000);
    expect([peer.statuses, peer.isClosed]).toEqual([[200], false]);
  });

  test("that is quick leaves the connection its other deadlines", async () => {
    const server = await watched((ctx) => ctx.response.text("a"));
    const peer = await server.connect().send(head("GET /"));
    await server.advance(60_000);
    expect(peer.isClosed).toBe(false);
    await server.advance(5500);
    expect(peer.isClosed).toBe(true);
    await peer.end();
    expect(server.server.stats().closes).toEqual({ keepAliveTimeout: 1 });
  });

  test("of a pipelined second request begins when its turn comes", async () => {
    const first = gate();
    const server = await watched(async (ctx) => {
      if (ctx.request.path === "/second") await never();
      await first.promise;
      ctx.response.text("a");
    });
    const peer = await server.connect().send(head("GET /first") + head("GET /second"));
    await server.advance(HANDLER_MS - 500);
    first.open();
    await settled();
    await server.advance(HANDLER_MS - 251);
    expect([peer.statuses, peer.isClosed]).toEqual([[200], false]);
    await server.advance(502);
    expect([peer.statuses, peer.isClosed]).toEqual([[200, 503], true]);
  });

  test("begins anew with each request of a connection", async () => {
    const gates = [gate(), gate(), gate()];
    let at = 0;
    const server = await watched(async (ctx) => {
      await gates[at++]!.promise;
      ctx.response.text("a");
    });
    const peer = server.connect();
    for (let i = 0; i < 3; i++) {
      await peer.send(head("GET /"));
      await server.advance(HANDLER_MS - 500);
      gates[i]!.open();
      await settled();
      expect([peer.statuses.length, peer.isClosed]).toEqual([i + 1, false]);
    }
  });

  test("is cut short by a nearer deadline of its content, and not by a later one", async () => {
    for (const [contentIdleMs, expected, reason] of [
      [1000, [408], "requestTimeout"],
      [20_000, [503], "handlerTimeout"],
    ] as const) {
      const server = await watched((ctx) => ctx.request.bytes(), {
        deadlines: { handlerMs: HANDLER_MS, contentIdleMs },
      });
      const peer = await server.connect().send(head("POST /", "Content-Length: 5"));
      await server.advance(HANDLER_MS + 300);
      expect(peer.statuses).toEqual([...expected]);
      await peer.end();
      expect(server.server.stats().closes).toEqual({ [reason]: 1 });
    }
  });

  test("is no longer because the peer has sent FIN", async () => {
    const server = await watched(never);
    const peer: Peer = await server.connect().send(head("GET /"));
    await peer.end();
    expect(server.codes).toEqual(["ERR_PEER_ENDED"]);
    await server.advance(HANDLER_MS + 300);
    expect([peer.statuses, peer.transport.closed]).toEqual([[503], true]);
    expect(server.codes).toEqual(["ERR_PEER_ENDED"]);
  });

  test("that is off, the default, may take any time", async () => {
    const server = await serve((app) => app.use(never));
    const peer = await server.connect().send(head("GET /"));
    await server.advance(3_000_000);
    expect([peer.text, peer.isClosed]).toEqual(["", false]);
  });
});
