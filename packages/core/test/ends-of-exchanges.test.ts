// How one exchange's end leaves the others alone: answers given before a cut, requests behind a FIN, deadlines while an
// answer is being taken, handlers nobody waits for.

import { describe, expect, test } from "vitest";
import type { Server } from "../src/server.ts";
import { gate, head, serve, settled } from "./memory-server.ts";
import { contentText } from "./read-responses.ts";

const CHUNKED = "Transfer-Encoding: chunked";

function echo(app: Server): Server {
  return app
    .get("/", (ctx) => void ctx.response.text("hello"))
    .post("/echo", (ctx) => void ctx.response.setBody(ctx.request.stream()));
}

describe("an answer that is complete", () => {
  test("goes out whole although the exchange behind it is cut in the same turn", async () => {
    const server = await serve(echo);
    const peer = await server
      .connect()
      .send(`${head("GET /")}${head("POST /echo", CHUNKED)}ZZ\r\n`);
    expect(peer.text.startsWith("HTTP/1.1 200 OK\r\n")).toBe(true);
    expect(peer.text.endsWith("\r\n\r\nhello")).toBe(true);
    expect([peer.isClosed, server.server.stats().closes]).toEqual([true, { fault: 1 }]);
  });

  test("goes out whole although it is held when the server is forced to close", async () => {
    const server = await serve((app) =>
      app
        .get("/", (ctx) => void ctx.response.text("hello"))
        .get("/stop", async () => void app.close({ graceMs: 0 })),
    );
    const peer = await server.connect().send(head("GET /") + head("GET /stop"));
    expect([peer.statuses, peer.isClosed]).toEqual([[200, 503], true]);
    expect(contentText(peer.responses()[0]!)).toBe("hello");
  });

  test("goes out whole although the answer behind it is cut when the server is forced to close", async () => {
    const server = await serve((app) =>
      app
        .get("/", (ctx) => void ctx.response.text("hello"))
        .get("/stop", async (ctx) => {
          ctx.response.setBody(ctx.request.stream());
          void ctx.send().catch(() => {});
          void app.close({ graceMs: 0 });
        }),
    );
    const peer = await server
      .connect()
      .send(head("GET /") + head("GET /stop", "Content-Length: 5"));
    expect([peer.transport.closed, peer.text.endsWith("\r\n\r\nhello")]).toEqual([true, true]);
  });

  test("goes out, and the connection closes behind it, when its handler throws afterwards", async () => {
    const server = await serve((app) =>
      app.get("/", async (ctx) => {
        ctx.response.text("sent");
        await ctx.send();
        throw new Error("late");
      }),
    );
    const peer = await server.connect().send(head("GET /") + head("GET /"));
    expect([peer.statuses, peer.isClosed]).toEqual([[200], true]);
    expect(peer.text.endsWith("sent")).toBe(true);
  });
});

describe("a request that was whole before the FIN", () => {
  test("is run although the one before it is chunked and read only behind its answer's head", async () => {
    const wait = gate();
    const server = await serve((app) =>
      echo(app).post("/late", async (ctx) => {
        await wait.promise;
        ctx.response.setBody(ctx.request.stream());
      }),
    );
    const peer = server.connect();
    await peer.send(`${head("POST /late", CHUNKED)}3\r\nabc\r\n0\r\n\r\n${head("GET /")}`);
    await peer.end();
    wait.open();
    await settled();
    expect(peer.statuses).toEqual([200, 200]);
    expect(peer.isClosed).toBe(true);
  });
});

describe("the keep-alive deadline", () => {
  test("does not pass while the last answer is being taken, with a request behind it", async () => {
    const server = await serve(
      (app) => app.get("/", (ctx) => void ctx.response.text("a".repeat(5000))),
      { deadlines: { keepAliveMs: 5000, writeStallMs: 60_000 } },
    );
    const peer = await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    await server.advance(3000);
    await peer.send(head("GET /"));
    expect(server.server.stats().connections).toEqual({ open: 1, idle: 0, active: 1 });
    await server.advance(6000);
    await peer.drain(2);
    expect([peer.statuses, peer.isClosed]).toEqual([[200, 200], false]);
    await server.advance(5500);
    expect(server.server.stats().closes).toEqual({});
    expect(peer.isClosed).toBe(true);
  });
});

