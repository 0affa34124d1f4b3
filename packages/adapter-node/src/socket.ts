// One accepted node:net socket as core's Transport. Knows node:net and the seam, nothing of HTTP.

import type { Socket } from "node:net";
import type { Transport, TransportEvents } from "@hyperlane-ts/core";

const TRANSPORT = Symbol("hyperlane.transport");

interface HostedSocket extends Socket {
  [TRANSPORT]: NodeTransport;
}

// What a connection reports to until core has given its own, and for good when core could not.
const NOBODY: TransportEvents = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

/** Hands an accepted socket to core. An exception of `onConnection` closes the connection and becomes a warning. */
export function accept(
  accepted: Socket,
  onConnection: (transport: Transport) => TransportEvents,
): void {
  const socket = accepted as HostedSocket;
  const transport = new NodeTransport(socket);
  socket[TRANSPORT] = transport;
  // One function per event for all sockets, which finds its transport on the socket: closures would cost an
  // allocation each per connection.
  socket.on("error", onError);
  socket.on("close", onClose);
  try {
    transport.events = onConnection(transport);
  } catch (error) {
    warn(error);
    transport.destroy();
    return;
  }
  socket.on("end", onEnd);
  socket.on("data", onData);
}

function onData(this: HostedSocket, octets: Uint8Array): void {
  this[TRANSPORT].receive(octets);
}
function onDrain(this: HostedSocket): void {
  this[TRANSPORT].drained();
}
function onEnd(this: HostedSocket): void {
  this[TRANSPORT].peerEnded();
}
function onError(this: HostedSocket, error: Error): void {
  this[TRANSPORT].failed(error);
}
function onClose(this: HostedSocket): void {
  this[TRANSPORT].closed();
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function warn(thrown: unknown): void {
  process.emitWarning(asError(thrown));
}

class NodeTransport implements Transport {
  events: TransportEvents = NOBODY;
  readonly #socket: Socket;
  #ended = false;
  #gone = false;
  #hearsDrain = false;
  #cause: Error | undefined = undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#ended || this.#gone) return true;
    const more =
      typeof chunk === "string" ? this.#socket.write(chunk, "latin1") : this.#socket.write(chunk);
    if (!more && !this.#hearsDrain) {
      this.#hearsDrain = true;
      this.#socket.on("drain", onDrain);
    }
    return more;
  }

  get pendingBytes(): number {
    return this.#gone ? 0 : this.#socket.writableLength;
  }

  end(): void {
    if (this.#ended || this.#gone) return;
    this.#ended = true;
    // An ending stream emits no more "drain".
    if (this.#socket.writableLength > 0 || this.#socket.writableNeedDrain) {
      this.#socket.once("finish", onDrain);
    }
    this.#socket.end();
  }

  destroy(): void {
    this.#gone = true;
    this.#socket.destroy();
  }

  reset(): void {
    if (this.#gone) return;
    this.#gone = true;
    try {
      this.#socket.resetAndDestroy();
    } catch {
      // A unix socket has no RST; Node throws there.
      this.#socket.destroy();
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  receive(octets: Uint8Array): void {
    // A stream that was destroyed while it held read-ahead emits it all the same.
    if (this.#gone) return;
    try {
      this.events.onData(octets);
    } catch (error) {
      this.#abandon(error);
    }
  }

  drained(): void {
    if (this.#gone) return;
    try {
      this.events.onDrain();
    } catch (error) {
      this.#abandon(error);
    }
  }

  peerEnded(): void {
    if (this.#gone) return;
    try {
      this.events.onEnd();
    } catch (error) {
      this.#abandon(error);
    }
  }

  failed(error: Error): void {
    this.#cause ??= error;
    this.#gone = true;
  }

  closed(): void {
    this.#gone = true;
    try {
      this.events.onClose(this.#cause);
    } catch (error) {
      warn(error);
    }
  }

  #abandon(error: unknown): void {
    this.#cause ??= asError(error);
    this.destroy();
  }
}
