// A little of every attack, for a long time: each kind in a loop of its own until it is stopped. It judges nothing, and
// nothing that the server does to it is an error.

import { within } from "../../../src/within.ts";
import { RawPeer } from "../../raw-peer.ts";
import { sleep } from "../../target.ts";

export interface Where {
  readonly host: string;
  readonly port: number;
}

interface Kind {
  readonly name: string;
  /** So many at a time. */
  readonly count: number;
  /** Pause between two of them, in ms. */
  readonly everyMs: number;
  run(peer: RawPeer, isOn: () => boolean): Promise<void>;
}

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const MIB = Buffer.alloc(2 ** 20, 0x78);
/** None is HTTP: line ends, framing, sizes, versions, a chunk that is none. */
const FAULTS: readonly string[] = [
  "GET / HTTP/1.1\nHost: localhost\n\n",
  "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
  "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
  "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
  `GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${"a".repeat(20_000)}\r\n\r\n`,
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "\0\0\0\0",
];

const KINDS: readonly Kind[] = [
  {
    name: "slow heads",
    count: 20,
    everyMs: 100,
    async run(peer, isOn) {
      peer.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
      while (isOn() && peer.isOpen) {
        peer.send("x");
        await sleep(250);
      }
    },
  },
  { name: "silent", count: 20, everyMs: 100, run: untilClosed },
  {
    name: "resets",
    count: 5,
    everyMs: 100,
    async run(peer) {
      peer.send(GET.slice(0, 1 + Math.floor(Math.random() * GET.length)));
      await sleep(Math.random() * 20);
      peer.reset();
    },
  },
  {
    name: "pipelines without a reader",
    count: 2,
    everyMs: 1000,
    async run(peer) {
      peer.pause();
      peer.send(GET.repeat(500));
      await sleep(1000);
    },
  },
  {
    name: "faults",
    count: 5,
    everyMs: 100,
    async run(peer, isOn) {
      peer.send(FAULTS[Math.floor(Math.random() * FAULTS.length)]!);
      await untilClosed(peer, isOn);
    },
  },
  {
    name: "answers that are left",
    count: 3,
    everyMs: 200,
    async run(peer) {
      peer.send(GET.replace("/", "/big"));
      await sleep(Math.random() * 50);
    },
  },
  {
    name: "uploads that are left",
    count: 3,
    everyMs: 200,
    async run(peer) {
      peer.send("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nhalf");
      await sleep(Math.random() * 100);
      if (Math.random() < 0.5) peer.finish();
      else peer.reset();
      await sleep(50);
    },
  },
  {
    name: "uploads that are refused",
    count: 2,
    everyMs: 500,
    async run(peer, isOn) {
      peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n");
      for (let i = 0; i < 8 && isOn() && peer.isOpen; i++) {
        peer.send(MIB);
        await sleep(50);
      }
      await untilClosed(peer, isOn);
    },
  },
  {
    name: "streams that are read slowly",
    count: 5,
    everyMs: 200,
    async run(peer, isOn) {
      peer.send(GET.replace("/", "/stream?octets=100000000"));
      for (let i = 0; i < 20 && isOn(); i++) {
        await sleep(100);
        peer.pause();
        await sleep(100);
        peer.resume();
      }
    },
  },
];

/** What a peer waits for the server's close at most. */
const CLOSE_MS = 12_000;

export class BadTraffic {
  readonly connections: Record<string, number> = {};
  readonly #where: Where;
  readonly #open = new Set<RawPeer>();
  #isOn = true;
  readonly #done: Promise<unknown>;

  constructor(where: Where) {
    this.#where = where;
    const loops = KINDS.flatMap((kind) => Array.from({ length: kind.count }, () => kind));
    this.#done = Promise.all(loops.map((kind) => this.#loop(kind)));
  }

  /** Closes everything. */
  async stop(): Promise<void> {
    this.#isOn = false;
    for (const peer of this.#open) peer.destroy();
    await this.#done;
  }

  async #loop(kind: Kind): Promise<void> {
    while (this.#isOn) {
      await sleep(kind.everyMs * (0.5 + Math.random()));
      await this.#one(kind);
    }
  }

  async #one(kind: Kind): Promise<void> {
    let peer: RawPeer;
    try {
      peer = await RawPeer.connect(this.#where, { staysOpen: false });
    } catch {
      return;
    }
    this.connections[kind.name] = (this.connections[kind.name] ?? 0) + 1;
    this.#open.add(peer);
    await kind.run(peer, () => this.#isOn);
    peer.destroy();
    this.#open.delete(peer);
  }
}

async function untilClosed(peer: RawPeer, isOn: () => boolean): Promise<void> {
  const endMs = performance.now() + CLOSE_MS;
  while (isOn() && performance.now() < endMs && peer.isOpen) await within(peer.closed, 500);
}
