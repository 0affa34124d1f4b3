import { describe, expect, test } from "vitest";
import { head, serve, settled } from "../test/memory-server.ts";
import { contentText, fieldOf } from "../test/read-responses.ts";
import type { Server } from "./server.ts";

interface RoutingCase {
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly allow?: string;
  readonly content?: string;
}

function build(server: Server): void {
  server
    .get("/a", (ctx) => void ctx.response.text(`get ${ctx.request.path}`))
    .post("/a", (ctx) => void ctx.response.text("post"))
    .put("/b", (ctx) => void ctx.response.text("put"))
    .options("/own", (ctx) => void ctx.response.text("own"))
    .get("/users/:id", (ctx) => void ctx.response.json(ctx.request.params))
    .get("/empty", () => {})
    .route("PURGE", "/c", (ctx) => void ctx.response.text("purged"));
}

const CASES: readonly RoutingCase[] = [
  { name: "a route answers", request: "GET /a", status: 200, content: "get /a" },
  { name: "the query plays no part", request: "GET /a?x=/b", status: 200, content: "get /a" },
  { name: "`/a/` is like `/a`", request: "GET /a/", status: 200, content: "get /a/" },
  {
    name: "an absolute-form is routed by its path",
    request: "GET http://a/a",
    status: 200,
    content: "get /a",
  },
  { name: "HEAD follows GET (RFC 9110 §9.3.2)", request: "HEAD /a", status: 200 },
  { name: "a method of one's own is routed", request: "PURGE /c", status: 200, content: "purged" },
  {
    name: "parameters are decoded once",
    request: "GET /users/a%20b%2525",
    status: 200,
    content: '{"id":"a b%25"}',
  },
  { name: "malformed parameters are 400", request: "GET /users/%zz", status: 400 },
  {
    name: "a path no route has is 404 (RFC 9110 §15.5.5)",
    request: "GET /nothing",
    status: 404,
    content: "Not Found",
  },
  {
    name: "a path under another method is 405 with Allow (RFC 9110 §15.5.6)",
    request: "PUT /a",
    status: 405,
    allow: "GET, HEAD, OPTIONS, POST",
    content: "Method Not Allowed",
  },
  {
    name: "HEAD where GET is no route is 405",
    request: "HEAD /b",
    status: 405,
    allow: "OPTIONS, PUT",
  },
  {
    name: "a method without any route is 501, known path or not (RFC 9110 §15.6.2)",
    request: "DELETE /a",
    status: 501,
    content: "Not Implemented",
  },
  { name: "methods are case-sensitive (RFC 9110 §9.1)", request: "get /a", status: 501 },
  {
    name: "OPTIONS without a route is 204 with Allow (RFC 9110 §9.3.7)",
    request: "OPTIONS /a",
    status: 204,
    allow: "GET, HEAD, OPTIONS, POST",
  },
  { name: "OPTIONS with a route is its own", request: "OPTIONS /own", status: 200, content: "own" },
  { name: "OPTIONS of a path no route has is 404", request: "OPTIONS /nothing", status: 404 },
  { name: "OPTIONS * is 204 (RFC 9110 §9.3.7)", request: "OPTIONS *", status: 204 },
  { name: "a handler that sets nothing is 404", request: "GET /empty", status: 404 },
  { name: "TRACE is 501 (RFC 9110 §9.3.8)", request: "TRACE /a", status: 501 },
];

