// server.inject: octets through the real parser, connection machine and middleware, without a socket.

import type { Connection } from "./connection.ts";
import { latin1Octets } from "./field-value.ts";
import type { MemoryTransport } from "./memory-transport.ts";

export interface InjectOptions {
  /** Sizes of the pieces the octets arrive in, in order; the rest comes as one. Default: all at once. */
  readonly chunks?: readonly number[];
  /** The peer sends FIN behind the octets. */
  readonly end?: boolean;
  readonly remoteAddress?: string;
}

/** A live view of an injected connection: moving the server's clock, or a handler's own doing, may go on changing it. */
export interface Injected {
  /** Everything the server has sent. */
  readonly octets: Uint8Array;
  /** The server has closed the connection, or its side of it. */
  readonly closed: boolean;
  /** A message was begun and is not finished. */
  readonly pending: boolean;
  /** The peer sends more. Resolves when the server has come to rest again. */
  send(octets: Uint8Array | string): Promise<void>;
  /** The peer sends FIN. Resolves when the server has come to rest again. */
  end(): Promise<void>;
}

/** Text as octets, one per character, so that a test can write any octet. */
function octetsOf(text: Uint8Array | string): Uint8Array {
  return typeof text === "string" ? latin1Octets(text) : text;
}

/** Reports whether nothing of the server's own is under way: it waits for the peer or the clock. */
function isAtRest(connection: Connection): boolean {
  if (connection.share.isSpent) return false;
  if (connection.reading.isAwaited) return connection.handlers === 1;
  return connection.exchange === undefined && connection.handlers === 0;
}

export class InjectedConnection implements Injected {
  readonly #transport: MemoryTransport;
  readonly #connection: Connection;
  #waiters: (() => void)[] = [];

  constructor(transport: MemoryTransport, connection: Connection) {
    this.#transport = transport;
    this.#connection = connection;
  }

  get octets(): Uint8Array {
    return this.#transport.octets;
  }

  get closed(): boolean {
    return this.#transport.closed || this.#transport.ended;
  }

  get pending(): boolean {
    const { reading, exchange } = this.#connection;
    const { state } = reading;
    return !this.closed && (state === "head" || state === "content" || exchange !== undefined);
  }

  send(octets: Uint8Array | string): Promise<void> {
    this.#transport.receive(new Uint8Array(octetsOf(octets)));
    return this.rest();
  }

  end(): Promise<void> {
    this.#transport.receiveEnd();
    return this.rest();
  }

  async feed(octets: Uint8Array | string, chunks: readonly number[]): Promise<void> {
    const all = octetsOf(octets);
    let at = 0;
    for (const size of chunks) {
      if (at >= all.length) break;
      await this.send(all.subarray(at, at + size));
      at += size;
    }
    if (at < all.length) await this.send(all.subarray(at));
  }

  /** Resolves when the connection waits for nothing but the peer or the clock. */
  async rest(): Promise<void> {
    for (;;) {
      // A handler may go on in microtasks only; let them run before looking.
      await new Promise((resolve) => setImmediate(resolve));
      if (isAtRest(this.#connection)) return;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** For the server: the connection came to the end of a turn. */
  turned(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
