// When `request.signal` fires, sentence by sentence: once, when the connection ends before the answer has been handed
// over whole, or at FIN behind a complete request; never on normal completion.

import { describe, expect, test } from "vitest";
import { TransportError } from "../src/errors.ts";
import type { Server } from "../src/server.ts";
import { type Gate, gate, head, type MemoryServer, serve, settled } from "./memory-server.ts";

interface Watch {
  readonly path: string;
  readonly signal: AbortSignal;
  /** Times the signal has fired. */
  fired: number;
  readonly gate: Gate;
}

/** A server whose handlers wait at a gate each and watch their signals. */
async function watching(
  answer: (ctx: Parameters<Parameters<Server["use"]>[0]>[0]) => unknown = () => {},
  options: Parameters<typeof serve>[1] = {},
): Promise<MemoryServer & { watches: Watch[] }> {
  const watches: Watch[] = [];
  const server = await serve(
    (app) =>
      app.use(async (ctx) => {
        const { signal, path } = ctx.request;
        const watch: Watch = { path, signal, fired: 0, gate: gate() };
        signal.addEventListener("abort", () => watch.fired++);
        watches.push(watch);
        if (answer(ctx) === "answered") return;
        await watch.gate.promise;
        if (!ctx.response.isSet) ctx.response.text("a");
      }),
    options,
  );
  return { ...server, watches };
}

function reasonOf(watch: Watch | undefined): string {
  const reason: unknown = watch!.signal.reason;
  expect(reason).toBeInstanceOf(TransportError);
  return (reason as TransportError).code;
}

