// One polite client: requests over one kept connection, one at a time, each due at its own time. It follows the rules of
// persistent connections (RFC 9112 9.3): reconnects when the server closes in order, and sends a request again, once,
// when a connection that was idle was closed under it. Reads answers that have a Content-Length.

import { createConnection, type Socket } from "node:net";

export interface GoodEvents {
  /** ms since the request was due. */
  answered(latencyMs: number): void;
  failed(what: string): void;
  connecting(): void;
  retrying(): void;
}

interface Due {
  readonly dueMs: number;
  isRetry: boolean;
}

const LATE_MS = 10_000;
const FINISH_MS = 5000;

export class GoodConnection {
  readonly #port: number;
  readonly #path: string;
  readonly #requestsMost: number;
  readonly #events: GoodEvents;
  #socket: Socket | undefined;
  #isConnected = false;
  /** Answers that came on this connection. */
  #answers = 0;
  readonly #due: Due[] = [];
  /** Sent, not answered yet. */
  #sent: Due | undefined;
  #received = "";
  #finished: (() => void) | undefined;

  /** After `requestsMost` answers a connection is closed; the next request opens another. */
  constructor(port: number, path: string, requestsMost: number, events: GoodEvents) {
    this.#port = port;
    this.#path = path;
    this.#requestsMost = requestsMost;
    this.#events = events;
  }

  request(dueMs: number): void {
    this.#due.push({ dueMs, isRetry: false });
    this.#next();
  }

  /** Fails a request that has had no answer for 10 s. */
  giveUpLate(nowMs: number): void {
    const oldest = this.#sent ?? this.#due[0];
    if (oldest === undefined || nowMs - oldest.dueMs < LATE_MS) return;
    if (this.#sent === undefined) this.#due.shift();
    this.#fail(`no answer for ${LATE_MS / 1000} s`);
  }

  /** Resolves when all that was due has been answered, failed, or waited for 5 s. */
  async finish(): Promise<void> {
    if (this.#sent !== undefined || this.#due.length > 0) {
      const timer = setTimeout(() => {
        const open = this.#due.splice(0).length;
        for (let i = 0; i < open; i++) this.#events.failed("no answer at the end");
        this.#fail("no answer at the end");
        this.#finished?.();
      }, FINISH_MS);
      await new Promise<void>((resolve) => {
        this.#finished = resolve;
      });
      clearTimeout(timer);
    }
    this.#drop();
  }

  #next(): void {
    if (this.#sent !== undefined) return;
    if (this.#due.length === 0) {
      this.#finished?.();
      return;
    }
    if (this.#socket === undefined) this.#connect();
    if (!this.#isConnected) return;
    this.#sent = this.#due.shift();
    this.#socket!.write(`GET ${this.#path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  #connect(): void {
    this.#events.connecting();
    const socket = createConnection({ host: "127.0.0.1", port: this.#port, noDelay: true });
    this.#socket = socket;
    this.#isConnected = false;
    this.#answers = 0;
    this.#received = "";
    const isOurs = (): boolean => this.#socket === socket;
    socket.on("connect", () => {
      if (!isOurs()) return;
      this.#isConnected = true;
      this.#next();
    });
    socket.on("data", (octets) => isOurs() && this.#take(octets.toString("latin1")));
    socket.on("end", () => isOurs() && this.#closed("closed"));
    // EPIPE: the request met a connection that the server had closed in order.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (isOurs()) this.#closed(error.code === "EPIPE" ? "closed" : (error.code ?? error.message));
    });
  }

  #take(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      this.#fail("an answer without Content-Length");
      return;
    }
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const [, status = "?"] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
    if (this.#sent === undefined) {
      this.#fail(`an answer nobody asked for (${status})`);
      return;
    }
    const { dueMs } = this.#sent;
    this.#sent = undefined;
    this.#received = this.#received.slice(end);
    this.#answers++;
    if (status.startsWith("2")) this.#events.answered(performance.now() - dueMs);
    else this.#events.failed(`status ${status}`);
    const isLast = this.#answers >= this.#requestsMost;
    if (isLast || /^connection: *close/im.test(head)) this.#drop();
    this.#next();
  }

  /** The connection is gone. In order and without a request in flight that is no error. */
  #closed(how: string): void {
    const sent = this.#sent;
    const wasReused = this.#answers > 0 && this.#received === "";
    if (!this.#isConnected) {
      const due = this.#due.shift();
      if (due !== undefined) this.#events.failed(`connect: ${how}`);
    } else if (sent === undefined) {
      if (how !== "closed") this.#events.failed(`idle connection: ${how}`);
    } else if (how === "closed" && wasReused && !sent.isRetry) {
      this.#events.retrying();
      sent.isRetry = true;
      this.#due.unshift(sent);
    } else this.#events.failed(`request: ${how}`);
    this.#sent = undefined;
    this.#drop();
    this.#next();
  }

  #fail(what: string): void {
    this.#events.failed(what);
    this.#sent = undefined;
    this.#drop();
    this.#next();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isConnected = false;
    socket?.destroy();
  }
}
