// A server whose sockets are in memory: connections are opened by calls, time is moved by hand, the log is kept. It lets
// a test see a connection's states; it knows nothing of what an answer should be.

import { type ManualClock, manualClock } from "../src/clock.ts";
import type { Connection } from "../src/connection.ts";
import type { LogFields, Logger } from "../src/logger.ts";
import { MemoryTransport, type MemoryTransportOptions } from "../src/memory-transport.ts";
import type { ServerOptions } from "../src/options.ts";
import { Server } from "../src/server.ts";
import type {
  Adapter,
  ListenAddress,
  Listener,
  ListenOptions,
  Transport,
  TransportEvents,
} from "../src/transport.ts";
import { type ReceivedResponse, readResponses } from "./read-responses.ts";

/** Text as octets, one per character. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Octets as text, one character each. */
export function textOf(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface LogRecord {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

/** A logger that keeps its records. */
export interface MemoryLogger extends Logger {
  readonly records: LogRecord[];
}

export function memoryLogger(): MemoryLogger {
  const records: LogRecord[] = [];
  const call = (level: string) => (first: LogFields | string, message?: string) => {
    records.push({
      level,
      fields: typeof first === "string" ? {} : first,
      message: typeof first === "string" ? first : (message ?? ""),
    });
  };
  return {
    records,
    level: "trace",
    trace: call("trace"),
    debug: call("debug"),
    info: call("info"),
    warn: call("warn"),
    error: call("error"),
    fatal: call("fatal"),
    child: () => memoryLogger(),
  };
}

/** A clock moved by hand that also tells how many calls are scheduled. */
export interface CountingClock extends ManualClock {
  readonly pendingCalls: number;
}

export function countingClock(): CountingClock {
  const clock = manualClock();
  const pending = new Set<unknown>();
  return {
    now: clock.now,
    date: clock.date,
    advance: clock.advance,
    jump: clock.jump,
    schedule(callback, ms) {
      const handle = clock.schedule(() => {
        pending.delete(handle);
        callback();
      }, ms);
      pending.add(handle);
      return handle;
    },
    cancel(handle) {
      pending.delete(handle);
      clock.cancel(handle);
    },
    get pendingCalls() {
      return pending.size;
    },
  };
}

/** Binds nothing; connections come from `connect`. */
export class MemoryAdapter implements Adapter {
  readonly runtime = "memory";
  listened: ListenOptions | undefined;
  isStopped = false;
  /** `listen` rejects with it. */
  failure: Error | undefined;
  limit: number | undefined;
  open: number | undefined;
  #onConnection: ((transport: Transport) => TransportEvents) | undefined;

  async listen(
    options: ListenOptions,
    onConnection: (transport: Transport) => TransportEvents,
  ): Promise<Listener> {
    if (this.failure !== undefined) throw this.failure;
    this.listened = options;
    this.#onConnection = onConnection;
    const address: ListenAddress =
      options.address.path !== undefined
        ? { path: options.address.path }
        : { host: options.address.host, port: options.address.port || 20_000 };
    return {
      address,
      stop: async () => {
        this.isStopped = true;
      },
    };
  }

  descriptors(): { limit: number | undefined; open: number | undefined } {
    return { limit: this.limit, open: this.open };
  }

  connect(options?: MemoryTransportOptions): Peer {
    const transport = new MemoryTransport(options);
    const events = this.#onConnection!(transport);
    transport.connect(events);
    return new Peer(transport, events as Connection);
  }
}

/** The client's end of one connection. */
export class Peer {
  readonly transport: MemoryTransport;
  /** The server's end, for looking at its states. */
  readonly connection: Connection;

  constructor(transport: MemoryTransport, connection: Connection) {
    this.transport = transport;
    this.connection = connection;
  }

  /** Sends text, one octet per character, and lets the server work on it. */
  async send(text: string | Uint8Array): Promise<this> {
    this.transport.receive(typeof text === "string" ? octetsOf(text) : text);
    await settled();
    return this;
  }

  /** Sends FIN. */
  async end(): Promise<this> {
    this.transport.receiveEnd();
    await settled();
    return this;
  }

  /** Sends RST. */
  async reset(): Promise<this> {
    this.transport.lose();
    await settled();
    return this;
  }

  /** The transport takes what it has queued, until nothing more comes or `times` is used up. */
  async drain(times = 1): Promise<this> {
    for (let i = 0; i < times; i++) {
      this.transport.drain();
      await settled();
    }
    return this;
  }

  /** All the server has sent, one character per octet. */
  get text(): string {
    return textOf(this.transport.octets);
  }

  /** What the server has sent, read as responses to requests of these methods (all GET by default). */
  responses(methods: readonly string[] = []): ReceivedResponse[] {
    return readResponses(this.transport.octets, { methods, ended: this.isClosed }).responses;
  }

  /** The status codes of the responses so far. */
  get statuses(): number[] {
    return this.responses().map((response) => response.status);
  }

  /** The server has sent FIN or closed. */
  get isClosed(): boolean {
    return this.transport.ended || this.transport.closed;
  }

  get states(): string {
    return `${this.connection.reading.state}/${this.connection.writing.state}`;
  }
}

export interface MemoryServer {
  readonly server: Server;
  readonly adapter: MemoryAdapter;
  readonly clock: CountingClock;
  readonly log: LogRecord[];
  connect(options?: MemoryTransportOptions): Peer;
  /** Moves the clock and lets what follows happen. */
  advance(ms: number): Promise<void>;
}

/** A listening server; `build` adds middleware and routes. */
export async function serve(
  build: (server: Server) => void,
  options: ServerOptions = {},
): Promise<MemoryServer> {
  const adapter = new MemoryAdapter();
  const clock = countingClock();
  const logger = memoryLogger();
  const server = new Server(adapter, { clock, logger, random: () => 0.5, ...options });
  build(server);
  await server.listen();
  return {
    server,
    adapter,
    clock,
    log: logger.records,
    connect: (transportOptions) => adapter.connect(transportOptions),
    async advance(ms) {
      clock.advance(ms);
      await settled();
    },
  };
}

/** A request head. */
export function head(line: string, ...fields: string[]): string {
  return `${[`${line} HTTP/1.1`, "Host: a", ...fields].join("\r\n")}\r\n\r\n`;
}

/** A promise settled by hand. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}