describe("routing", () => {
  for (const { name, request, status, allow, content } of CASES) {
    test(name, async () => {
      const server = await serve(build);
      const peer = await server.connect().send(head(request));
      const [method] = request.split(" ");
      const [response, more] = peer.responses([method!]);
      expect(more).toBe(undefined);
      expect([response!.status, fieldOf(response!, "Allow")]).toEqual([status, allow]);
      if (content !== undefined) expect(contentText(response!)).toBe(content);
      expect(peer.isClosed).toBe(false);
    });
  }

  test("of CONNECT is 501 and closes (RFC 9110 §9.3.6)", async () => {
    let ran = false;
    const server = await serve((app) =>
      app.use(() => {
        ran = true;
      }),
    );
    const peer = await server
      .connect()
      .send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([peer.statuses, peer.isClosed, ran]).toEqual([[501], true, false]);
  });

  test("with no routes at all leaves any method to the middleware", async () => {
    const server = await serve((app) => app.use((ctx) => void ctx.response.text("any")));
    for (const method of ["GET", "BREW", "OPTIONS", "DELETE"]) {
      const peer = await server.connect().send(head(`${method} /x`));
      expect(peer.statuses).toEqual([200]);
    }
  });

  test("with neither routes nor an answer of middleware is 404", async () => {
    const server = await serve((app) => app.use((_, next) => next()));
    expect((await server.connect().send(head("BREW /x"))).statuses).toEqual([404]);
  });

  test("answers nothing itself when middleware have set status or content, but runs the route", async () => {
    for (const set of [
      (app: Server) =>
        app.use((ctx, next) => {
          ctx.response.setStatusCode(203);
          return next();
        }),
      (app: Server) =>
        app.use((ctx, next) => {
          ctx.response.setBody("mine");
          return next();
        }),
    ]) {
      const server = await serve((app) => build(set(app)));
      for (const request of ["GET /nothing", "PUT /a", "DELETE /a", "OPTIONS /a"]) {
        const [response] = (await server.connect().send(head(request))).responses();
        expect([200, 203]).toContain(response!.status);
        expect(fieldOf(response!, "Allow")).toBe(undefined);
      }
      const [response] = (await server.connect().send(head("GET /a"))).responses();
      expect(contentText(response!)).toBe("get /a");
    }
  });

  test("answers itself when middleware have set fields alone", async () => {
    const server = await serve((app) =>
      build(
        app.use((ctx, next) => {
          ctx.response.setHeader("X-A", "1");
          return next();
        }),
      ),
    );
    for (const [request, status] of [
      ["GET /nothing", 404],
      ["PUT /a", 405],
      ["DELETE /a", 501],
      ["OPTIONS /a", 204],
    ] as const) {
      expect((await server.connect().send(head(request))).statuses).toEqual([status]);
    }
  });

  test("answers nothing when middleware have sent already", async () => {
    const server = await serve((app) =>
      build(
        app.use(async (ctx, next) => {
          await ctx.send();
          await next();
        }),
      ),
    );
    const peer = await server.connect().send(head("GET /nothing"));
    await settled();
    expect([peer.statuses, peer.isClosed]).toEqual([[200], false]);
    expect(server.log).toEqual([]);
  });

  test("of OPTIONS * never runs a route of a path", async () => {
    const server = await serve((app) => {
      app.all("/**", (ctx) => void ctx.response.text("any"));
      app.options("/", (ctx) => void ctx.response.text("root"));
    });
    expect((await server.connect().send(head("OPTIONS *"))).statuses).toEqual([204]);
  });

  test("of a route for every method serves any method", async () => {
    const server = await serve((app) => app.all("/x", (ctx) => void ctx.response.text("any")));
    for (const method of ["GET", "HEAD", "BREW", "OPTIONS"]) {
      const peer = await server.connect().send(head(`${method} /x`));
      expect(peer.responses([method]).map((response) => response.status)).toEqual([200]);
    }
    expect((await server.connect().send(head("BREW /y"))).statuses).toEqual([404]);
  });

  test("gives params without a prototype, empty where there are none", async () => {
    const seen: unknown[] = [];
    const server = await serve((app) =>
      app
        .use((ctx, next) => {
          seen.push(Object.keys(ctx.request.params));
          return next();
        })
        .get("/:__proto__", (ctx) => {
          seen.push(Object.keys(ctx.request.params), Object.getPrototypeOf(ctx.request.params));
          ctx.response.text("a");
        }),
    );
    await server.connect().send(head("GET /x"));
    expect(seen).toEqual([[], ["__proto__"], null]);
  });

  test("refuses the route of a method that is empty", async () => {
    await serve((app) => {
      expect(() => app.route("", "/x", () => {})).toThrow(TypeError);
    });
  });

  test("has a short form for each common method", async () => {
    const forms = ["get", "post", "put", "patch", "delete", "head", "options"] as const;
    const server = await serve((app) => {
      for (const form of forms) {
        app[form]("/x", (ctx) => void ctx.response.setHeader("X-Form", form).setStatusCode(200));
      }
    });
    for (const form of forms) {
      const peer = await server.connect().send(head(`${form.toUpperCase()} /x`));
      const [response] = peer.responses([form.toUpperCase()]);
      expect(fieldOf(response!, "X-Form")).toBe(form);
    }
  });
});
