// A TCP client that knows no HTTP: sends octets, and keeps when which octets came back and how the connection ended.
// Times are those of `performance.now()`.

import { createConnection, type Socket } from "node:net";

/** How the server ended the connection, as its peer sees it. */
export type PeerEnd = "open" | "fin" | "reset" | "failed";

export interface PeerOptions {
  /** Reads nothing until `resume`. Then a FIN or reset is not seen either. */
  readonly isPaused?: boolean;
  /** Goes on after the server's FIN, as a hostile client does; else it closes then. Default true. */
  readonly staysOpen?: boolean;
  /** Address it comes from, such as 127.0.0.2. */
  readonly localAddress?: string;
  /** Sees the octets as they come. */
  readonly onData?: (octets: Buffer) => void;
}

/** Octets kept of what came back; the rest is only counted. */
const KEPT_OCTETS = 8192;
/** Arrivals kept, each with its time. */
const KEPT_ARRIVALS = 1000;

export class RawPeer {
  readonly socket: Socket;
  /** When the connection stood. */
  readonly openedMs: number = performance.now();
  /** When what this peer does began to count; attacks set it to the moment that starts the deadline. */
  startedMs: number = this.openedMs;
  octetsReceived = 0;
  /** The first octets that came back, as Latin-1. */
  text = "";
  readonly arrivals: { readonly atMs: number; readonly octets: number }[] = [];
  /** When the server's FIN or reset was seen; undefined while it is open. */
  endedMs: number | undefined;
  /** When the socket was gone on this side too. */
  closedMs: number | undefined;
  end: PeerEnd = "open";
  /** The error's code where `end` is "reset" or "failed". */
  code = "";
  /** Resolves once the socket is gone. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, options: PeerOptions) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.closedMs = performance.now();
        this.endedMs ??= this.closedMs;
        resolve();
      });
    });
    socket.on("data", (octets: Buffer) => {
      this.#received(octets);
      options.onData?.(octets);
    });
    socket.on("end", () => {
      this.#ended("fin");
      if (options.staysOpen === false) socket.end();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.code = error.code ?? error.message;
      this.#ended(this.code === "ECONNRESET" || this.code === "EPIPE" ? "reset" : "failed");
    });
    if (options.isPaused) socket.pause();
  }

  /** Rejects when the connection is refused. */
  static connect(
    { host, port }: { readonly host: string; readonly port: number },
    options: PeerOptions = {},
  ): Promise<RawPeer> {
    const { localAddress } = options;
    const from = localAddress === undefined ? {} : { localAddress };
    const socket = createConnection({ host, port, allowHalfOpen: true, noDelay: true, ...from });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new RawPeer(socket, options));
      });
    });
  }

  /** Octets of a text are its characters (Latin-1). Does nothing once the socket is gone. */
  send(octets: string | Uint8Array): void {
    if (!this.socket.writable) return;
    this.socket.write(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets);
  }

  /** Neither FIN nor reset was seen. */
  get isOpen(): boolean {
    return this.endedMs === undefined;
  }

  /** The status code of the first answer, or 0. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.text)?.[1] ?? 0);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** FIN. */
  finish(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #received(octets: Buffer): void {
    this.octetsReceived += octets.length;
    if (this.arrivals.length < KEPT_ARRIVALS) {
      this.arrivals.push({ atMs: performance.now(), octets: octets.length });
    }
    if (this.text.length < KEPT_OCTETS) this.text += octets.toString("latin1", 0, KEPT_OCTETS);
  }

  #ended(how: PeerEnd): void {
    if (this.endedMs !== undefined) return;
    this.end = how;
    this.endedMs = performance.now();
  }
}

/** Opens `count` connections, `atOnce` at a time. Rejects when one is refused; then all are closed. */
export async function connectMany(
  where: { readonly host: string; readonly port: number },
  count: number,
  options: PeerOptions = {},
  atOnce = 50,
): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  try {
    while (peers.length < count) {
      const batch = Math.min(atOnce, count - peers.length);
      const opened = await Promise.all(
        Array.from({ length: batch }, () => RawPeer.connect(where, options)),
      );
      peers.push(...opened);
    }
  } catch (error) {
    for (const peer of peers) peer.destroy();
    throw error;
  }
  return peers;
}

/** Closes all and waits until they are gone. */
export async function destroyAll(peers: readonly RawPeer[]): Promise<void> {
  for (const peer of peers) peer.destroy();
  await Promise.all(peers.map((peer) => peer.closed));
}
