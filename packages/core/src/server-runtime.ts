// What a running server shares among its connections: resolved options, the wheel, parsers, counters, the composed chain,
// the logger, the table of connections. Knows no listener and no options syntax.

import { FAULTS, type HeadOptions, HeadParser } from "@hyperlane-ts/parser";
import type { AccessLog, Shown } from "./access-log.ts";
import { BadConnections } from "./bad-connections.ts";
import type { Clock } from "./clock.ts";
import type { CloseReason } from "./close-reason.ts";
import { Connection } from "./connection.ts";
import type { ConnectionRuntime } from "./connection-runtime.ts";
import { ConnectionShedder } from "./connection-shedder.ts";
import { ConnectionTable } from "./connection-table.ts";
import type { ConnectionWatch } from "./connection-watch.ts";
import type { Context } from "./context.ts";
import { DateField } from "./date-field.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import type { Deadlines } from "./deadlines.ts";
import { HttpError, TransportError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { FlushQueue } from "./flush-queue.ts";
import { HandlerQueue } from "./handler-queue.ts";
import { answersHealth, type HealthPaths } from "./health.ts";
import type { IdleList } from "./idle-list.ts";
import type { LineCounts } from "./level-log.ts";
import type { Limits } from "./limits.ts";
import type { Pressure } from "./load-shedder.ts";
import type { LogFields, Logger } from "./logger.ts";
import type { Handler } from "./middleware.ts";
import { resolveDeadlines, resolveLimits, resolveShedding, type Settings } from "./options.ts";
import { Overload, type RefusalCause } from "./overload.ts";
import { HeadWriter } from "./response-head.ts";
import type { ServerLogs } from "./server-logs.ts";
import type { Shedding, ShedLevel } from "./shedding.ts";
import { Counters, type ServerStats, snapshot } from "./stats.ts";
import type { Transport } from "./transport.ts";

/** Sees every value a handler threw, after it has been logged and before it is answered. */
export type ErrorObserver = (thrown: unknown, ctx: Context<never>) => void;

/** Parsers kept for the next head; more are only needed while heads arrive in pieces. */
const SPARE_PARSERS_MAX = 64;

export class ServerRuntime implements ConnectionRuntime {
  readonly limits: Limits;
  /** Those in force: fewer ms from level 1 of shedding on. */
  deadlines: Deadlines;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly date: DateField;
  readonly headWriter: HeadWriter;
  readonly headOptions: HeadOptions;
  readonly table: ConnectionTable;
  readonly overload: Overload;
  readonly queue: HandlerQueue;
  readonly flushes: FlushQueue;
  readonly counters: Counters = new Counters();
  /** The server is about to close: it says it wants no requests, and keeps no connection. */
  notReady = false;
  /** What waits to be accepted is accepted before the listener closes: nobody is sent there to come again. */
  acceptsRest = false;
  draining = false;
  /** While draining: idle time after which a connection is closed. */
  drainIdleMs = 0;
  /** Called after each connection that closes. */
  onClosed: ((connection: Connection) => void) | undefined;
  readonly logger: Logger;
  readonly access: AccessLog | undefined;
  readonly #shown: Shown;
  readonly #lines: LineCounts | undefined;
  readonly #random: () => number;
  readonly #chain: Handler<never>;
  readonly #onError: ErrorObserver | undefined;
  readonly #health: HealthPaths | undefined;
  readonly #shedding: Shedding | undefined;
  readonly #shedder: ConnectionShedder | undefined;
  /** Deadlines at level 0. */
  readonly #ownDeadlines: Deadlines;
  /** The level as last logged. */
  #level: ShedLevel = 0;
  readonly #bad: BadConnections;
  readonly #spare: HeadParser[] = [];

  constructor(
    settings: Settings,
    logs: ServerLogs,
    clock: Clock,
    chain: Handler<never>,
    onError: ErrorObserver | undefined,
  ) {
    this.limits = resolveLimits(settings);
    this.#ownDeadlines = resolveDeadlines(settings);
    this.deadlines = this.#ownDeadlines;
    this.#shedding = resolveShedding(settings);
    this.clock = clock;
    this.date = new DateField(clock);
    this.wheel = new DeadlineWheel(clock, (horizonMs, lagMs) => {
      this.date.refresh();
      this.overload.ticked(Math.max(lagMs, this.queue.longestMs), this.queue.hasWaitedAlways());
      this.#shedder?.tick(horizonMs, this.deadlines.keepAliveMs);
    });
    this.headWriter = new HeadWriter(this.date);
    this.headOptions = { behindTls: settings.behindTls };
    this.table = new ConnectionTable(this.limits.connections, this.limits.connectionsPerPeer);
    this.overload = new Overload(
      this.#load(),
      this.limits,
      this.#shedding,
      clock,
      (level, pressure) => this.#levelChanged(level, pressure),
    );
    this.#shedder =
      this.#shedding &&
      new ConnectionShedder(this.table, this.overload, this.#shedding, this.limits);
    this.queue = new HandlerQueue(clock, this.#queueHost());
    this.flushes = new FlushQueue(clock);
    const { live, ready } = settings.health;
    this.#health = live === undefined && ready === undefined ? undefined : settings.health;
    this.logger = logs.logger;
    this.access = logs.access;
    this.#shown = logs.shown;
    this.#lines = logs.directory?.counts;
    this.#random = settings.random;
    this.#chain = chain;
    this.#onError = onError;
    this.#bad = new BadConnections((fields, message) => this.log("info", fields, message));
  }

  #load() {
    const { table, counters } = this;
    return {
      get connections() {
        return table.all.size;
      },
      get connectionsMax() {
        return table.max;
      },
      get handlers() {
        return counters.handlers;
      },
    };
  }

  #queueHost() {
    const { counters, overload, table } = this;
    return {
      get accepted() {
        return counters.accepted;
      },
      get isLate() {
        // Without connections there is no tick that could end it.
        return overload.isLate && table.all.size > 0;
      },
    };
  }

  get idle(): IdleList<ConnectionWatch> {
    return this.table.idle;
  }

  get isFull(): boolean {
    return this.overload.isFull;
  }

  get closesBehindAnswers(): boolean {
    return (this.notReady && !this.acceptsRest) || this.overload.closesConnections;
  }

  // --- Connections

  /** Takes a new connection, or drops it when there is no room for it. */
  accept(transport: Transport): Connection | undefined {
    this.counters.accepted++;
    const connection = this.draining
      ? "closing"
      : this.table.enter(
          this.wheel.readClock(),
          () => transport.remoteAddress,
          () => new Connection(this, transport),
        );
    if (typeof connection !== "string") return connection;
    this.counters.dropped[connection]++;
    return undefined;
  }

  buffered(octets: number): void {
    this.overload.buffered(octets);
  }

  closed(connection: Connection, reason: CloseReason): void {
    if (!this.table.leave(connection)) return;
    this.counters.countClose(reason);
    this.counters.octetsIn += connection.octetsIn;
    this.counters.octetsOut += connection.output.octetsOut;
    if (this.table.all.size === 0) this.overload.emptied();
    this.onClosed?.(connection);
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

  // --- Requests

  begin(exchange: Exchange): void {
    this.counters.requests++;
    this.counters.handlers++;
    if (this.#answersItself(exchange)) exchange.settle();
    else this.queue.add(exchange);
  }

  #answersItself(exchange: Exchange): boolean {
    const { method } = exchange.head;
    if (method === "CONNECT" || method === "TRACE") {
      // A tunnel is never opened, and what would follow one must not be read as requests (RFC 9110 §9.3.6, §9.3.8).
      exchange.answer(501, method === "CONNECT" ? { Connection: "close" } : undefined);
      return true;
    }
    if (this.#health !== undefined && answersHealth(exchange, this.#health, this.#isReady)) {
      return true;
    }
    const cause = this.overload.refusalCause();
    if (cause !== undefined) this.#refuse(exchange, cause);
    return cause !== undefined;
  }

  handle(exchange: Exchange, lateMs: number): void | Promise<void> {
    if (!this.overload.isTooLate(lateMs)) return this.#chain(exchange.context);
    this.#refuse(exchange, "lag");
    return undefined;
  }

  #refuse(exchange: Exchange, cause: RefusalCause): void {
    this.counters.refused[cause]++;
    exchange.answer(503, { "Retry-After": "1", Connection: "close" });
  }

  get #isReady(): boolean {
    return !this.notReady && this.overload.level < 3;
  }

  handlerDone(): void {
    this.counters.handlers--;
  }

  // --- Shedding

  #levelChanged(level: ShedLevel, pressure: Pressure): void {
    const own = this.#ownDeadlines;
    const { keepAliveMs, headMs } = this.#shedding!;
    this.deadlines = own;
    if (level > 0) {
      // Closing idle connections makes room, not time: proxies that keep theirs would meet closed ones for nothing.
      const idleMs = this.overload.isShort ? keepAliveMs : own.keepAliveMs;
      this.deadlines = Object.freeze({
        ...own,
        keepAliveMs: Math.min(own.keepAliveMs, idleMs),
        headMs: Math.min(own.headMs, headMs),
      });
    }
    if (level === this.#level) return;
    this.#level = level;
    this.log("warn", { level, ...pressure }, "load shedding level changed");
  }

  // --- Records

  reportThrown(thrown: unknown, context: Context<never> | undefined, late: boolean): void {
    const fields = {
      err: thrown,
      ...(context && {
        requestId: context.requestId,
        method: context.request.method,
        target: this.#shown?.(context.request.target) ?? context.request.target,
      }),
    };
    if (thrown instanceof TransportError || late) this.log("debug", fields, "client left");
    else if (thrown instanceof HttpError && thrown.status < 500) {
      this.log("debug", fields, `answered ${thrown.status}`);
    } else this.log("error", fields, "handler threw");
    if (context !== undefined) this.#observe(thrown, context);
  }

  /** An observer that throws, or gives back a promise that rejects, is logged. */
  #observe(thrown: unknown, context: Context<never>): void {
    const failed = (error: unknown) => this.log("error", { err: error }, "onError threw");
    try {
      const result = this.#onError?.(thrown, context) as unknown;
      Promise.resolve(result).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  reportFault(connection: Connection, fault: number, offset: number, octets?: () => string): void {
    const { code, status } = FAULTS[fault]!;
    this.counters.countFault(code);
    this.#bad.report(this.wheel.nowMs, "request refused", () => ({
      fault: code,
      status,
      offset,
      ...(octets && { octets: octets() }),
      remoteAddress: connection.remoteAddress,
    }));
  }

  reportOverdue(connection: Connection, reason: CloseReason): void {
    this.#bad.report(this.wheel.nowMs, "connection too slow", () => ({
      reason,
      requests: connection.requests,
      octetsIn: connection.octetsIn,
      octetsOut: connection.output.octetsOut,
      remoteAddress: connection.remoteAddress,
    }));
  }

  /** A logger that throws must not decide about a connection, and there is nobody else to tell. */
  log(level: "debug" | "info" | "warn" | "error", fields: LogFields, message: string): void {
    try {
      this.logger[level](fields, message);
    } catch {}
  }

  stats(): ServerStats {
    this.overload.rest();
    const { counters, table, overload, queue, wheel } = this;
    return snapshot(counters, table, overload, queue.length, wheel.lagMs, this.#lines);
  }
}
