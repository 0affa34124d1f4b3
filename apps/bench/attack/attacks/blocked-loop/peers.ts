// The clients of the attack "blocked-loop": one kind for each thing a connection can be doing while the event loop stands
// still. Each is in time by its own clock: it pauses 1.5 s where the server gives 2 s, or wants 3 s of a handler that has 4.
// Counted by when the server reads it behind the block, each would be late. One more request shows that it lives.

import { Talk } from "../../talk.ts";
import { sleep } from "../../target.ts";

export interface Where {
  readonly host: string;
  readonly port: number;
}

export interface PeerKind {
  readonly name: string;
  readonly count: number;
  /** The block begins at `blockMs`. Rejects when the server does not let it finish. */
  run(where: Where, blockMs: number): Promise<void>;
}

const ANSWER_MS = 10_000;
const PIECE = "x".repeat(500);
const PIECES = 7;
const BIG_OCTETS = 8 * 2 ** 20;
/** A fair reader that is slow enough to be in the middle when the block begins, and behind it. */
const READ_OCTETS_PER_SECOND = 3 * 2 ** 20;

export const PEERS: readonly PeerKind[] = [
  {
    name: "silent until its first request",
    count: 25,
    async run(where, blockMs) {
      await until(blockMs - 500);
      const talk = await Talk.start(where);
      await until(blockMs + 1000);
      talk.request("GET /");
      await finish(talk);
    },
  },
  {
    name: "idle between two requests",
    count: 40,
    async run(where, blockMs) {
      await until(blockMs - 1000);
      const talk = await Talk.start(where);
      talk.request("GET /");
      await expect(talk);
      await until(blockMs + 500);
      talk.request("GET /");
      await finish(talk);
    },
  },
  {
    name: "half a head",
    count: 35,
    async run(where, blockMs) {
      await until(blockMs - 1500);
      const talk = await Talk.start(where);
      talk.request("GET /");
      await expect(talk);
      await until(blockMs - 500);
      talk.send("GET / HTTP/1.1\r\nHost: loc");
      await until(blockMs + 1000);
      talk.send("alhost\r\n\r\n");
      await finish(talk);
    },
  },
  {
    name: "content, 500 octets every 500 ms",
    count: 30,
    async run(where, blockMs) {
      await until(blockMs - 700);
      const talk = await Talk.start(where);
      talk.request(`POST /upload\nContent-Length: ${PIECE.length * PIECES}`);
      for (let i = 0; i < PIECES; i++) {
        await until(blockMs - 700 + i * 500);
        talk.send(PIECE);
      }
      await finish(talk);
    },
  },
  {
    name: "reads 8 MiB at 3 MiB/s",
    count: 30,
    run: (where, blockMs) => download("GET /big", where, blockMs),
  },
  {
    name: "reads a streamed answer at 3 MiB/s",
    count: 20,
    run: (where, blockMs) => download(`GET /stream?octets=${BIG_OCTETS}`, where, blockMs),
  },
  {
    name: "waits for a handler that waits for a timer",
    count: 20,
    async run(where, blockMs) {
      await until(blockMs - 2400);
      const talk = await Talk.start(where);
      talk.request("GET /slow?ms=2600");
      await finish(talk);
    },
  },
];

async function download(request: string, where: Where, blockMs: number): Promise<void> {
  await until(blockMs - 700);
  const talk = await Talk.start(where, READ_OCTETS_PER_SECOND);
  talk.request(request);
  const { octets } = await expect(talk);
  if (octets !== BIG_OCTETS) throw new Error(`${octets} octets of ${BIG_OCTETS}`);
  await again(talk);
}

/** The answer that is due, then a request more. */
async function finish(talk: Talk): Promise<void> {
  await expect(talk);
  await again(talk);
}

async function again(talk: Talk): Promise<void> {
  await sleep(500);
  talk.request("GET /");
  await expect(talk);
  talk.close();
}

async function expect(talk: Talk) {
  const answer = await talk.answer(ANSWER_MS);
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  if (answer.closes) throw new Error("an answer that closes");
  return answer;
}

async function until(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs > 0) await sleep(leftMs);
}
