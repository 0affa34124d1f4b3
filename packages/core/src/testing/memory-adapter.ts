// An adapter without sockets: a server that listens on it is connected to by a call, over a transport in memory, and its
// clock stands still until a test moves it.

import type { ManualClock } from "../clock.ts";
import { MemoryTransport } from "../memory-transport.ts";
import type { Adapter, Listener, ListenOptions, Transport, TransportEvents } from "../transport.ts";
import type { WireClient } from "./wire-client.ts";

/** Turns of the event loop without a change after which the server is taken to be at rest. */
const REST_TURNS = 12;

/** One for all: a stack for each of thousands of connections would be most of the cost of a test. */
const GIVEN_UP = new Error("the client gave the connection up");

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `new Server(adapter, { clock })`, `await server.listen()`, then `adapter.connect()` as often as needed. */
export class MemoryAdapter implements Adapter {
  readonly runtime: string = "memory";
  readonly #clock: ManualClock;
  #onConnection: ((transport: Transport) => TransportEvents) | undefined;

  /** `clock` is the one the server was given; clients move it. */
  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  listen(
    options: ListenOptions,
    onConnection: (transport: Transport) => TransportEvents,
  ): Promise<Listener> {
    this.#onConnection = onConnection;
    const stop = (): Promise<void> => {
      this.#onConnection = undefined;
      return Promise.resolve();
    };
    return Promise.resolve({ address: options.address, stop });
  }

  descriptors(): { limit: undefined; open: undefined } {
    return { limit: undefined, open: undefined };
  }

  /** A new connection. Throws when no server listens. */
  connect(): MemoryClient {
    if (this.#onConnection === undefined) throw new Error("Cannot connect: nobody listens");
    const transport = new MemoryTransport({ remoteAddress: "192.0.2.1" });
    transport.connect(this.#onConnection(transport));
    return new MemoryClient(transport, this.#clock);
  }
}

/** The peer of a `MemoryTransport`. While the server has paused reading, octets wait here as they would in a kernel. */
export class MemoryClient implements WireClient {
  readonly #transport: MemoryTransport;
  readonly #clock: ManualClock;
  #held: Uint8Array[] = [];
  #endHeld = false;

  constructor(transport: MemoryTransport, clock: ManualClock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  get octets(): Uint8Array {
    return this.#transport.octets;
  }

  get ended(): boolean {
    return this.#transport.ended;
  }

  get gone(): boolean {
    return this.#transport.closed;
  }

  send(octets: Uint8Array): Promise<void> {
    this.#held.push(octets.slice());
    this.#deliver();
    return turn().then(() => this.#deliver());
  }

  end(): void {
    this.#endHeld = true;
    this.#deliver();
  }

  async changed(): Promise<void> {
    if (!(await this.#changes())) throw new Error("The server is at rest");
  }

  async rest(): Promise<void> {
    while (await this.#changes()) {}
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  destroy(): void {
    if (!this.gone) this.#transport.lose(GIVEN_UP);
  }

  /** Reports whether something changes before the server is at rest. */
  async #changes(): Promise<boolean> {
    const { writes } = this.#transport;
    const before = writes.length;
    const { ended, gone } = this;
    for (let turns = 0; turns < REST_TURNS; turns++) {
      if (writes.length !== before || this.ended !== ended || this.gone !== gone) return true;
      await turn();
      this.#deliver();
    }
    return false;
  }

  #deliver(): void {
    while (this.#held.length > 0 && !this.#transport.paused) {
      this.#transport.receive(this.#held.shift()!);
    }
    if (this.#held.length > 0 || !this.#endHeld) return;
    this.#endHeld = false;
    this.#transport.receiveEnd();
  }
}
