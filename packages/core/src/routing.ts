// The innermost layer of the chain: finds the route, else answers 501, 404, 405 or OPTIONS, each only when no middleware
// has set a status or content.

import { type Context, contextHost } from "./context.ts";
import type { Handler } from "./middleware.ts";
import type { Router } from "./router.ts";

function answer<S extends object>(
  ctx: Context<S>,
  status: number,
  headers?: Readonly<Record<string, string>>,
): void {
  contextHost(ctx as Context<never>).answer(status, headers);
}

/** Makes the layer. With no routes at all, every method and path is the middleware's business. */
export function routeLayer<S extends object>(router: Router<S>): Handler<S> {
  if (router.isEmpty) return () => {};
  return (ctx) => {
    const { method, path } = contextHost(ctx as Context<never>).head;
    // rou3 takes paths only; the one other form that comes here is the asterisk of OPTIONS.
    const match = path.startsWith("/") ? router.match(method, path) : undefined;
    if (match !== undefined) {
      if (match.params !== undefined) ctx.request.params = match.params;
      return match.handler(ctx);
    }
    if (ctx.response.isSet || ctx.response.isCommitted) return undefined;
    if (!router.knows(method)) {
      answer(ctx, 501);
      return undefined;
    }
    const allowed = path === "*" ? [] : router.methodsOf(path);
    if (method === "OPTIONS" && (allowed.length > 0 || path === "*")) {
      if (allowed.length > 0) ctx.response.setHeader("Allow", allowed.join(", "));
      ctx.response.setStatusCode(204);
      return undefined;
    }
    if (allowed.length > 0) answer(ctx, 405, { Allow: allowed.join(", ") });
    else answer(ctx, 404);
    return undefined;
  };
}
