// Middleware as an onion, composed once at start. A chain of synchronous middleware makes no promise.

import type { Context, State } from "./context.ts";

/** Runs the rest of the chain. Calling it twice is an error. */
export type Next = () => void | Promise<void>;

/** Sees every request, in registration order; what it does after `await next()` happens on the way back. */
export type Middleware<S extends object = State> = (
  ctx: Context<S>,
  next: Next,
) => void | Promise<void>;

/** The end of a chain: a route's handler. */
export type Handler<S extends object = State> = (ctx: Context<S>) => void | Promise<void>;

/**
 * Makes one handler of a list of middleware and what is innermost. `onRejected` hears of every rejection inside, because
 * a middleware may call `next` and wait for nothing: such a rejection must not end the process.
 */
export function compose<S extends object>(
  middleware: readonly Middleware<S>[],
  innermost: Handler<S>,
  onRejected: (ctx: Context<S>, thrown: unknown) => void = () => {},
): Handler<S> {
  let chain = innermost;
  for (let i = middleware.length - 1; i >= 0; i--) chain = wrap(middleware[i]!, chain, onRejected);
  return chain;
}

function wrap<S extends object>(
  middleware: Middleware<S>,
  inner: Handler<S>,
  onRejected: (ctx: Context<S>, thrown: unknown) => void,
): Handler<S> {
  return (ctx) => {
    let called = false;
    return middleware(ctx, () => {
      if (called) throw new Error("Cannot call next: it has been called by this middleware");
      called = true;
      const result = inner(ctx);
      if (result instanceof Promise) result.catch((thrown: unknown) => onRejected(ctx, thrown));
      return result;
    });
  };
}
