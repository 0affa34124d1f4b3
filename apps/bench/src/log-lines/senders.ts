// Connections that pipeline requests with ids of their own, and know which were answered and when. Answers are counted by
// their octets, which are the same for all.

import { once } from "node:events";
import { createConnection, type Socket } from "node:net";

const BATCH = 16;
const OUTSTANDING_MAX = 64;

/** A request that was answered. */
export interface Answered {
  readonly id: string;
  readonly answeredMs: number;
}

export class Senders {
  readonly #senders: readonly Sender[];

  private constructor(senders: readonly Sender[]) {
    this.#senders = senders;
  }

  static async start(port: number, connections: number): Promise<Senders> {
    const answerOctets = await lengthOfAnswer(port);
    const senders: Sender[] = [];
    for (let at = 0; at < connections; at++) {
      const socket = createConnection(port, "127.0.0.1");
      await once(socket, "connect");
      senders.push(new Sender(socket, String.fromCharCode(97 + at), answerOctets));
    }
    for (const sender of senders) sender.send();
    return new Senders(senders);
  }

  /** Resolves when so many have been answered in all, or all connections have ended. */
  async untilAnswered(requests: number): Promise<void> {
    const count = () => this.#senders.reduce((sum, sender) => sum + sender.times.length, 0);
    while (count() < requests && this.#senders.some((sender) => sender.isOpen)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What was answered, once all connections have ended. */
  async ended(): Promise<Answered[]> {
    await Promise.all(this.#senders.map((sender) => sender.closed));
    return this.#senders.flatMap((sender) =>
      sender.times.map((answeredMs, at) => ({ id: sender.idOf(at), answeredMs })),
    );
  }

  hasSent(id: string): boolean {
    const sender = this.#senders.find(({ name }) => id.startsWith(`${name}-`));
    return (
      id === "first" || id === "last" || (sender !== undefined && Number(id.slice(2)) < sender.sent)
    );
  }
}

class Sender {
  readonly name: string;
  readonly closed: Promise<void>;
  /** When each was answered, in the order of the requests. */
  readonly times: number[] = [];
  isOpen = true;
  sent = 0;
  #octets = 0;
  readonly #socket: Socket;
  readonly #answerOctets: number;

  constructor(socket: Socket, name: string, answerOctets: number) {
    this.name = name;
    this.#socket = socket;
    this.#answerOctets = answerOctets;
    socket.on("data", (chunk: Buffer) => this.#received(chunk.length));
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.isOpen = false;
        resolve();
      });
    });
  }

  idOf(at: number): string {
    return `${this.name}-${at}`;
  }

  send(): void {
    while (this.isOpen && this.sent - this.times.length <= OUTSTANDING_MAX - BATCH) {
      let batch = "";
      for (let at = 0; at < BATCH; at++) {
        batch += `GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${this.idOf(this.sent++)}\r\n\r\n`;
      }
      this.#socket.write(batch, "latin1");
    }
  }

  #received(octets: number): void {
    this.#octets += octets;
    const answered = Math.floor(this.#octets / this.#answerOctets);
    const nowMs = performance.now();
    while (this.times.length < answered) this.times.push(nowMs);
    this.send();
  }
}

async function lengthOfAnswer(port: number): Promise<number> {
  const socket = createConnection(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: first\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.length;
}
