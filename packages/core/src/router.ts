// Routes by method and path, on rou3, which matches; what rou3 leaves to its user is here: percent-decoding once, the
// methods a path has, refusing duplicates (RFC 9110 §15.5.5, §15.5.6, §15.6.2).

import { addRoute, createRouter, findRoute } from "rou3";
import { HttpError } from "./errors.ts";
import type { Handler } from "./middleware.ts";
import type { Params } from "./request.ts";

export interface RouteMatch<S extends object> {
  readonly handler: Handler<S>;
  readonly params: Params | undefined;
}

/** Stands for every method, in rou3 too. */
const ANY = "";

interface Route<S extends object> {
  readonly method: string;
  readonly pattern: string;
  readonly handler: Handler<S>;
}

/** Routes are collected, then matched; adding after the first match is too late. */
export class Router<S extends object> {
  /** By method and shape of the pattern. */
  readonly #routes = new Map<string, Route<S>>();
  /** Methods that some route of the server has; `ANY` among them when a route has all. */
  readonly #methods = new Set<string>();
  #matcher: ReturnType<typeof createRouter<RouteMatch<S>>> | undefined;

  get isEmpty(): boolean {
    return this.#routes.size === 0;
  }

  /** Adds a route. Throws `TypeError` for a method or pattern that cannot be, `Error` for a route that exists. */
  add(method: string, pattern: string, handler: Handler<S>): void {
    // Methods are case-sensitive (RFC 9110 §9.1), rou3 folds them; no method in use has lower case.
    if (typeof method !== "string" || !/^[!#$%&'*+\-.^_`|~0-9A-Z]{1,24}$/.test(method)) {
      throw new TypeError(
        `Cannot add a route: method is ${JSON.stringify(method)}, allowed is a token of 1 to 24 octets without lower case`,
      );
    }
    this.#add(method, pattern, handler);
  }

  /** Adds a route for every method. */
  addAny(pattern: string, handler: Handler<S>): void {
    this.#add(ANY, pattern, handler);
  }

  #add(method: string, pattern: string, handler: Handler<S>): void {
    if (typeof pattern !== "string" || !pattern.startsWith("/")) {
      throw new TypeError(
        `Cannot add a route: pattern is ${JSON.stringify(pattern)}, allowed is a path that begins with /`,
      );
    }
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot add route ${pattern}: its handler is no function`);
    }
    const key = `${method} ${shapeOf(pattern)}`;
    if (this.#routes.has(key)) {
      throw new Error(`Cannot add route ${method || "(any)"} ${pattern}: it exists`);
    }
    // Added to a matcher of its own first, so that a pattern rou3 refuses leaves nothing behind.
    addRoute(createRouter<Handler<S>>(), method, pattern, handler);
    this.#routes.set(key, { method, pattern, handler });
    this.#methods.add(method);
  }

  /** The handler for a request. Throws `HttpError` 400 for malformed percent-encoding. */
  match(method: string, path: string): RouteMatch<S> | undefined {
    this.#matcher ??= this.#build();
    const found = findRoute(this.#matcher, method, path);
    if (found?.params === undefined) return found?.data;
    return { handler: found.data.handler, params: decodeParams(found.params) };
  }

  #build(): ReturnType<typeof createRouter<RouteMatch<S>>> {
    const matcher = createRouter<RouteMatch<S>>();
    for (const { method, pattern, handler } of this.#routes.values()) {
      const match = { handler, params: undefined };
      addRoute(matcher, method, pattern, match);
      const hasHead = this.#routes.has(`HEAD ${shapeOf(pattern)}`);
      if (method === "GET" && !hasHead) addRoute(matcher, "HEAD", pattern, match);
    }
    return matcher;
  }

  /** The methods a path answers to, for Allow; empty when no route has the path. */
  methodsOf(path: string): string[] {
    this.#matcher ??= this.#build();
    const methods = new Set<string>();
    for (const method of this.#methods) {
      if (method === ANY || findRoute(this.#matcher, method, path) === undefined) continue;
      methods.add(method);
      if (method === "GET") methods.add("HEAD");
    }
    if (methods.size > 0) methods.add("OPTIONS");
    return [...methods].sort();
  }

  /** Reports whether any route of the server has the method. */
  knows(method: string): boolean {
    if (method === "OPTIONS" || this.#methods.has(method) || this.#methods.has(ANY)) return true;
    return method === "HEAD" && this.#methods.has("GET");
  }
}

/** Two patterns of the same shape match the same paths: names and a last slash make no difference. */
function shapeOf(pattern: string): string {
  return pattern
    .replace(/\*\*:[A-Za-z_]\w*/g, "**")
    .replace(/:[A-Za-z_]\w*/g, ":")
    .replace(/\/\*\/?$/, "/**")
    .replace(/(?<=.)\/$/, "");
}

function decodeParams(raw: Readonly<Record<string, string>>): Params {
  const params: Record<string, string> = Object.create(null);
  for (const name of Object.keys(raw)) {
    const value = raw[name]!;
    try {
      params[name] = value.includes("%") ? decodeURIComponent(value) : value;
    } catch (cause) {
      throw new HttpError(400, "the path holds malformed percent-encoding", { cause });
    }
  }
  return Object.freeze(params);
}
