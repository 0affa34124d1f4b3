// The two questions whoever watches a server asks, answered before middleware and never shed: does it live, does it want
// requests.

import type { Exchange } from "./exchange.ts";

/** Paths of the answers, as a request-target has them; without one the question is not answered. */
export interface HealthPaths {
  /** GET and HEAD: 200 as long as the process answers at all. */
  readonly live?: string;
  /** GET and HEAD: 200, or 503 once the server is closing or refuses requests under pressure. */
  readonly ready?: string;
}

/** Answers the exchange when it asks one of the two. Reports whether it did. */
export function answersHealth(exchange: Exchange, paths: HealthPaths, isReady: boolean): boolean {
  const { method, path } = exchange.head;
  if (method !== "GET" && method !== "HEAD") return false;
  if (path !== paths.live && path !== paths.ready) return false;
  const isWell = path === paths.live || isReady;
  exchange.answer(isWell ? 200 : 503, { "Cache-Control": "no-store" });
  return true;
}
