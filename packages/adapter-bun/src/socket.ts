// One accepted Bun socket as core's Transport. Knows Bun's sockets and the seam, nothing of HTTP.

import type { Transport, TransportEvents } from "@hyperlane-ts/core";

type HostedSocket = Bun.Socket<BunTransport>;

const REFUSED = "The socket takes no more octets";

// What a connection reports to until core has given its own, and for good when core could not.
const NOBODY: TransportEvents = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

/** The callbacks of one listener. They find the transport in `socket.data`. */
export function socketHandler(
  onConnection: (transport: Transport) => TransportEvents,
  tcpKeepAliveMs: number | undefined,
): Bun.SocketHandler<BunTransport> {
  const keepAliveDelay = tcpKeepAliveMs === undefined ? undefined : delayForBun(tcpKeepAliveMs);
  return {
    open(socket) {
      if (keepAliveDelay !== undefined) socket.setKeepAlive(true, keepAliveDelay);
      accept(socket, onConnection);
    },
    data: onData,
    drain: onDrain,
    end: onEnd,
    error: onError,
    close: onClose,
  };
}

/** Before 1.4 Bun hands TCP_KEEPIDLE, which counts seconds, the number of milliseconds as it is. */
function delayForBun(idleMs: number): number {
  const seconds = Math.max(1, Math.round(idleMs / 1000));
  return Bun.semver.satisfies(Bun.version, "<1.4.0") ? seconds : seconds * 1000;
}

/** Hands an accepted socket to core. An exception of `onConnection` closes the connection and becomes a warning. */
function accept(
  socket: HostedSocket,
  onConnection: (transport: Transport) => TransportEvents,
): void {
  const transport = new BunTransport(socket);
  socket.data = transport;
  socket.setNoDelay(true);
  try {
    transport.events = onConnection(transport);
  } catch (error) {
    warn(error);
    transport.destroy();
  }
}

function onData(socket: HostedSocket, octets: Uint8Array): void {
  socket.data.receive(octets);
}
function onDrain(socket: HostedSocket): void {
  socket.data.drained();
}
function onEnd(socket: HostedSocket): void {
  socket.data.peerEnded();
}
function onError(socket: HostedSocket, error: Error): void {
  socket.data.failed(error);
}
function onClose(socket: HostedSocket, error?: Error): void {
  socket.data.closed(error);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function warn(thrown: unknown): void {
  process.emitWarning(asError(thrown));
}

/** A queue of octets: of a long string, Bun would look through all of it each time it takes a part. */
function inOctets(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk;
}

export class BunTransport implements Transport {
  events: TransportEvents = NOBODY;
  readonly #socket: HostedSocket;
  // What Bun has not taken yet, in order; undefined while there is nothing, as on most connections always.
  #queue: Uint8Array[] | undefined = undefined;
  #pendingBytes = 0;
  #ended = false;
  #peerEnded = false;
  #paused = false;
  #gone = false;
  #cause: Error | undefined = undefined;

  constructor(socket: HostedSocket) {
    this.#socket = socket;
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#ended || this.#gone) return true;
    if (this.#queue !== undefined) {
      this.#queue.push(inOctets(chunk));
      this.#pendingBytes += chunk.length;
      return false;
    }
    const taken = this.#socket.write(chunk);
    if (taken === chunk.length) return true;
    if (taken < 0) {
      this.failed(new Error(REFUSED));
      return true;
    }
    this.#queue = [inOctets(chunk).subarray(taken)];
    this.#pendingBytes = chunk.length - taken;
    this.#keepPaused();
    return false;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  end(): void {
    if (this.#ended || this.#gone) return;
    this.#ended = true;
    // Bun's end() would close both halves, and shutdown() before the queue is out would cut it off.
    if (this.#queue === undefined) this.#socket.shutdown();
  }

  destroy(): void {
    if (this.#gone) return;
    this.#forget();
    this.#socket.end();
  }

  reset(): void {
    if (this.#gone) return;
    this.#forget();
    this.#socket.terminate();
  }

  pause(): void {
    if (this.#paused || this.#gone) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused || this.#gone) return;
    this.#paused = false;
    this.#socket.resume();
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  receive(octets: Uint8Array): void {
    if (this.#gone) return;
    try {
      this.events.onData(octets);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Bun calls this at other times too, after an end or a pause for example. */
  drained(): void {
    if (this.#queue === undefined || !this.#flush(this.#queue)) return;
    if (this.#ended) this.#socket.shutdown();
    try {
      this.events.onDrain();
    } catch (error) {
      this.failed(error);
    }
  }

  peerEnded(): void {
    if (this.#gone || this.#peerEnded) return;
    this.#peerEnded = true;
    try {
      this.events.onEnd();
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    this.#cause ??= asError(error);
    this.destroy();
  }

  closed(error: Error | undefined): void {
    if (this.#gone) {
      // Called from inside our end() or terminate(), and the seam has no event inside a call of Transport. The error
      // is of Bun 1.3's own making.
      queueMicrotask(() => this.#finish(false));
      return;
    }
    this.#cause ??= error;
    this.#forget();
    // A FIN that follows ours closes the socket without an "end".
    this.#finish(this.#ended && error === undefined);
  }

  #finish(endMissing: boolean): void {
    try {
      if (endMissing && !this.#peerEnded) this.events.onEnd();
    } catch (error) {
      this.#cause = asError(error);
    }
    try {
      this.events.onClose(this.#cause);
    } catch (error) {
      warn(error);
    }
  }

  /** Hands the queue to Bun; reports whether it has emptied. */
  #flush(queue: Uint8Array[]): boolean {
    for (const [i, octets] of queue.entries()) {
      const taken = this.#socket.write(octets);
      if (taken < 0) {
        this.failed(new Error(REFUSED));
        return false;
      }
      this.#pendingBytes -= taken;
      if (taken < octets.length) {
        queue[i] = octets.subarray(taken);
        queue.splice(0, i);
        this.#keepPaused();
        return false;
      }
    }
    this.#queue = undefined;
    return true;
  }

  /** Before 1.4 a partial write makes Bun read again, and pause() does nothing for a socket it takes for paused. */
  #keepPaused(): void {
    if (!this.#paused) return;
    this.#socket.resume();
    this.#socket.pause();
  }

  #forget(): void {
    this.#gone = true;
    this.#queue = undefined;
    this.#pendingBytes = 0;
  }
}
