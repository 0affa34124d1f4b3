// The client's end of one run: a socket from an address of its own, what it has received, and patience. Patience counts
// from the last thing that happened, so that a busy machine is no reason to give up.

import { createConnection, type Socket } from "node:net";
import type { Cut } from "./cases.ts";

/** How long nothing at all may happen while something must, in ms. */
const PATIENCE_MS = 10_000;

export interface ClientOptions {
  readonly port: number;
  readonly address: string;
  /** When the client goes before its time. */
  readonly cut: Cut | undefined;
  /** Takes nothing of what the server sends. */
  readonly stalls: boolean;
}

export class FuzzClient {
  /** Octets received. */
  octets = 0;
  /** Octets given to the socket. */
  sent = 0;
  connected = false;
  /** The server has ended its side, or everything is over. */
  ended = false;
  closed = false;
  /** Broken off by the server. */
  wasReset = false;
  /** Has gone before its time. */
  wasCut = false;
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  readonly #cut: Cut | undefined;
  #wake: () => void = () => {};
  #changedMs = 0;

  constructor({ port, address, cut, stalls }: ClientOptions) {
    this.#cut = cut;
    const host = "127.0.0.1";
    const at = { host, port, localAddress: address };
    this.#socket = createConnection({ ...at, noDelay: true, allowHalfOpen: true });
    this.#listen(stalls);
    this.changed();
  }

  #listen(stalls: boolean): void {
    const socket = this.#socket;
    socket.on("connect", () => {
      this.connected = true;
      this.changed();
    });
    if (!stalls) socket.on("data", (octets: Buffer) => this.#receive(octets));
    socket.on("end", () => {
      this.ended = true;
      this.changed();
    });
    socket.on("close", () => {
      this.ended = true;
      this.closed = true;
      this.changed();
    });
    // "close" follows.
    socket.on("error", () => {
      this.wasReset = true;
    });
  }

  #receive(octets: Buffer): void {
    this.#received.push(octets);
    this.octets += octets.length;
    if (this.#cut?.side === "answer" && this.octets >= this.#cut.octet) this.go(this.#cut);
    this.changed();
  }

  /** Everything received, as Latin-1 text. */
  get received(): string {
    return Buffer.concat(this.#received).toString("latin1");
  }

  /** Sends Latin-1 text. */
  send(text: string): void {
    if (text === "") return;
    this.sent += text.length;
    this.#socket.write(text, "latin1");
    this.changed();
  }

  /** Sends what does not belong to the input. */
  sendMore(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Sends FIN. */
  end(): void {
    this.#socket.end();
  }

  /** Lets go, whatever is still to come. */
  abandon(): void {
    this.#socket.resetAndDestroy();
  }

  /** The client goes before its time. */
  go({ how }: Cut): void {
    if (this.wasCut || this.ended) return;
    this.wasCut = true;
    if (how === "fin") this.#socket.end();
    else if (how === "reset") this.#socket.resetAndDestroy();
    else {
      // What has come and is not read makes the kernel send RST instead of FIN.
      this.#socket.pause();
      this.#socket.destroy();
    }
  }

  /** Something has happened: patience begins anew. */
  changed(): void {
    this.#changedMs = performance.now();
    this.#wake();
  }

  /** Reports whether nothing has happened for too long. */
  get isOutOfPatience(): boolean {
    return performance.now() - this.#changedMs > PATIENCE_MS;
  }

  /** Waits for `condition`; reports whether it came to hold before patience was at its end. */
  async until(condition: () => boolean): Promise<boolean> {
    this.#changedMs = performance.now();
    while (!condition()) {
      if (this.isOutOfPatience) {
        // Timers come before sockets in a loop that was kept busy.
        await turn();
        return condition();
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }
}

/** Resolves when the event loop has come round. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
