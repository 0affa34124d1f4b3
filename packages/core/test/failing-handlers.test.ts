// Handlers that throw or reject, HttpError, onError: logged, answered while that is possible, never fatal.

import { describe, expect, test } from "vitest";
import type { Clock } from "../src/clock.ts";
import { HttpError } from "../src/errors.ts";
import { countingClock, gate, head, serve, settled } from "./memory-server.ts";
import { pieces } from "./pieces.ts";
import { contentText, fieldOf, fieldsOf } from "./read-responses.ts";

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
    for (const [status, text, level] of [
      [499, "", "debug"],
      [500, "Internal Server Error", "error"],
      [503, "Service Unavailable", "error"],
    ] as const) {
      const { response, server } = await thrown(new HttpError(status));
      expect([response.status, contentText(response)]).toEqual([status, text]);
      expect(server.log.map((record) => record.level)).toEqual([level]);
    }
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
    // biome-ignore lint/suspicious/noThenProperty: whether somebody listens is what is looked at
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

describe("an error of the server itself", () => {
  test("is logged and cuts its own connection, the others live on", async () => {
    const clock = countingClock();
    let isBroken = false;
    const faulty: Clock = {
      ...clock,
      now() {
        if (!isBroken) return clock.now();
        isBroken = false;
        throw new Error("clock broke");
      },
    };
    const server = await serve(
      (app) => app.post("/", async (ctx) => void ctx.response.setBody(await ctx.request.bytes())),
      { clock: faulty },
    );
    const other = server.connect();
    const peer = await server.connect().send(head("POST /", "Content-Length: 5"));
    isBroken = true;
    await peer.send("abc");
    expect([peer.text, peer.transport.closed]).toEqual(["", true]);
    expect(server.log.map(({ level, fields }) => [level, String(fields["err"])])).toContainEqual([
      "error",
      "Error: clock broke",
    ]);
    expect(server.server.stats().closes).toEqual({ internal: 1 });
    await other.send(`${head("POST /", "Content-Length: 1")}x`);
    expect(other.statuses).toEqual([200]);
  });
});
