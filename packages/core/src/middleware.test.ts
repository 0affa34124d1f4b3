import { describe, expect, test } from "vitest";
import { head, serve, settled } from "../test/memory-server.ts";
import { contentText } from "../test/read-responses.ts";
import type { Context } from "./context.ts";
import { compose, type Middleware, type Next } from "./middleware.ts";

const ctx = {} as Context;

/** Middleware that notes its way in and out. */
function noting(trace: string[], name: string): Middleware {
  return async (_, next) => {
    trace.push(`${name} in`);
    await next();
    trace.push(`${name} out`);
  };
}

describe("compose", () => {
  test("runs middleware in registration order, and back in reverse", async () => {
    const trace: string[] = [];
    const chain = compose([noting(trace, "a"), noting(trace, "b")], () => void trace.push("core"));
    await chain(ctx);
    expect(trace).toEqual(["a in", "b in", "core", "b out", "a out"]);
  });

  test("ends the chain at a middleware that does not call next", async () => {
    const trace: string[] = [];
    const chain = compose(
      [noting(trace, "a"), () => void trace.push("b"), noting(trace, "c")],
      () => void trace.push("core"),
    );
    await chain(ctx);
    expect(trace).toEqual(["a in", "b", "a out"]);
  });

  test("makes no promise of a synchronous chain", () => {
    const trace: string[] = [];
    const sync: Middleware = (_, next) => {
      trace.push("in");
      const result = next();
      expect(result).toBe(undefined);
      trace.push("out");
      return result;
    };
    expect(compose([sync, sync], () => void trace.push("core"))(ctx)).toBe(undefined);
    expect(trace).toEqual(["in", "in", "core", "out", "out"]);
  });

  test("gives the innermost itself when there is no middleware", () => {
    const innermost = () => {};
    expect(compose([], innermost)).toBe(innermost);
  });

  test("throws when next is called twice, in turn or at once, and runs the rest once", async () => {
    let runs = 0;
    const twice: readonly Middleware[] = [
      async (_, next) => {
        await next();
        await next();
      },
      async (_, next) => void (await Promise.all([next(), next()])),
      (_, next) => {
        void next();
        return next();
      },
    ];
    for (const middleware of twice) {
      const run = async () => compose([middleware], () => void runs++)(ctx);
      await expect(run()).rejects.toThrow(
        "Cannot call next: it has been called by this middleware",
      );
    }
    expect(runs).toBe(twice.length);
  });

  test("counts calls of next for each request and each middleware on its own", async () => {
    let runs = 0;
    const pass: Middleware = (_, next) => next();
    const chain = compose([pass, pass], () => void runs++);
    chain(ctx);
    chain(ctx);
    expect(runs).toBe(2);
  });

  test("refuses a next that was kept and is called again after the chain has settled", async () => {
    let kept: Next = () => {};
    const keeping: Middleware = (_, next) => {
      kept = next;
      return next();
    };
    await compose([keeping], () => {})(ctx);
    expect(() => kept()).toThrow("Cannot call next");
  });

  test("passes a throw and a rejection through every middleware on the way back", async () => {
    for (const innermost of [
      () => {
        throw new Error("thrown");
      },
      () => Promise.reject(new Error("thrown")),
    ]) {
      const seen: string[] = [];
      const catching: Middleware = async (_, next) => {
        try {
          await next();
        } catch (error) {
          seen.push((error as Error).message);
          throw error;
        }
      };
      await expect((async () => compose([catching, catching], innermost)(ctx))()).rejects.toThrow(
        "thrown",
      );
      expect(seen).toEqual(["thrown", "thrown"]);
    }
  });
});

describe("middleware of a server", () => {
  test("run before routing, wherever they were registered", async () => {
    const trace: string[] = [];
    const server = await serve((app) =>
      app
        .use(noting(trace, "first"))
        .get("/", (c) => {
          trace.push("route");
          c.response.text("a");
        })
        .middleware(noting(trace, "second")),
    );
    await server.connect().send(head("GET /"));
    expect(trace).toEqual(["first in", "second in", "route", "second out", "first out"]);
  });

  test("may answer for a handler that threw", async () => {
    const server = await serve((app) =>
      app
        .use(async (c, next) => {
          try {
            await next();
          } catch {
            c.response.setStatusCode(418).setBody("caught");
          }
        })
        .get("/", () => {
          throw new Error("boom");
        }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(peer.responses().map((r) => [r.status, contentText(r)])).toEqual([[418, "caught"]]);
    expect(server.log).toEqual([]);
  });

  test("that call next twice are answered 500, the inner handler runs once", async () => {
    let runs = 0;
    const server = await serve((app) =>
      app
        .use(async (_, next) => {
          await next();
          await next();
        })
        .get("/", (c) => {
          runs++;
          c.response.text("a");
        }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect([peer.statuses, runs]).toEqual([[500], 1]);
  });

  test("see a state of their own for each request", async () => {
    const states: unknown[] = [];
    const server = await serve((app) =>
      app
        .use((c, next) => {
          expect(Object.keys(c.state)).toEqual([]);
          c.state["n"] = states.push(c.state);
          return next();
        })
        .get("/", (c) => void c.response.text(String(c.state["n"]))),
    );
    const peer = await server.connect().send(head("GET /") + head("GET /"));
    expect(peer.responses().map(contentText)).toEqual(["1", "2"]);
    expect(states[0]).not.toBe(states[1]);
  });

  test("that give back something other than a promise count as settled", async () => {
    // TypeScript refuses them; JavaScript writes `(ctx) => ctx.response.text("a")` all day long.
    for (const result of [(c: Context) => c.response.text("a"), () => null, () => 5, () => "x"]) {
      const server = await serve((app) =>
        app.use((c) => {
          c.response.text("a");
          return result(c) as never;
        }),
      );
      const peer = await server.connect().send(head("GET /"));
      await settled();
      expect([peer.statuses, peer.isClosed]).toEqual([[200], false]);
    }
  });

  test("that are no functions are refused", async () => {
    await serve((app) => {
      for (const wrong of [null, undefined, {}, "a"]) {
        expect(() => app.use(wrong as never)).toThrow(TypeError);
        expect(() => app.middleware(wrong as never)).toThrow(TypeError);
      }
    });
  });
});
