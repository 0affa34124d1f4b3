// What a running server shares among its connections: resolved options, the wheel, parsers, counters, the composed chain,
// the logger. Knows no listener and no options syntax.

import { FAULTS, type HeadOptions, HeadParser } from "@hyperlane-ts/parser";
import type { Clock } from "./clock.ts";
import { Connection } from "./connection.ts";
import type { CloseReason, ConnectionRuntime } from "./connection-runtime.ts";
import type { Context } from "./context.ts";
import { DateField } from "./date-field.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import type { Deadlines } from "./deadlines.ts";
import { HttpError, TransportError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import type { LogFields, Logger } from "./logger.ts";
import type { Handler } from "./middleware.ts";
import { resolveDeadlines, resolveLimits, type Settings } from "./options.ts";
import { HeadWriter } from "./response-head.ts";
import { Counters, type ServerStats } from "./stats.ts";
import type { Transport } from "./transport.ts";

/** Sees every value a handler threw, after it has been logged and before it is answered. */
export type ErrorObserver = (thrown: unknown, ctx: Context<never>) => void;

/** Parsers kept for the next head; more are only needed while heads arrive in pieces. */
const SPARE_PARSERS_MAX = 64;

export class ServerRuntime implements ConnectionRuntime {
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly headWriter: HeadWriter;
  readonly headOptions: HeadOptions;
  readonly connections: Set<Connection> = new Set();
  readonly counters: Counters = new Counters();
  /** The cap on connections in force. */
  connectionsMax: number;
  draining = false;
  /** While draining: idle time after which a connection is closed. */
  drainIdleMs = 0;
  /** Called after each connection that closes. */
  onClosed: ((connection: Connection, reason: CloseReason) => void) | undefined;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #chain: Handler<never>;
  readonly #onError: ErrorObserver | undefined;
  readonly #spare: HeadParser[] = [];

  constructor(
    settings: Settings,
    clock: Clock,
    chain: Handler<never>,
    onError: ErrorObserver | undefined,
  ) {
    this.limits = resolveLimits(settings);
    this.deadlines = resolveDeadlines(settings);
    this.clock = clock;
    const date = new DateField(clock);
    this.wheel = new DeadlineWheel(clock, () => date.refresh());
    this.headWriter = new HeadWriter(date);
    this.headOptions = { behindTls: settings.behindTls };
    this.connectionsMax = this.limits.connections ?? Number.POSITIVE_INFINITY;
    this.#logger = settings.logger;
    this.#random = settings.random;
    this.#chain = chain;
    this.#onError = onError;
  }

  /** Takes a new connection, or drops it when the cap is reached. */
  accept(transport: Transport): Connection | undefined {
    this.counters.accepted++;
    if (this.connections.size >= this.connectionsMax || this.draining) {
      this.counters.dropped++;
      return undefined;
    }
    const connection = new Connection(this, transport);
    this.connections.add(connection);
    return connection;
  }

  drawBound(most: number): number {
    return Math.ceil(most * (0.9 + 0.1 * this.#random()));
  }

  takeParser(): HeadParser {
    return this.#spare.pop() ?? new HeadParser(this.limits);
  }

  giveParser(parser: HeadParser): void {
    if (this.#spare.length < SPARE_PARSERS_MAX) this.#spare.push(parser);
  }

  handle(exchange: Exchange): void | Promise<void> {
    const { method } = exchange.head;
    if (method === "CONNECT" || method === "TRACE") {
      // A tunnel is never opened, and what would follow one must not be read as requests (RFC 9110 §9.3.6, §9.3.8).
      exchange.answer(501, method === "CONNECT" ? { Connection: "close" } : undefined);
      return undefined;
    }
    return this.#chain(exchange.context);
  }

  handlerStarted(): void {
    this.counters.requests++;
    this.counters.handlers++;
  }

  handlerDone(): void {
    this.counters.handlers--;
  }

  reportThrown(thrown: unknown, context: Context<never> | undefined, late: boolean): void {
    const fields = {
      err: thrown,
      ...(context && { method: context.request.method, target: context.request.target }),
    };
    if (thrown instanceof TransportError || late) this.#log("debug", fields, "client left");
    else if (thrown instanceof HttpError && thrown.status < 500) {
      this.#log("debug", fields, `answered ${thrown.status}`);
    } else this.#log("error", fields, "handler threw");
    if (context !== undefined) this.#observe(thrown, context);
  }

  /** An observer that throws, or gives back a promise that rejects, is logged. */
  #observe(thrown: unknown, context: Context<never>): void {
    const failed = (error: unknown) => this.#log("error", { err: error }, "onError threw");
    try {
      const result = this.#onError?.(thrown, context) as unknown;
      Promise.resolve(result).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** A logger that throws must not decide about a connection, and there is nobody else to tell. */
  #log(level: "debug" | "info" | "error", fields: LogFields, message: string): void {
    try {
      this.#logger[level](fields, message);
    } catch {}
  }

  reportFault(connection: Connection, fault: number, offset: number): void {
    this.counters.countFault(fault);
    const { code, status } = FAULTS[fault]!;
    const { remoteAddress } = connection;
    this.#log("info", { fault: code, status, offset, remoteAddress }, "request refused");
  }

  closed(connection: Connection, reason: CloseReason): void {
    if (!this.connections.delete(connection)) return;
    this.counters.countClose(reason);
    this.onClosed?.(connection, reason);
  }

  stats(): ServerStats {
    let idle = 0;
    let bufferedOctets = 0;
    for (const connection of this.connections) {
      if (connection.isIdle) idle++;
      bufferedOctets += connection.bufferedOctets;
    }
    const { accepted, dropped, requests, handlers, closes, faults } = this.counters;
    const open = this.connections.size;
    return Object.freeze({
      connections: Object.freeze({ open, idle, active: open - idle }),
      handlers,
      bufferedOctets,
      accepted,
      dropped,
      requests,
      closes: Object.freeze({ ...closes }),
      faults: Object.freeze({ ...faults }),
      timerLagMs: this.wheel.lagMs,
    });
  }
}
