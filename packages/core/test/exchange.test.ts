// How an exchange goes: ctx.send, ctx.finished, handlers that throw or reject, HttpError, onError.

import { describe, expect, test } from "vitest";
import type { Context, ExchangeReport } from "../src/context.ts";
import { HttpError, TransportError } from "../src/errors.ts";
import { gate, head, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf, fieldsOf } from "./read-responses.ts";

/** Pieces handed out by hand. */
function pieces() {
  const gates: ReturnType<typeof gate<string | undefined>>[] = [];
  let asked = 0;
  let returned = 0;
  const stream: AsyncIterableIterator<string> = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      const turn = gates[asked++] ?? gates[gates.push(gate()) - 1]!;
      const value = await turn.promise;
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
    async return() {
      returned++;
      return { done: true, value: undefined };
    },
  };
  const slot = (n: number) => {
    while (gates.length <= n) gates.push(gate());
    return gates[n]!;
  };
  let given = 0;
  return {
    stream,
    async give(value: string | undefined): Promise<void> {
      slot(given++).open(value);
      await settled();
    },
    async fail(error: unknown): Promise<void> {
      slot(given++).fail(error);
      await settled();
    },
    get asked() {
      return asked;
    },
    get returned() {
      return returned;
    },
  };
}

describe("ctx.send", () => {
  test("sends at once, resolves, and the chain's end sends nothing more", async () => {
    const trace: string[] = [];
    const wait = gate();
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.text("early");
        await ctx.send();
        trace.push("sent");
        await wait.promise;
        trace.push("settled");
      }),
    );
    const peer = await server.connect().send(head("GET /1") + head("GET /2"));
    expect([peer.statuses, trace]).toEqual([[200], ["sent"]]);
    // The next request waits for the handler, one at a time per connection.
    wait.open();
    await settled();
    expect(peer.statuses).toEqual([200, 200]);
    expect(trace).toEqual(["sent", "settled", "sent", "settled"]);
  });

  test("a second time rejects and leaves the first answer alone", async () => {
    const errors: string[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.text("once");
        await ctx.send();
        await ctx.send().catch((error: Error) => errors.push(error.message));
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(errors).toEqual(["Cannot send the response: it has been sent"]);
    expect(peer.responses().map(contentText)).toEqual(["once"]);
  });

  test("of a response nobody set sends 200 without content", async () => {
    const server = await serve((app) => app.use((ctx) => ctx.send()));
    const [response] = (await server.connect().send(head("GET /"))).responses();
    expect([response!.status, fieldOf(response!, "Content-Length")]).toEqual([200, "0"]);
  });

  test("of a response that contradicts itself rejects, nothing goes out, and it may be sent mended", async () => {
    const errors: unknown[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody("hello").setHeader("Content-Length", 4);
        await ctx.send().catch((error) => errors.push(error));
        ctx.response.setHeader("Content-Length", 5);
        await ctx.send();
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(peer.responses().map(contentText)).toEqual(["hello"]);
  });

  test("resolves only when all octets are with the transport", async () => {
    let sent = false;
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody(new Uint8Array(300_000));
        await ctx.send();
        sent = true;
      }),
    );
    const peer = await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    let drains = 0;
    while (!sent) {
      expect(peer.responses()[0]!.complete).toBe(false);
      await peer.drain();
      expect(++drains).toBeLessThan(10);
    }
    expect(drains).toBeGreaterThan(2);
    expect(peer.responses()[0]!.complete).toBe(true);
  });

  test("of a stream resolves behind its last piece", async () => {
    const source = pieces();
    const trace: string[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody(source.stream);
        const sent = ctx.send().then(() => trace.push("sent"));
        trace.push("going on");
        await sent;
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await source.give("a");
    await source.give("b");
    expect(trace).toEqual(["going on"]);
    await source.give(undefined);
    expect(trace).toEqual(["going on", "sent"]);
    expect(contentText(peer.responses()[0]!)).toBe("ab");
  });

  test("rejects with TransportError when the connection is lost, before or after it is called", async () => {
    const errors: unknown[] = [];
    const wait = gate();
    const server = await serve((app) =>
      app.use(async (ctx) => {
        if (ctx.request.path === "/after") await wait.promise;
        ctx.response.setBody(new Uint8Array(300_000));
        await ctx.send().catch((error) => errors.push(error));
      }),
    );
    const before = await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    await before.reset();
    const after = await server.connect().send(head("GET /after"));
    await after.reset();
    wait.open();
    await settled();
    expect(errors.map((error) => (error as TransportError).code)).toEqual([
      "ERR_CONNECTION_LOST",
      "ERR_CONNECTION_LOST",
    ]);
    expect(errors.every((error) => error instanceof TransportError)).toBe(true);
  });
});