describe("a handler nobody waits for", () => {
  test("is never fatal when it rejects, and logged when its chain has settled before", async () => {
    const wait = gate();
    const server = await serve((app) =>
      app
        .use((_, next) => {
          void next();
        })
        .get("/", async () => {
          await wait.promise;
          throw new Error("floating");
        }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(peer.statuses).toEqual([404]);
    wait.open();
    await settled();
    expect(server.log.filter(({ level }) => level === "error").length).toBe(1);
  });

  test("is logged once when the chain waits for it", async () => {
    const server = await serve((app) =>
      app
        .use((_, next) => next())
        .use(async (_, next) => {
          await next();
        })
        .get("/", async () => {
          throw new Error("waited for");
        }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(peer.statuses).toEqual([500]);
    expect(server.log.filter(({ level }) => level === "error").length).toBe(1);
  });
});

describe("what a handler in JavaScript may give back", () => {
  /** An object with the `then` that `descriptor` describes. */
  const thenable = (descriptor: PropertyDescriptor) => {
    // biome-ignore lint/suspicious/noThenProperty: thenables are what is tested
    return Object.defineProperty({}, "then", descriptor);
  };
  const fail = () => {
    throw new Error("x");
  };
  const twice = (yes: () => void) => {
    yes();
    yes();
  };
  const results: readonly (readonly [string, () => unknown, number])[] = [
    ["a value", () => 7, 200],
    ["a thenable that settles twice", () => thenable({ value: twice }), 200],
    ["a thenable whose then throws", () => thenable({ value: fail }), 500],
    ["an object whose then cannot be read", () => thenable({ get: fail }), 500],
  ];
  test.each(results)("%s", async (_, result, status) => {
    const server = await serve((app) =>
      app.get("/", (ctx) => {
        ctx.response.text("a");
        return result() as Promise<void>;
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect([peer.statuses, server.server.stats().handlers]).toEqual([[status], 0]);
  });
});

describe("request.remoteAddress", () => {
  test("is known although first asked for when the peer has gone", async () => {
    const wait = gate();
    let seen: string | undefined;
    const server = await serve((app) =>
      app.get("/", async (ctx) => {
        await wait.promise;
        seen = ctx.request.remoteAddress;
      }),
    );
    const peer = await server.connect({ remoteAddress: "::ffff:192.0.2.1" }).send(head("GET /"));
    Object.defineProperty(peer.transport, "remoteAddress", { value: undefined });
    await peer.reset();
    wait.open();
    await settled();
    expect(seen).toBe("192.0.2.1");
  });
});

describe("a response with fields alone", () => {
  test("is 404 even with a Content-Length", async () => {
    const server = await serve((app) =>
      app.use((ctx) => void ctx.response.setHeader("Content-Length", 3)),
    );
    expect((await server.connect().send(head("GET /"))).statuses).toEqual([404]);
  });
});

describe("a stream of content nobody asks a piece of", () => {
  test("gets no 100, and the connection closes (RFC 9110 §10.1.1)", async () => {
    const server = await serve((app) =>
      app.post("/", (ctx) => {
        ctx.request.stream();
        ctx.response.text("ok");
      }),
    );
    const peer = await server
      .connect()
      .send(head("POST /", "Expect: 100-continue", "Content-Length: 5"));
    expect([peer.statuses, peer.isClosed]).toEqual([[200], true]);
    expect(peer.text).toContain("Connection: close\r\n");
  });
});

describe("Server.close", () => {
  test("refuses an option it does not have", async () => {
    const server = await serve(echo);
    const closed = server.server.close({ drainMs: 5 } as never);
    await expect(closed).rejects.toThrow(
      "Cannot close: there is no option drainMs, allowed are drainDelayMs, graceMs, idleMs",
    );
  });
});
