// The seam between core and a runtime: what an adapter gives (Adapter, Listener, Transport) and what it calls
// (TransportEvents). Types only. Whatever differs between runtimes stays on the adapter's side of this file.

/** Where a server listens, or is asked to listen: a TCP address or a unix socket path. */
export type ListenAddress =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/** What core asks of `Adapter.listen`. Values have been checked; `undefined` means the runtime's own default. */
export interface ListenOptions {
  readonly address: ListenAddress;
  /** Permission bits set on a unix socket once it is bound, e.g. `0o660`. */
  readonly pathMode: number | undefined;
  /** Length of the queue of connections not yet accepted. */
  readonly backlog: number | undefined;
  /** Several processes share the port (SO_REUSEPORT). */
  readonly reusePort: boolean;
  /** Idle time before the first TCP keep-alive probe, in ms; `undefined` leaves probes off. */
  readonly tcpKeepAliveMs: number | undefined;
}

/**
 * Binds core to a runtime's sockets.
 *
 * `listen` resolves once bound. It rejects with a `ListenError` that names the address and carries the runtime's
 * error as `cause`, or with a `RangeError` for an option that this runtime cannot honor.
 */
export interface Adapter {
  /** Name of the runtime, for messages: `"node"`, `"bun"`, ... */
  readonly runtime: string;
  /**
   * `onConnection` is called once for each accepted connection, before any of its events; the adapter reports
   * the connection's events to what it returns.
   */
  listen(
    options: ListenOptions,
    onConnection: (transport: Transport) => TransportEvents,
  ): Promise<Listener>;
  /** Soft limit of open descriptors of this process and how many are open now; `undefined` where unknown. */
  descriptors(): { readonly limit: number | undefined; readonly open: number | undefined };
}

/** A bound listener. */
export interface Listener {
  /** The bound address; `port` is the real one when 0 was asked for. */
  readonly address: ListenAddress;
  /** Stops accepting; established connections live on. Resolves when the address is free. Idempotent. */
  stop(): Promise<void>;
}

/**
 * What carries one connection's octets. Core calls it. Every method is idempotent and may be called at any time,
 * also after the connection is gone, and none throws.
 */
export interface Transport {
  /**
   * Takes all of `chunk`; what the runtime does not take at once is queued here, in order. Returns false when the
   * caller should wait for `onDrain`. A string holds only characters below U+0080. Octets handed over must not be
   * changed by the caller afterwards. After `end`, or once the connection is gone, does nothing and returns true.
   */
  write(chunk: string | Uint8Array): boolean;
  /** Octets taken by `write` that the runtime has not taken yet; 0 once the connection is gone. */
  readonly pendingBytes: number;
  /** Sends FIN after everything queued; reading goes on. If octets were queued, `onDrain` tells when they are out. */
  end(): void;
  /** Closes now; what is queued may be lost. `onClose` follows. */
  destroy(): void;
  /** Closes now with RST where the runtime can. `onClose` follows. */
  reset(): void;
  /** Stops reading; the peer's window fills. Data already on its way may still arrive. */
  pause(): void;
  resume(): void;
  /** The peer's IP address as the runtime gives it; `undefined` on unix sockets. */
  readonly remoteAddress: string | undefined;
}

/**
 * What happens on one connection. The adapter calls it, never from inside a call of `Transport`, and must not let
 * an exception of its own reach the runtime: one of an event closes the connection and is the cause of `onClose`.
 * After `onClose` nothing is called any more, and after `destroy` or `reset` nothing but `onClose`.
 */
export interface TransportEvents {
  /** Octets arrived. Their memory is the receiver's from here on, which may change it: the adapter never reuses it. */
  onData(chunk: Uint8Array): void;
  /** Everything queued has been taken by the runtime after `write` returned false, or after `end` with a queue. */
  onDrain(): void;
  /** The peer sent FIN: nothing more will arrive, writing still works. */
  onEnd(): void;
  /** The connection is gone. Exactly once; `cause` when it did not end in order (reset, timeout, write failure). */
  onClose(cause?: Error): void;
}