describe("request.signal fires", () => {
  test("when the peer resets, with the cause", async () => {
    const server = await watching();
    const peer = await server.connect().send(head("GET /"));
    const cause = new Error("ECONNRESET");
    peer.transport.lose(cause);
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_CONNECTION_LOST");
    expect((server.watches[0]!.signal.reason as Error).cause).toBe(cause);
  });

  test("when a write fails before the answer is whole", async () => {
    const server = await watching((ctx) => {
      ctx.response.setBody(
        (async function* () {
          yield "a";
          await new Promise(() => {});
        })(),
      );
      void ctx.send();
    });
    const fault = (call: string) => (call === "write" ? ("lose" as const) : undefined);
    await server.connect({ fault }).send(head("GET /"));
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_CONNECTION_LOST");
  });

  test("when the deadline of its content passes", async () => {
    const server = await watching((ctx) => void ctx.request.bytes().catch(() => {}));
    await server.connect().send(head("POST /", "Content-Length: 5"));
    await server.advance(21_000);
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_DEADLINE");
  });

  test("when the peer takes nothing of the answer for too long", async () => {
    const server = await watching((ctx) => {
      ctx.response.setBody(new Uint8Array(200_000));
      void ctx.send();
    });
    const peer = await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    await server.advance(61_000);
    expect(peer.transport.wasReset).toBe(true);
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_DEADLINE");
  });

  test("when the server is closed by force", async () => {
    const server = await watching();
    const peer = await server.connect().send(head("GET /"));
    const closing = server.server.close({ graceMs: 0 });
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_FORCED_CLOSE");
    await peer.end();
    await closing;
    expect(server.watches[0]!.fired).toBe(1);
  });

  test("when the rest of the request is refused", async () => {
    const server = await watching((ctx) => void ctx.request.bytes().catch(() => {}));
    const peer = await server.connect().send(head("POST /", "Transfer-Encoding: chunked"));
    await peer.send("nonsense\r\n");
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_REQUEST_REFUSED");
    expect(peer.statuses).toEqual([400]);
  });

  test("at FIN behind a complete request, and the answer is still sent", async () => {
    const server = await watching();
    const peer = await server.connect().send(head("GET /"));
    await peer.end();
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_PEER_ENDED");
    server.watches[0]!.gate.open();
    await settled();
    expect([peer.statuses, peer.isClosed]).toEqual([[200], true]);
  });

  test("at FIN behind a request whose content was read whole", async () => {
    const server = await watching((ctx) => void ctx.request.bytes());
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 2")}ab`);
    await peer.end();
    expect(server.watches[0]!.fired).toBe(1);
    server.watches[0]!.gate.open();
    await settled();
    expect(peer.statuses).toEqual([200]);
  });

  test("at FIN behind a request whose content was received and not read", async () => {
    const server = await watching();
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 2")}ab`);
    await peer.end();
    expect(server.watches[0]!.fired).toBe(1);
    server.watches[0]!.gate.open();
    await settled();
    expect(peer.statuses).toEqual([200]);
  });

  test("at FIN inside its content, which is refused as incomplete (RFC 9112 §8)", async () => {
    let failure: unknown;
    const server = await watching((ctx) => {
      ctx.request.bytes().catch((error) => {
        failure = error;
      });
    });
    const peer = await server.connect().send(`${head("POST /", "Content-Length: 5")}ab`);
    await peer.end();
    expect(server.watches[0]!.fired).toBe(1);
    expect(failure).toBeInstanceOf(TransportError);
    expect((failure as TransportError).code).toBe("ERR_PEER_ENDED");
    expect([peer.statuses, peer.isClosed]).toEqual([[400], true]);
  });

  test("once, whatever follows", async () => {
    const server = await watching();
    const peer = await server.connect().send(head("GET /"));
    await peer.end();
    await peer.reset();
    await server.server.close({ graceMs: 0 });
    await server.advance(100_000);
    expect(server.watches[0]!.fired).toBe(1);
    expect(reasonOf(server.watches[0])).toBe("ERR_PEER_ENDED");
  });

  test("already aborted for those who ask after the connection was lost", async () => {
    const asked = gate();
    let signal: AbortSignal | undefined;
    const server = await serve((app) =>
      app.use(async (ctx) => {
        await asked.promise;
        signal = ctx.request.signal;
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await peer.reset();
    asked.open();
    await settled();
    expect(signal!.aborted).toBe(true);
    expect((signal!.reason as TransportError).code).toBe("ERR_CONNECTION_LOST");
  });
});

describe("request.signal of pipelined requests behind which FIN came", () => {
  test("fires for the running one; later ones start with it aborted and run in order", async () => {
    const server = await watching();
    const peer = await server.connect().send(head("GET /1") + head("GET /2") + head("GET /3"));
    expect(server.watches.map((watch) => [watch.path, watch.fired])).toEqual([["/1", 0]]);
    await peer.end();
    expect(server.watches[0]!.fired).toBe(1);
    for (let i = 0; i < 3; i++) {
      server.watches[i]!.gate.open();
      await settled();
    }
    const { watches } = server;
    expect(watches.map((watch) => [watch.path, watch.signal.aborted])).toEqual([
      ["/1", true],
      ["/2", true],
      ["/3", true],
    ]);
    // Started aborted: no listener can have seen it happen.
    expect(watches.slice(1).map((watch) => watch.fired)).toEqual([0, 0]);
    expect(watches.map(reasonOf)).toEqual(Array(3).fill("ERR_PEER_ENDED"));
    expect([peer.statuses, peer.isClosed]).toEqual([[200, 200, 200], true]);
    const closing = peer.responses().map((r) => r.fields.some(([, value]) => value === "close"));
    expect(closing).toEqual([false, false, true]);
  });
});

describe("request.signal never fires on normal completion", () => {
  const ways: readonly (readonly [string, string, (ctx: never) => unknown])[] = [
    ["without content", head("GET /"), () => {}],
    ["with content nobody read", `${head("POST /", "Content-Length: 2")}ab`, () => {}],
    [
      "with content read",
      `${head("POST /", "Content-Length: 2")}ab`,
      (ctx: never) => void (ctx as { request: { bytes(): unknown } }).request.bytes(),
    ],
  ];
  for (const [name, request, answer] of ways) {
    test(`${name}, nor later, when FIN, RST, a deadline or a forced close comes`, async () => {
      for (const after of ["end", "reset", "deadline", "close"] as const) {
        const server = await watching(answer as never);
        const peer = await server.connect().send(request);
        server.watches[0]!.gate.open();
        await settled();
        expect(peer.statuses).toEqual([200]);
        if (after === "deadline") await server.advance(70_000);
        else if (after === "close") await server.server.close({ graceMs: 0 });
        else await peer[after]();
        await settled();
        expect([after, server.watches[0]!.signal.aborted]).toEqual([after, false]);
      }
    });
  }

  test("of an early send whose handler goes on, when FIN or RST comes after it", async () => {
    for (const after of ["end", "reset"] as const) {
      const server = await watching((ctx) => void ctx.send());
      const peer = await server.connect().send(head("GET /"));
      expect(peer.statuses).toEqual([200]);
      await peer[after]();
      expect([after, server.watches[0]!.signal.aborted]).toEqual([after, false]);
      server.watches[0]!.gate.open();
      await settled();
      expect([after, server.watches[0]!.signal.aborted]).toEqual([after, false]);
    }
  });

  test("of a connection that closes behind the answer", async () => {
    const server = await watching(() => {});
    const peer = await server.connect().send(head("GET /", "Connection: close"));
    server.watches[0]!.gate.open();
    await settled();
    await peer.end();
    await server.advance(5000);
    expect(peer.transport.closed).toBe(true);
    expect(server.watches[0]!.signal.aborted).toBe(false);
  });

  test("of a later request on the same connection: each has its own", async () => {
    const server = await watching();
    const peer = await server.connect().send(head("GET /1"));
    server.watches[0]!.gate.open();
    await settled();
    await peer.send(head("GET /2"));
    await peer.reset();
    expect(server.watches.map((watch) => watch.signal.aborted)).toEqual([false, true]);
    expect(server.watches[0]!.signal).not.toBe(server.watches[1]!.signal);
  });
});

describe("request.signal is lazy", () => {
  test("the same object at every look, and none is made while nobody looks", async () => {
    const seen: AbortSignal[] = [];
    let made = 0;
    const Original = globalThis.AbortController;
    class Counted extends Original {
      constructor() {
        super();
        made++;
      }
    }
    globalThis.AbortController = Counted;
    try {
      const server = await serve((app) =>
        app.use((ctx) => {
          if (ctx.request.path === "/look") seen.push(ctx.request.signal, ctx.request.signal);
          ctx.response.text("a");
        }),
      );
      const ownOfTheServer = made;
      const peer = await server.connect().send(head("GET /"));
      expect(made).toBe(ownOfTheServer);
      await peer.send(head("GET /look"));
      await peer.end();
      expect(made).toBe(ownOfTheServer + 1);
      expect(seen[0]).toBe(seen[1]);
    } finally {
      globalThis.AbortController = Original;
    }
  });
});
