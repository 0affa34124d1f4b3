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

/** Stands for every method in a route. */
const ANY = "";

export class Router<S extends object> {
  readonly #routes = createRouter<Handler<S>>();
  readonly #seen = new Set<string>();
  /** Methods that some route of the server has; `ANY` among them when a route has all. */
  readonly #methods = new Set<string>();

  get isEmpty(): boolean {
    return this.#seen.size === 0;
  }

  /** Adds a route. Throws `TypeError` for a method or pattern that cannot be, `Error` for a route that exists. */
  add(method: string, pattern: string, handler: Handler<S>): void {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,24}$/.test(method) && method !== ANY) {
      throw new TypeError(
        `Cannot add a route: method is ${JSON.stringify(method)}, allowed is a token of 1 to 24 octets`,
      );
    }
    if (typeof pattern !== "string" || !pattern.startsWith("/")) {
      throw new TypeError(
        `Cannot add a route: pattern is ${JSON.stringify(pattern)}, allowed is a path that begins with /`,
      );
    }
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot add route ${pattern}: its handler is no function`);
    }
    // Two patterns that differ in the names of their parameters or in a last slash match the same paths.
    const shape = pattern.replace(/:[A-Za-z_]\w*/g, ":").replace(/(?<=.)\/$/, "");
    const key = `${method} ${shape}`;
    if (this.#seen.has(key)) {
      throw new Error(`Cannot add route ${method || "(any)"} ${pattern}: it exists`);
    }
    addRoute(this.#routes, method, pattern, handler);
    this.#seen.add(key);
    this.#methods.add(method);
  }

  /** The handler for a request, HEAD falling back to GET. Throws `HttpError` 400 for malformed percent-encoding. */
  match(method: string, path: string): RouteMatch<S> | undefined {
    let found = findRoute(this.#routes, method, path);
    if (found === undefined && method === "HEAD") found = findRoute(this.#routes, "GET", path);
    if (found === undefined) return undefined;
    return { handler: found.data, params: found.params && decodeParams(found.params) };
  }

  /** The methods a path answers to, for Allow; empty when no route has the path. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const method of this.#methods) {
      if (method === ANY || findRoute(this.#routes, method, path) === undefined) continue;
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