describe("ctx.finished", () => {
  /** Runs one request and gives the report. */
  async function reportOf(
    build: (ctx: Context) => unknown,
    request: string,
    then: (
      peer: Awaited<ReturnType<Awaited<ReturnType<typeof serve>>["connect"]>>,
    ) => unknown = () => {},
  ): Promise<{ report: ExchangeReport; sent: number }> {
    let report: ExchangeReport | undefined;
    const server = await serve((app) =>
      app.use((ctx) => {
        void ctx.finished.then((found) => {
          report = found;
        });
        return build(ctx) as Promise<void>;
      }),
    );
    const peer = await server.connect().send(request);
    await then(peer);
    await settled();
    return { report: report!, sent: peer.transport.octets.length };
  }

  test("tells sent, and the octets both ways", async () => {
    const request = `${head("POST /", "Content-Length: 3")}abc`;
    const { report, sent } = await reportOf(async (ctx) => {
      ctx.response.setBody(await ctx.request.bytes());
    }, request);
    expect(report).toEqual({ outcome: "sent", octetsIn: request.length, octetsOut: sent });
  });

  test("counts interim responses and chunks", async () => {
    const request = head("POST /", "Content-Length: 3", "Expect: 100-continue");
    const { report, sent } = await reportOf(
      (ctx) => void ctx.response.setBody(ctx.request.stream()),
      request,
      (peer) => peer.send("abc"),
    );
    expect(report).toEqual({ outcome: "sent", octetsIn: request.length + 3, octetsOut: sent });
  });

  test("tells aborted when the connection is lost before the answer", async () => {
    const { report } = await reportOf(
      () => new Promise(() => {}),
      head("GET /"),
      (peer) => peer.reset(),
    );
    expect(report).toEqual({ outcome: "aborted", octetsIn: head("GET /").length, octetsOut: 0 });
  });

  test("tells aborted when a stream fails in the middle", async () => {
    const { report } = await reportOf((ctx) => {
      ctx.response.setBody(
        (async function* () {
          yield "a";
          throw new Error("source");
        })(),
      );
    }, head("GET /"));
    expect(report.outcome).toBe("aborted");
  });

  test("is each request's own when answers leave in one write", async () => {
    const reports: ExchangeReport[] = [];
    const server = await serve((app) =>
      app.use((ctx) => {
        void ctx.finished.then((report) => reports.push(report));
        ctx.response.text(ctx.request.path);
      }),
    );
    const peer = await server.connect().send(head("GET /1") + head("GET /22"));
    expect(peer.transport.writes.length).toBe(1);
    expect(reports.map((report) => report.octetsIn)).toEqual([
      head("GET /1").length,
      head("GET /22").length,
    ]);
    const [first, second] = reports.map((report) => report.octetsOut);
    expect(second! - first!).toBe(1);
    expect(first! + second!).toBe(peer.transport.octets.length);
  });

  test("resolves for those who ask late", async () => {
    let late: Promise<ExchangeReport> | undefined;
    const server = await serve((app) =>
      app.use((ctx) => {
        setImmediate(() => {
          late = ctx.finished;
        });
        ctx.response.text("a");
      }),
    );
    await server.connect().send(head("GET /"));
    expect((await late!).outcome).toBe("sent");
  });
});

