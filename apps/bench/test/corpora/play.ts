// Plays octets to a server as a client that first keeps its side open, then ends it. Knows sockets and answers; what
// they should be is the judge's.

import { createConnection, type Socket } from "node:net";
import { type Answer, readAnswers } from "../../src/read-answers.ts";

/** How long a server that should wait is given to answer. */
const QUIET_MS = 40;
/** How long one that should answer is given, on a busy machine too. */
export const PATIENCE_MS = 10_000;

export interface Script {
  readonly octets: Buffer;
  /** Written one by one, each in a turn of its own. */
  readonly singly: boolean;
  readonly methods: readonly string[];
  /** What is waited for before the client ends its side: final answers, the server's end, or nothing but a while. */
  readonly until: { readonly answers: number } | "end" | "quiet";
  readonly patienceMs: number;
}

export interface Played {
  /** Final answers while the client's side was open, and all of them. */
  readonly whileOpen: readonly Answer[];
  readonly answers: readonly Answer[];
  /** The server ended or cut the connection before the client did. */
  readonly endedFirst: boolean;
  /** All octets received. */
  readonly received: Buffer;
  /** Octets behind the last whole answer. */
  readonly rest: Buffer;
  /** What was waited for did not come. */
  readonly missing: string | undefined;
}

export async function play(port: number, script: Script): Promise<Played> {
  const peer = new Peer(port, script.patienceMs);
  await peer.send(script.octets, script.singly);
  const finals = () =>
    readAnswers(peer.received, script.methods).answers.filter(({ status }) => status >= 200);
  const { until } = script;
  let missing: string | undefined;
  if (until === "quiet") await peer.quiet();
  else if (until === "end") {
    if (!(await peer.until(() => peer.ended))) missing = "the server does not end the connection";
  } else if (!(await peer.until(() => peer.ended || finals().length >= until.answers))) {
    missing = `${until.answers} answers`;
  }
  const endedFirst = peer.ended;
  const whileOpen = finals();
  peer.socket.end();
  if (!(await peer.until(() => peer.closed))) missing ??= "the server does not close behind FIN";
  peer.socket.destroy();
  const { rest } = readAnswers(peer.received, script.methods);
  return { whileOpen, answers: finals(), endedFirst, received: peer.received, rest, missing };
}

class Peer {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  ended = false;
  closed = false;
  readonly #patienceMs: number;
  #wake = (): void => {};

  constructor(port: number, patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.socket = createConnection({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
    this.socket.on("data", (octets: Buffer) => {
      this.received = Buffer.concat([this.received, octets]);
      this.#wake();
    });
    this.socket.on("end", () => {
      this.ended = true;
      this.#wake();
    });
    this.socket.on("close", () => {
      this.ended = true;
      this.closed = true;
      this.#wake();
    });
    // A reset ends the connection like any other end; "close" follows.
    this.socket.on("error", () => {});
  }

  async send(octets: Buffer, singly: boolean): Promise<void> {
    if (!singly) {
      this.socket.write(octets);
      return;
    }
    await this.until(() => this.closed || !this.socket.connecting);
    for (const octet of octets) {
      if (this.closed) return;
      this.socket.write(Uint8Array.of(octet));
      await new Promise(setImmediate);
    }
  }

  /** Reports whether `condition` came to hold. */
  async until(condition: () => boolean): Promise<boolean> {
    const dueMs = performance.now() + this.#patienceMs;
    while (!condition()) {
      const leftMs = dueMs - performance.now();
      if (leftMs <= 0) return false;
      await this.#event(leftMs);
    }
    return true;
  }

  /** Waits until the server has ended, or nothing has come for a while. */
  async quiet(): Promise<void> {
    while (!this.ended && (await this.#event(QUIET_MS))) {}
  }

  #event(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, false);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
      if (this.socket.connecting) this.socket.once("connect", this.#wake);
    });
  }
}
