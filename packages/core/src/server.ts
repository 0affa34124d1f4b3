// The public face: fluent options, middleware and routes before; listen, inject and close after.

import type { Clock } from "./clock.ts";
import { type Context, contextHost, type State } from "./context.ts";
import type { Deadlines } from "./deadlines.ts";
import {
  type CloseOptions,
  type CloseReport,
  checkCloseOptions,
  DEFAULT_ENDS,
  Drain,
} from "./drain.ts";
import type { HealthPaths } from "./health.ts";
import { type Injected, InjectedConnection, type InjectOptions } from "./inject.ts";
import { connectionsFrom, type Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { MemoryTransport } from "./memory-transport.ts";
import { compose, type Handler, type Middleware } from "./middleware.ts";
import {
  defaultSettings,
  type Preset,
  type ServerOptions,
  type Settings,
  setOption,
  setOptions,
} from "./options.ts";
import { Router } from "./router.ts";
import { routeLayer } from "./routing.ts";
import { type ErrorObserver, ServerRuntime } from "./server-runtime.ts";
import type { Shedding } from "./shedding.ts";
import { closeOnSignals } from "./signals.ts";
import type { ServerStats } from "./stats.ts";
import type { Adapter, ListenAddress, Listener, Transport, TransportEvents } from "./transport.ts";

/** What a dropped connection's events go to. */
const NOBODY: TransportEvents = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

/**
 * An HTTP/1.1 server on one runtime's sockets.
 *
 * Options are set by chained calls or by the second argument, both checked at once. Middleware run in registration order
 * around the routes. `S` is the type of `ctx.state`.
 */
export class Server<S extends object = State> {
  readonly #adapter: Adapter | undefined;
  readonly #settings: Settings = defaultSettings();
  readonly #middleware: Middleware<S>[] = [];
  readonly #router = new Router<S>();
  #onError: ErrorObserver | undefined;
  #runtime: ServerRuntime | undefined;
  #listener: Listener | undefined;
  /** What `listen` waits for, from its call on. */
  #listening: Promise<Listener> | undefined;
  #drain: Drain | undefined;
  readonly #closing = new AbortController();
  #signalOptions: CloseOptions | undefined;
  #ignoreSignals: (() => void) | undefined;

  /** Without an adapter the server can only `inject`. */
  constructor(adapter?: Adapter, options: ServerOptions = {}) {
    this.#adapter = adapter;
    setOptions(this.#settings, options);
  }

  /** Host name or IP address; default `127.0.0.1`. */
  host(host: string): this {
    return this.#set("host", host);
  }

  /** TCP port, 0 for any free one; default 60000. */
  port(port: number): this {
    return this.#set("port", port);
  }

  /** Unix socket path, instead of host and port. */
  path(path: string): this {
    return this.#set("path", path);
  }

  /** Permission bits of the unix socket. */
  pathMode(mode: number): this {
    return this.#set("pathMode", mode);
  }

  /** Length of the queue of connections not yet accepted. */
  backlog(backlog: number): this {
    return this.#set("backlog", backlog);
  }

  /** Lets several processes share the port. */
  reusePort(on = true): this {
    return this.#set("reusePort", on);
  }

  /** Idle ms before the first TCP keep-alive probe, or false. */
  tcpKeepAlive(idleMs: number | false): this {
    return this.#set("tcpKeepAlive", idleMs);
  }

  /** The listener is behind a TLS gateway. */
  behindTls(on = true): this {
    return this.#set("behindTls", on);
  }

  /** Starting values of limits and deadlines. */
  preset(preset: Preset): this {
    return this.#set("preset", preset);
  }

  /** Sizes and counts; those not named keep their value. */
  limits(limits: Partial<Limits>): this {
    return this.#set("limits", limits);
  }

  /** Times and rates; those not named keep their value. */
  deadlines(deadlines: Partial<Deadlines>): this {
    return this.#set("deadlines", deadlines);
  }

  /** What is shed under pressure, those not named keep their value; `false` for nothing. */
  shedding(shedding: Partial<Shedding> | false): this {
    return this.#set("shedding", shedding);
  }

  /** Paths the server answers itself, before middleware and also under pressure. */
  health(paths: HealthPaths): this {
    return this.#set("health", paths);
  }

  /** Where log records go; any logger of pino's shape. */
  logger(logger: Logger): this {
    return this.#set("logger", logger);
  }

  /** Replaces the clock, for tests. */
  clock(clock: Clock): this {
    return this.#set("clock", clock);
  }

  /** Replaces `Math.random` for the jitter of connection bounds, for tests. */
  random(random: () => number): this {
    return this.#set("random", random);
  }

  /** Adds middleware, outermost first. All middleware run before routing, wherever they are registered. */
  middleware(middleware: Middleware<S>): this {
    this.#before("middleware");
    if (typeof middleware !== "function") {
      throw new TypeError("Cannot add middleware: it is no function");
    }
    this.#middleware.push(middleware);
    return this;
  }

  /** The same as `middleware`. */
  use(middleware: Middleware<S>): this {
    return this.middleware(middleware);
  }

  /** Adds a route. Patterns are rou3's: `/users/:id`, `/files/**:rest`. A route that exists is an error. */
  route(method: string, pattern: string, handler: Handler<S>): this {
    this.#before("route");
    this.#router.add(method, pattern, handler);
    return this;
  }

  get(pattern: string, handler: Handler<S>): this {
    return this.route("GET", pattern, handler);
  }

  post(pattern: string, handler: Handler<S>): this {
    return this.route("POST", pattern, handler);
  }

  put(pattern: string, handler: Handler<S>): this {
    return this.route("PUT", pattern, handler);
  }

  patch(pattern: string, handler: Handler<S>): this {
    return this.route("PATCH", pattern, handler);
  }

  delete(pattern: string, handler: Handler<S>): this {
    return this.route("DELETE", pattern, handler);
  }

  head(pattern: string, handler: Handler<S>): this {
    return this.route("HEAD", pattern, handler);
  }

  options(pattern: string, handler: Handler<S>): this {
    return this.route("OPTIONS", pattern, handler);
  }

  /** A route for every method. */
  all(pattern: string, handler: Handler<S>): this {
    this.#before("all");
    this.#router.addAny(pattern, handler);
    return this;
  }

  /** Sees every value a handler throws. */
  onError(observer: (thrown: unknown, ctx: Context<S>) => void): this {
    this.#before("onError");
    this.#onError = observer as ErrorObserver;
    return this;
  }

  /** Where the server listens; `undefined` while it does not. */
  get address(): ListenAddress | undefined {
    return this.#closing.signal.aborted ? undefined : this.#listener?.address;
  }

  /**
   * Binds and accepts. Resolves with the server once bound; rejects with `ListenError` (`EADDRINUSE`, `EACCES`, ...) or
   * with `RangeError` for an option the adapter cannot honor. After a rejection options may be changed again; from the
   * call of `listen` or the first `inject` on they may not.
   */
  async listen(): Promise<this> {
    const adapter = this.#adapter;
    if (adapter === undefined) {
      throw new Error("Cannot listen: the server was made without an adapter, it can only inject");
    }
    if (this.#drain !== undefined) throw new Error("Cannot listen: the server has been closed");
    if (this.#listening !== undefined) {
      throw new Error("Cannot listen: the server has been started already");
    }
    const { host, port, path, pathMode, backlog, reusePort, tcpKeepAlive } = this.#settings;
    this.#runtime ??= this.#start(this.#settings.clock);
    const runtime = this.#runtime;
    try {
      if (runtime.limits.connections === undefined) {
        const { limit, open } = adapter.descriptors();
        runtime.table.max = connectionsFrom(limit, open);
      }
      this.#listening = adapter.listen(
        {
          address: path === undefined ? { host, port } : { path },
          pathMode,
          backlog,
          reusePort,
          tcpKeepAliveMs: tcpKeepAlive === false ? undefined : tcpKeepAlive,
        },
        (transport) => accept(runtime, transport),
      );
      this.#listener = await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      this.#runtime = undefined;
      throw error;
    }
    const drain = this.#drain as Drain | undefined;
    if (drain !== undefined) {
      await drain.done;
      throw new Error("Cannot listen: the server was closed meanwhile");
    }
    this.#heedSignals();
    return this;
  }

  /**
   * Stops accepting and drains: idle connections close, answers under way are finished, what is left after `graceMs` is
   * ended by force. Idempotent; a second call may shorten the times it names, `graceMs: 0` forces. Rejects with
   * `RangeError` for an option that is not allowed. Resolves when every connection is gone.
   */
  async close(options: CloseOptions = {}): Promise<CloseReport> {
    checkCloseOptions(options, "close");
    if (this.#drain === undefined && this.#runtime !== undefined) {
      const closing = () => this.#closing.abort(new Error("The server is closing"));
      this.#drain = new Drain(this.#runtime, this.#listening, options, closing);
      const ignore = () => this.#ignoreSignals?.();
      this.#drain.done.then(ignore, ignore);
    }
    // Whoever hears `closing` may call again: by then the drain is known.
    this.#drain?.hasten(options);
    return this.#drain?.done ?? { drained: 0, aborted: 0, destroyed: 0 };
  }

  /** Fires when accepting stops, so that answers without an end of their own can come to one. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Closes the server on SIGTERM and SIGINT, by force on a second one. The same signal twice within 500 ms counts once: npm
   * passes on what the terminal has sent already. Before `listen` or after it; the handlers exist while the server listens,
   * then the process ends by itself unless something else keeps it. Throws `RangeError` as `close` does.
   */
  handleSignals(options: CloseOptions = {}): this {
    checkCloseOptions(options, "handle signals");
    const isHeeded = this.#signalOptions !== undefined;
    this.#signalOptions = options;
    if (this.#listener !== undefined && this.#drain === undefined && !isHeeded) this.#heedSignals();
    return this;
  }

  #heedSignals(): void {
    if (this.#signalOptions === undefined) return;
    this.#ignoreSignals = closeOnSignals((signal, isForced) => {
      this.#runtime?.log("info", { signal }, isForced ? "closing by force" : "closing");
      this.close(isForced ? { graceMs: 0 } : { ...DEFAULT_ENDS, ...this.#signalOptions }).then(
        (report) => isForced || this.#runtime?.log("info", { ...report }, "closed"),
        (error: unknown) => this.#runtime?.log("error", { err: error }, "closing failed"),
      );
    });
  }

  /** What the server counts about itself, as a frozen snapshot. */
  stats(): ServerStats {
    return (this.#runtime ?? this.#start(this.#settings.clock)).stats();
  }

  /**
   * Plays octets into a connection of its own, through the real parser, connection machine and middleware, without a
   * socket. Resolves once no handler is running and all input has been read; the result is a live view, so that a manual
   * `clock` may be moved on and looked at again. A text's characters are octets (Latin-1).
   */
  async inject(
    octets: Uint8Array | string,
    options: InjectOptions & { readonly clock?: Clock } = {},
  ): Promise<Injected> {
    this.#runtime ??= this.#start(this.#settings.clock);
    const runtime = options.clock === undefined ? this.#runtime : this.#start(options.clock);
    const transport = new MemoryTransport(
      options.remoteAddress === undefined ? {} : { remoteAddress: options.remoteAddress },
    );
    const connection = runtime.accept(transport);
    if (connection === undefined)
      throw new Error("Cannot inject: the server accepts no connection");
    transport.connect(connection);
    const injected = new InjectedConnection(transport, connection);
    connection.onTurned = () => injected.turned();
    await injected.feed(octets, options.chunks ?? []);
    if (options.end) await injected.end();
    return injected;
  }

  #start(clock: Clock): ServerRuntime {
    const chain = compose(this.#middleware, routeLayer(this.#router), (ctx, thrown) =>
      contextHost(ctx as Context<never>).rejectedInside(thrown),
    );
    return new ServerRuntime(this.#settings, clock, chain as Handler<never>, this.#onError);
  }

  #set(option: keyof Settings, value: unknown): this {
    this.#before(option);
    setOption(this.#settings, option, value);
    return this;
  }

  #before(call: string): void {
    if (this.#runtime !== undefined) {
      throw new Error(`Cannot call ${call}: the server has been started already`);
    }
  }
}

function accept(runtime: ServerRuntime, transport: Transport): TransportEvents {
  const connection = runtime.accept(transport);
  if (connection !== undefined) return connection;
  transport.destroy();
  return NOBODY;
}
