// Connections that are opened to be held: silent ones, ones that had an answer, ones with half a head. Opens them again when
// the server lets them go, a few at a time. Knows nothing of caps and of what passes.

import { createConnection, type Socket } from "node:net";
import { sleep } from "./target.ts";

/** `silent`: no octet ever. `answered`: one request, then nothing. `halfHead`: a head that never ends. */
export type HeldKind = "silent" | "answered" | "halfHead";

export type HeldPlan = Readonly<Record<HeldKind, number>>;

const FIRST_OCTETS: Readonly<Record<HeldKind, string>> = {
  silent: "",
  answered: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  halfHead: "GET / HTTP/1.1\r\nHost: local",
};

/** 500 connections a second: a burst as large as a small cap would evict others that have only just been let in. */
const OPENED_AT_ONCE = 5;
const EVERY_MS = 10;

export class HeldConnections {
  readonly #where: { readonly host: string; readonly port: number };
  readonly #kinds: readonly HeldKind[];
  readonly #sockets: (Socket | undefined)[] = [];
  /** Slots that have been filled once. */
  #filled = 0;
  #isOn = true;
  readonly #done: Promise<void>;
  /** Opens a connection again that has gone. */
  reopens: boolean;
  /** Connections that stood. */
  opened = 0;
  /** Of them, those the server closed. */
  ended = 0;
  /** Connections that were refused. */
  refused = 0;

  /** Begins at once. The kinds come mixed. */
  constructor(
    where: { readonly host: string; readonly port: number },
    plan: HeldPlan,
    reopens: boolean,
  ) {
    this.#where = where;
    this.#kinds = mixed(plan);
    this.reopens = reopens;
    this.#done = this.#fill();
  }

  /** Resolves when each was opened once, or after `ms`. */
  async allOpened(ms = 10_000): Promise<void> {
    const endMs = performance.now() + ms;
    const isAll = (): boolean =>
      this.#filled === this.#kinds.length && this.opened + this.refused >= this.#filled;
    while (!isAll() && performance.now() < endMs) await sleep(10);
  }

  /** Closes all and opens no more. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#done;
    const open = this.#sockets.filter((socket) => socket !== undefined);
    const gone = open.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of open) socket.destroy();
    await Promise.all(gone);
  }

  async #fill(): Promise<void> {
    for (let next = 0; this.#isOn; await sleep(EVERY_MS)) {
      let opened = 0;
      for (let looks = 0; looks < this.#kinds.length && opened < OPENED_AT_ONCE; looks++) {
        const slot = next++ % this.#kinds.length;
        if (this.#sockets[slot] !== undefined) continue;
        if (this.#filled === this.#kinds.length && !this.reopens) continue;
        this.#open(slot);
        opened++;
      }
    }
  }

  #open(slot: number): void {
    this.#filled = Math.min(this.#filled + 1, this.#kinds.length);
    const socket = createConnection({ ...this.#where, noDelay: true });
    this.#sockets[slot] = socket;
    let stood = false;
    socket.on("connect", () => {
      stood = true;
      this.opened++;
      const octets = FIRST_OCTETS[this.#kinds[slot]!];
      if (octets !== "") socket.write(octets);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets[slot] = undefined;
      if (!stood) this.refused++;
      else if (this.#isOn) this.ended++;
    });
    socket.resume();
  }
}

/** Each kind spread over the whole list. */
function mixed(plan: HeldPlan): readonly HeldKind[] {
  const kinds = Object.entries(plan) as [HeldKind, number][];
  return kinds
    .flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, i) => ({ kind, at: (i + 0.5) / count })),
    )
    .sort((one, other) => one.at - other.at)
    .map(({ kind }) => kind);
}
