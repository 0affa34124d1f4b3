import { describe, expect, test } from "vitest";
import { HttpError } from "./errors.ts";
import { Router } from "./router.ts";

function handlerOf(name: string): (() => void) & { readonly label: string } {
  return Object.assign(() => {}, { label: name });
}

/** A router of `METHOD pattern` routes; each handler is labeled by its route. */
function routerOf(...routes: readonly string[]): Router<object> {
  const router = new Router<object>();
  for (const route of routes) {
    const [method, pattern] = route.split(" ") as [string, string];
    if (method === "ANY") router.addAny(pattern, handlerOf(route));
    else router.add(method, pattern, handlerOf(route));
  }
  return router;
}

function found(router: Router<object>, method: string, path: string): unknown {
  const match = router.match(method, path);
  return match && (match.handler as unknown as { label: string }).label;
}

function paramsOf(router: Router<object>, path: string): unknown {
  const params = router.match("GET", path)?.params;
  return params && { ...params };
}

describe("Router.match", () => {
  test.each([
    ["GET /a", "/a", true],
    ["GET /a", "/a/", true],
    ["GET /a/", "/a", true],
    ["GET /", "/", true],
    ["GET /a", "/A", false],
    ["GET /a", "/a/b", false],
    ["GET /a", "/", false],
    ["GET /a", "/%61", false],
    ["GET /a/:id", "/a/1", true],
    ["GET /a/:id", "/a/1/", true],
    ["GET /a/:id", "/a/", false],
    ["GET /a/:id", "/a", false],
    ["GET /a/**:rest", "/a/1/2", true],
    ["GET /__proto__", "/__proto__", true],
    ["GET /a", "/__proto__", false],
    ["GET /a", "/constructor", false],
    ["GET /a", "/hasOwnProperty", false],
  ] as const)("of %s with %s is %s", (route, path, expected) => {
    expect(found(routerOf(route), "GET", path)).toBe(expected ? route : undefined);
  });

  test("prefers the static segment to the parameter to the wildcard", () => {
    const router = routerOf("GET /a/**", "GET /a/:id", "GET /a/b");
    expect(["/a/b", "/a/c", "/a/c/d"].map((path) => found(router, "GET", path))).toEqual([
      "GET /a/b",
      "GET /a/:id",
      "GET /a/**",
    ]);
  });

  test("takes methods by case (RFC 9110 §9.1)", () => {
    const router = new Router<object>();
    try {
      router.add("get", "/a", handlerOf("get /a"));
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return;
    }
    expect(found(router, "get", "/a")).toBe("get /a");
    expect(found(router, "GET", "/a")).toBe(undefined);
  });

  test("finds methods named like members of Object only when they are routes", () => {
    const router = routerOf("GET /a", "GET /b/:id");
    for (const method of ["__proto__", "constructor", "toString"]) {
      for (const path of ["/a", "/b/1"]) expect(found(router, method, path)).toBe(undefined);
      expect(router.knows(method)).toBe(false);
    }
  });

  test("of HEAD follows GET (RFC 9110 §9.3.2)", () => {
    const router = routerOf("GET /a", "GET /b", "HEAD /b");
    expect(found(router, "HEAD", "/a")).toBe("GET /a");
    expect(found(router, "HEAD", "/b")).toBe("HEAD /b");
  });

  test("of HEAD follows GET also where a route for every method is less specific", () => {
    const router = routerOf("ANY /**", "GET /a");
    expect(found(router, "GET", "/a")).toBe("GET /a");
    expect(found(router, "HEAD", "/a")).toBe("GET /a");
    expect(found(router, "HEAD", "/b")).toBe("ANY /**");
  });

  test("prefers a route of the method to one of every method on the same path", () => {
    const router = routerOf("ANY /a", "POST /a");
    expect(found(router, "POST", "/a")).toBe("POST /a");
    expect(found(router, "PUT", "/a")).toBe("ANY /a");
  });

  test("decodes parameters once, slashes included (RFC 3986 §2.4)", () => {
    const router = routerOf("GET /a/:id", "GET /w/**:rest");
    expect(paramsOf(router, "/a/b%20c")).toEqual({ id: "b c" });
    expect(paramsOf(router, "/a/b%2Fc")).toEqual({ id: "b/c" });
    expect(paramsOf(router, "/a/%2525")).toEqual({ id: "%25" });
    expect(paramsOf(router, "/a/%e2%82%ac+")).toEqual({ id: "\u20ac+" });
    expect(paramsOf(router, "/a/%2e%2e")).toEqual({ id: ".." });
    expect(paramsOf(router, "/w/x/%2525/y")).toMatchObject({ rest: "x/%25/y" });
  });

  test.each(["%", "%2", "%zz", "%ff", "%c0%af", "a%", "%ed%a0%80"])(
    "refuses the malformed parameter %s with 400",
    (segment) => {
      const router = routerOf("GET /a/:id");
      let thrown: unknown;
      try {
        router.match("GET", `/a/${segment}`);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(HttpError);
      expect((thrown as HttpError).status).toBe(400);
    },
  );

  test("leaves malformed percent-encoding outside parameters alone", () => {
    expect(found(routerOf("GET /a/:id"), "GET", "/b/%zz")).toBe(undefined);
  });

  test("gives parameters without a prototype, whatever their names", () => {
    const router = routerOf("GET /:__proto__/:constructor", "GET /x/y/:toString");
    const { params } = router.match("GET", "/a/b")!;
    expect(Object.getPrototypeOf(params)).toBe(null);
    expect(Object.keys(params!).sort()).toEqual(["__proto__", "constructor"]);
    expect(Object.getOwnPropertyDescriptor(params, "__proto__")!.value).toBe("a");
    expect(params!["toString"]).toBe(undefined);
    expect(Object.isFrozen(params)).toBe(true);
    expect(({} as Record<string, unknown>)["a"]).toBe(undefined);
  });
});

describe("Router.add", () => {
  test.each([
    ["GET /a", "GET /a"],
    ["GET /a", "GET /a/"],
    ["GET /a/:id", "GET /a/:name"],
    ["GET /a/:id/b", "GET /a/:x/b/"],
    ["ANY /a", "ANY /a"],
    ["GET /a/**", "GET /a/**:rest"],
    ["GET /a/*", "GET /a/**"],
  ] as const)("refuses behind %s the duplicate %s", (first, second) => {
    expect(() => routerOf(first, second)).toThrow(/it exists/);
  });

  test("names the route that exists", () => {
    expect(() => routerOf("GET /a/:b", "GET /a/:c")).toThrow(
      "Cannot add route GET /a/:c: it exists",
    );
    expect(() => routerOf("ANY /a", "ANY /a")).toThrow("Cannot add route (any) /a: it exists");
  });

  test.each([
    ["GET /a", "POST /a"],
    ["GET /a", "ANY /a"],
    ["GET /a", "GET /A"],
    ["GET /a/:id", "GET /a/b"],
    ["GET /a", "GET /a/b"],
  ] as const)("accepts beside %s the other route %s", (first, second) => {
    expect(found(routerOf(first, second), "GET", "/nothing")).toBe(undefined);
  });

  test.each(["", " ", "GE T", "GET\r\n", "\xe9", "A".repeat(25)])(
    "refuses the method %j",
    (method) => {
      // "" stands for every method inside core; the server's `route` must refuse it itself.
      if (method === "") return;
      expect(() => new Router().add(method, "/a", () => {})).toThrow(TypeError);
    },
  );

  test.each(["", "a", "*", "http://a/"])("refuses the pattern %j", (pattern) => {
    expect(() => new Router().add("GET", pattern, () => {})).toThrow(TypeError);
  });

  test("refuses what is no function, and a pattern that is no string", () => {
    expect(() => new Router().add("GET", "/a", null as never)).toThrow(TypeError);
    expect(() => new Router().add("GET", 5 as never, () => {})).toThrow(TypeError);
  });

  test("leaves the router as it was when it throws", () => {
    const router = routerOf("GET /a");
    expect(() => router.add("PUT", "a", () => {})).toThrow();
    expect(() => router.add("GET", "/a", () => {})).toThrow();
    expect([router.knows("PUT"), router.isEmpty]).toEqual([false, false]);
  });
});

describe("Router.methodsOf", () => {
  test("lists the methods of a path, HEAD with GET and OPTIONS with any", () => {
    const router = routerOf("GET /a", "POST /a", "PUT /b", "DELETE /a/:id");
    expect(router.methodsOf("/a")).toEqual(["GET", "HEAD", "OPTIONS", "POST"]);
    expect(router.methodsOf("/b/")).toEqual(["OPTIONS", "PUT"]);
    expect(router.methodsOf("/a/1")).toEqual(["DELETE", "OPTIONS"]);
    expect(router.methodsOf("/c")).toEqual([]);
    expect(router.methodsOf("/__proto__")).toEqual([]);
  });
});

describe("Router.knows", () => {
  test("OPTIONS always, HEAD with GET, others when some route has them", () => {
    const router = routerOf("GET /a", "PURGE /b");
    for (const method of ["GET", "HEAD", "OPTIONS", "PURGE"]) {
      expect([method, router.knows(method)]).toEqual([method, true]);
    }
    for (const method of ["POST", "get", "Purge", "TRACE"]) {
      expect([method, router.knows(method)]).toEqual([method, false]);
    }
    expect(routerOf("POST /a").knows("HEAD")).toBe(false);
    expect(routerOf("ANY /a").knows("BREW")).toBe(true);
  });
});