describe("a handler that fails before the head is out", () => {
  const failures: readonly (readonly [string, () => unknown])[] = [
    [
      "throws an Error",
      () => {
        throw new Error("secret");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret"))],
    [
      "throws a string",
      () => {
        throw "secret";
      },
    ],
    [
      "throws undefined",
      () => {
        throw undefined;
      },
    ],
    [
      "throws null",
      () => {
        throw null;
      },
    ],
    ["rejects with undefined", () => Promise.reject(undefined)],
    [
      "throws what throws when shown",
      () => {
        throw {
          get message() {
            throw new Error("x");
          },
        };
      },
    ],
  ];
  for (const [name, fail] of failures) {
    test(`and ${name} is logged, answered 500 with the fixed text, and the connection kept`, async () => {
      const server = await serve((app) =>
        app
          .get("/", (ctx) => {
            ctx.response.setStatusCode(201).setHeader("X-Half", "done").setBody("half");
            return fail() as Promise<void>;
          })
          .get("/next", (ctx) => void ctx.response.text("next")),
      );
      const peer = await server.connect().send(head("GET /") + head("GET /next"));
      const [first, second] = peer.responses();
      expect([first!.status, contentText(first!)]).toEqual([500, "Internal Server Error"]);
      expect(fieldsOf(first!, "X-Half")).toEqual([]);
      expect(fieldOf(first!, "Content-Type")).toBe("text/plain");
      expect(contentText(second!)).toBe("next");
      expect(peer.isClosed).toBe(false);
      expect(peer.text).not.toContain("secret");
      expect(server.log.map((record) => [record.level, record.message])).toEqual([
        ["error", "handler threw"],
      ]);
      expect(server.log[0]!.fields).toMatchObject({ method: "GET", target: "/" });
      expect(server.server.stats().handlers).toBe(0);
    });
  }

  test("keeps the connection also behind content nobody read, and never reads that as a request", async () => {
    const server = await serve((app) =>
      app
        .post("/", () => {
          throw new Error("boom");
        })
        .get("/next", (ctx) => void ctx.response.text("next"))
        .get("/smuggled", (ctx) => void ctx.response.text("smuggled")),
    );
    const content = head("GET /smuggled");
    const peer = await server
      .connect()
      .send(`${head("POST /", `Content-Length: ${content.length}`)}${content}${head("GET /next")}`);
    expect(peer.responses().map(contentText)).toEqual(["Internal Server Error", "next"]);
  });
});

describe("a handler that fails after the head is out", () => {
  test("of a stream: the connection is cut, without a last chunk", async () => {
    const source = pieces();
    const server = await serve((app) => app.use((ctx) => void ctx.response.setBody(source.stream)));
    const peer = await server.connect().send(head("GET /") + head("GET /2"));
    await source.give("abc");
    await source.fail(new Error("boom"));
    const [response, more] = peer.responses();
    expect([response!.status, response!.complete, more]).toEqual([200, false, undefined]);
    expect(peer.transport.closed).toBe(true);
    expect(peer.text.endsWith("0\r\n\r\n")).toBe(false);
    expect(server.log.map((record) => record.level)).toEqual(["error"]);
    expect(server.server.stats().closes).toEqual({ handlerThrew: 1 });
  });

  test("with the stream unfinished: the connection is cut and the source let go", async () => {
    const source = pieces();
    const wait = gate();
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody(source.stream);
        void ctx.send();
        await wait.promise;
        throw new Error("boom");
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await source.give("abc");
    wait.open();
    await settled();
    expect([peer.transport.closed, source.returned]).toEqual([true, 1]);
    expect(peer.responses()[0]!.complete).toBe(false);
  });

  test("with the answer whole on its way: it arrives whole", async () => {
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.text("whole");
        await ctx.send();
        throw new Error("boom");
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(peer.responses().map(contentText)).toEqual(["whole"]);
    expect(server.log.map((record) => record.level)).toEqual(["error"]);
  });

  test.each([
    ["more", 2],
    ["less", 4],
  ] as const)(
    "of a stream with %s than its Content-Length: never a byte too many, the connection is cut",
    async (_, length) => {
      const server = await serve((app) =>
        app.use((ctx) => {
          ctx.response.setHeader("Content-Length", length).setBody(
            (async function* () {
              yield "ab";
              yield "c";
            })(),
          );
        }),
      );
      const peer = await server.connect().send(head("GET /") + head("GET /2"));
      expect(peer.transport.closed).toBe(true);
      const [response, more] = peer.responses();
      expect(fieldOf(response!, "Content-Length")).toBe(String(length));
      expect(response!.content.length).toBeLessThanOrEqual(length);
      expect(more).toBe(undefined);
      expect(server.log.map((record) => record.level)).toEqual(["error"]);
    },
  );

  test("of a stream that gives what is no string or octets: the connection is cut", async () => {
    const server = await serve((app) =>
      app.use((ctx) => {
        ctx.response.setBody(
          (async function* () {
            yield 5 as never;
          })(),
        );
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(peer.transport.closed).toBe(true);
  });
});

describe("a handler that fails after the connection was lost", () => {
  test("is logged quietly, and nothing else happens", async () => {
    const wait = gate();
    const server = await serve((app) =>
      app.use(async () => {
        await wait.promise;
        throw new Error("boom");
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await peer.reset();
    wait.open();
    await settled();
    expect(server.log.map((record) => [record.level, record.message])).toEqual([
      ["debug", "client left"],
    ]);
    expect(server.server.stats().handlers).toBe(0);
  });
});

describe("HttpError", () => {
  test.each([399, 600, 200, 404.5, Number.NaN, "404" as never])(
    "refuses the status %s",
    (status) => {
      expect(() => new HttpError(status)).toThrow(RangeError);
    },
  );

  test("carries status, message, cause, headers and expose", () => {
    const cause = new Error("why");
    const error = new HttpError(418, "teapot", { cause, headers: { "X-A": "1" }, expose: true });
    expect([error.name, error.status, error.message, error.cause, error.expose]).toEqual([
      "HttpError",
      418,
      "teapot",
      cause,
      true,
    ]);
    expect(error.headers).toEqual({ "X-A": "1" });
    expect("cause" in new HttpError(404)).toBe(false);
  });

  async function thrown(error: unknown, request = head("GET /")) {
    const server = await serve((app) =>
      app.use(() => {
        throw error;
      }),
    );
    const peer = await server.connect().send(request);
    return { peer, server, response: peer.responses([request.slice(0, request.indexOf(" "))])[0]! };
  }

  test("is answered by its status with the status's own text", async () => {
    const { response, peer, server } = await thrown(new HttpError(403, "because of <secret>"));
    expect([response.status, contentText(response)]).toEqual([403, "Forbidden"]);
    expect(fieldOf(response, "Content-Type")).toBe("text/plain");
    expect(peer.isClosed).toBe(false);
    expect(server.log.map((record) => record.level)).toEqual(["debug"]);
  });

  test("is answered with its message only when it exposes it", async () => {
    const { response } = await thrown(new HttpError(409, "taken \u20ac", { expose: true }));
    expect([response.status, contentText(response)]).toEqual([409, "taken \u20ac"]);
  });

  test("of 500 and above is logged as an error", async () => {
    const { response, server } = await thrown(new HttpError(503));
    expect([response.status, contentText(response)]).toEqual([503, "Service Unavailable"]);
    expect(server.log.map((record) => record.level)).toEqual(["error"]);
  });

  test("adds its headers", async () => {
    const headers = { "Retry-After": "5", "Content-Type": "text/html", Allow: "GET" };
    const { response } = await thrown(new HttpError(405, "no", { headers }));
    expect(["Retry-After", "Content-Type", "Allow"].map((name) => fieldOf(response, name))).toEqual(
      ["5", "text/html", "GET"],
    );
  });

  test.each([
    ["a value that would split the head", { "X-A": "a\r\nX-B: 1" }],
    ["a name that is no token", { "a b": "1" }],
    ["a Content-Length that is wrong", { "Content-Length": "1" }],
    ["a Transfer-Encoding", { "Transfer-Encoding": "chunked" }],
    ["an unknown coding", { "Content-Encoding": "made-up" }],
  ] as const)("with %s still gives one whole answer, and is logged", async (_, headers) => {
    const { response, peer, server } = await thrown(
      new HttpError(404, "no", { headers: headers as unknown as Record<string, string> }),
    );
    expect([404, 500]).toContain(response.status);
    expect([response.complete, fieldsOf(response, "X-B")]).toEqual([true, []]);
    expect(server.log.some((record) => record.level === "error")).toBe(true);
    await peer.send(head("GET /"));
    expect(peer.responses().length).toBe(2);
  });

  test("has no content when the method is HEAD, but its length (RFC 9110 §9.3.2)", async () => {
    const { response, peer } = await thrown(new HttpError(404), head("HEAD /"));
    expect([response.status, fieldOf(response, "Content-Length")]).toEqual([404, "9"]);
    expect(peer.text.endsWith("\r\n\r\n")).toBe(true);
  });
});

describe("server.onError", () => {
  test("sees every thrown value with its context", async () => {
    const seen: unknown[] = [];
    const error = new Error("boom");
    const server = await serve((app) =>
      app
        .onError((thrown, ctx) => void seen.push(thrown, ctx.request.path))
        .get("/error", () => Promise.reject(error))
        .get("/http", () => {
          throw new HttpError(404);
        })
        .get("/undefined", () => {
          throw undefined;
        })
        .get("/fine", (ctx) => void ctx.response.text("a")),
    );
    for (const path of ["/error", "/http", "/undefined", "/fine"]) {
      await server.connect().send(head(`GET ${path}`));
    }
    expect(seen.length).toBe(6);
    expect(seen[0]).toBe(error);
    expect((seen[2] as HttpError).status).toBe(404);
    expect([seen[1], seen[3], seen[4], seen[5]]).toEqual([
      "/error",
      "/http",
      undefined,
      "/undefined",
    ]);
  });

  test("that throws is logged, and the answer goes out all the same", async () => {
    const server = await serve((app) =>
      app
        .onError(() => {
          throw new Error("observer");
        })
        .use(() => {
          throw new Error("boom");
        }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect([peer.statuses, peer.isClosed]).toEqual([[500], false]);
    expect(server.log.map((record) => record.message)).toEqual(["handler threw", "onError threw"]);
  });

  test("that rejects is never an unhandled rejection", async () => {
    let watched = false;
    const rejected = Promise.reject(new Error("observer"));
    // Ours, so that the test run survives; whether core listens too is seen at `then`.
    rejected.catch(() => {});
    const then = rejected.then.bind(rejected);
    rejected.then = ((...callbacks: never[]) => {
      watched = true;
      return (then as (...callbacks: never[]) => Promise<never>)(...callbacks);
    }) as typeof rejected.then;
    const server = await serve((app) =>
      app
        .onError(() => rejected as never)
        .use(() => {
          throw new Error("boom");
        }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect([peer.statuses, watched]).toEqual([[500], true]);
  });

  test("does not stand in the way of a logger that throws", async () => {
    const throwing = () => {
      throw new Error("disk full");
    };
    const calls = ["trace", "debug", "info", "warn", "error", "fatal", "child"];
    const logger = Object.fromEntries([
      ["level", "info"],
      ...calls.map((call) => [call, throwing]),
    ]);
    const server = await serve(
      (app) =>
        app.use(() => {
          throw new Error("boom");
        }),
      { logger: logger as never },
    );
    const peer = await server.connect().send(head("GET /"));
    expect([peer.statuses, peer.isClosed]).toEqual([[500], false]);
    const faulty = await server.connect().send("nonsense\r\n\r\n");
    expect([faulty.statuses, faulty.isClosed]).toEqual([[400], true]);
  });
});

describe("a streamed answer", () => {
  test("is pulled only while the transport takes octets", async () => {
    let pulled = 0;
    const server = await serve((app) =>
      app.use((ctx) => {
        ctx.response.setBody(
          (async function* () {
            for (; pulled < 100; ) {
              pulled++;
              yield new Uint8Array(10_000);
            }
          })(),
        );
      }),
    );
    const peer = await server.connect({ highWaterOctets: 5000 }).send(head("GET /"));
    expect(pulled).toBeLessThan(10);
    const before = pulled;
    await settled();
    expect(pulled).toBe(before);
    let drains = 0;
    while (pulled < 100 || !peer.responses()[0]!.complete) {
      await peer.drain();
      expect(++drains).toBeLessThan(200);
    }
    expect(peer.responses()[0]!.content.length).toBe(1_000_000);
  });

  test("lets go of its source when the connection is lost, also while a piece is waited for", async () => {
    const source = pieces();
    const server = await serve((app) => app.use((ctx) => void ctx.response.setBody(source.stream)));
    const peer = await server.connect().send(head("GET /"));
    await source.give("a");
    await peer.reset();
    expect(source.returned).toBe(1);
    expect(server.server.stats().connections.open).toBe(0);
  });

  test("cancels a ReadableStream when the connection is lost", async () => {
    let canceled = 0;
    const server = await serve((app) =>
      app.use((ctx) => {
        ctx.response.setBody(
          new ReadableStream({
            pull: () => new Promise(() => {}),
            cancel: () => void canceled++,
          }),
        );
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await peer.reset();
    expect(canceled).toBe(1);
  });

  test("whose source throws when it is let go costs nothing but itself", async () => {
    const server = await serve((app) =>
      app.use((ctx) => {
        const iterator = {
          [Symbol.asyncIterator]: () => iterator,
          next: () => new Promise<never>(() => {}),
          return() {
            throw new Error("will not");
          },
        };
        ctx.response.setBody(iterator as AsyncIterable<string>);
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    try {
      await peer.reset();
    } catch {
      // An event of the transport must not throw; what counts is that nothing is left behind.
    }
    expect(server.server.stats().connections.open).toBe(0);
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("that HEAD or 204 does not send lets go of its source", async () => {
    for (const [request, code] of [
      [head("HEAD /"), 200],
      [head("GET /"), 204],
    ] as const) {
      const source = pieces();
      const server = await serve((app) =>
        app.use((ctx) => void ctx.response.setBody(source.stream).setStatusCode(code)),
      );
      await server.connect().send(request);
      expect([source.asked, source.returned]).toEqual([0, 1]);
    }
  });

  test("echoes what the peer still sends", async () => {
    const server = await serve((app) =>
      app.post("/", (ctx) => void ctx.response.setBody(ctx.request.stream())),
    );
    const peer = await server.connect().send(head("POST /", "Transfer-Encoding: chunked"));
    await peer.send("3\r\nabc\r\n");
    expect(contentText(peer.responses()[0]!)).toBe("abc");
    await peer.send("2\r\nde\r\n0\r\n\r\n");
    await peer.send(`${head("POST /", "Content-Length: 1")}x`);
    expect(peer.responses().map(contentText)).toEqual(["abcde", "x"]);
    expect(peer.isClosed).toBe(false);
  });

  test("echoes content that its generator begins to read only when the head is out", async () => {
    const server = await serve((app) =>
      app.post("/", (ctx) => {
        ctx.response.setBody(
          (async function* () {
            for await (const piece of ctx.request.stream()) yield piece;
          })(),
        );
      }),
    );
    for (const [request, more] of [
      [`${head("POST /", "Content-Length: 5")}abc`, "de"],
      [`${head("POST /", "Transfer-Encoding: chunked")}3\r\nabc\r\n`, "2\r\nde\r\n0\r\n\r\n"],
      [`${head("POST /", "Transfer-Encoding: chunked")}5\r\nabcde\r\n0\r\n\r\n`, ""],
    ] as const) {
      const peer = await server.connect().send(request);
      if (more !== "") await peer.send(more);
      const [response] = peer.responses();
      expect([contentText(response!), response!.complete]).toEqual(["abcde", true]);
    }
  });
});
