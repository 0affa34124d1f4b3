// The public face: fluent options, middleware and routes before; listen, inject and close after.

import type { Clock } from "./clock.ts";
import { type Context, contextHost, type State } from "./context.ts";
import {
  type CloseOptions,
  type CloseReport,
  checkCloseOptions,
  DEFAULT_ENDS,
  Drain,
} from "./drain.ts";
import { FluentOptions } from "./fluent-options.ts";
import { type Injected, InjectedConnection, type InjectOptions } from "./inject.ts";
import { connectionsFrom } from "./limits.ts";
import { MemoryTransport } from "./memory-transport.ts";
import { compose, type Handler, type Middleware } from "./middleware.ts";
import {
  defaultSettings,
  type ServerOptions,
  type Settings,
  setOption,
  setOptions,
} from "./options.ts";
import { Router } from "./router.ts";
import { routeLayer } from "./routing.ts";
import { noLogs, openLogs, type ServerLogs } from "./server-logs.ts";
import { type ErrorObserver, ServerRuntime } from "./server-runtime.ts";
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
export class Server<S extends object = State> extends FluentOptions {
  readonly #adapter: Adapter | undefined;
  readonly #settings: Settings = defaultSettings();
  readonly #middleware: Middleware<S>[] = [];
  readonly #router = new Router<S>();
  #onError: ErrorObserver | undefined;
  #runtime: ServerRuntime | undefined;
  #logs: ServerLogs | undefined;
  #logsReleased: Promise<void> | undefined;
  #listener: Listener | undefined;
  /** What `listen` waits for, from its call on. */
  #listening: Promise<Listener> | undefined;
  #drain: Drain | undefined;
  readonly #closing = new AbortController();
  #signalOptions: CloseOptions | undefined;
  #ignoreSignals: (() => void) | undefined;

  /** Without an adapter the server can only `inject`. */
  constructor(adapter?: Adapter, options: ServerOptions = {}) {
    super();
    this.#adapter = adapter;
    setOptions(this.#settings, options);
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
      const logs = this.#logs;
      this.#logs = undefined;
      logs?.access?.close();
      await logs?.directory?.release();
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
    const isRepeated = this.#drain !== undefined;
    if (this.#drain === undefined && this.#runtime !== undefined) {
      const closing = () => this.#closing.abort(new Error("The server is closing"));
      this.#drain = new Drain(this.#runtime, this.#listening, options, closing);
    }
    // Whoever hears `closing` may call again: by then the drain is known.
    this.#drain?.hasten(options);
    if (isRepeated && options.graceMs === 0) this.#logs?.directory?.hurry();
    try {
      return await (this.#drain?.done ?? { drained: 0, aborted: 0, destroyed: 0 });
    } finally {
      await this.#releaseLogs();
      this.#ignoreSignals?.();
    }
  }

  /** Writes what is logged so far, and lets go of the directory. */
  #releaseLogs(): Promise<void> {
    this.#logs?.access?.close();
    this.#logsReleased ??= this.#logs?.directory?.release();
    return this.#logsReleased ?? Promise.resolve();
  }

  /** Closes the log files; the next line opens them again by their names. For whoever moves them, as on SIGHUP. */
  reopenLogs(): void {
    this.#logs?.directory?.reopen();
  }

  /** Fires when accepting stops, so that answers without an end of their own can come to one. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Closes the server on SIGTERM and SIGINT, by force on a second one; with `logDir` SIGHUP reopens the log files. The same
   * signal twice within 500 ms counts once: npm passes on what the terminal has sent already. Before `listen` or after it; the handlers exist while the server listens,
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
    const reopenLogs = this.#logs?.directory && (() => this.reopenLogs());
    this.#ignoreSignals = closeOnSignals((signal, isForced) => {
      this.#runtime?.log("info", { signal }, isForced ? "closing by force" : "closing");
      this.close(isForced ? { graceMs: 0 } : { ...DEFAULT_ENDS, ...this.#signalOptions }).then(
        (report) => isForced || this.#runtime?.log("info", { ...report }, "closed"),
        (error: unknown) => this.#runtime?.log("error", { err: error }, "closing failed"),
      );
    }, reopenLogs);
  }

  /** What the server counts about itself, as a frozen snapshot. */
  stats(): ServerStats {
    return (this.#runtime ?? this.#makeRuntime(this.#settings.clock, noLogs())).stats();
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
    this.#logs ??= openLogs(this.#settings);
    return this.#makeRuntime(clock, this.#logs);
  }

  #makeRuntime(clock: Clock, logs: ServerLogs): ServerRuntime {
    const chain = compose(this.#middleware, routeLayer(this.#router), (ctx, thrown) =>
      contextHost(ctx as Context<never>).rejectedInside(thrown),
    );
    const handler = chain as Handler<never>;
    return new ServerRuntime(this.#settings, logs, clock, handler, this.#onError);
  }

  protected override setOption(option: keyof Settings, value: unknown): this {
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
