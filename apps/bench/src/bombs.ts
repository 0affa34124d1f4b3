// Sends coded content that is malformed, cut short, or far larger decoded than sent, and looks at what the server holds
// before and behind it: decoding must cost no memory that stays.

import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import { readArguments } from "./arguments.ts";
import { residentOctets } from "./process-facts.ts";
import { RUNTIMES } from "./runtimes.ts";
import { ServerProcess } from "./server-process.ts";

const MIB = 2 ** 20;
const BOMB_OCTETS = 128 * MIB;
const AT_ONCE = 16;
/** What an allocator keeps of some thousand decoders. */
const SLACK_OCTETS = 48 * MIB;
/** The first of them make the runtime compile, and its heap as large as they need. */
const WARM_UP = { uploads: 2000, bombs: 64 };

const { uploads, bombs, seed } = readArguments({ uploads: 10_000, bombs: 200, seed: 1 });

type Encode = (octets: Buffer) => Buffer;
const ENCODERS: readonly (readonly [coding: string, encode: Encode])[] = [
  ["gzip", (octets) => zlib.gzipSync(octets)],
  ["deflate", (octets) => zlib.deflateSync(octets)],
  ["br", (octets) => zlib.brotliCompressSync(octets)],
  ...("zstdCompressSync" in zlib
    ? [["zstd", (octets: Buffer) => zlib.zstdCompressSync(octets)] as const]
    : []),
];

/** mulberry32: the same uploads for the same seed. */
let state = seed;
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}

function malformed(encode: Encode): Buffer {
  const octets = Buffer.from(encode(Buffer.from(`{"n":${random(1e9)}}`.repeat(1 + random(2000)))));
  if (random(4) === 0) return octets.subarray(0, random(octets.length));
  for (let changes = 1 + random(4); changes > 0; changes--)
    octets[random(octets.length)] = random(256);
  return octets;
}

async function post(url: string, coding: string, content: Buffer): Promise<number> {
  const headers = { "Content-Encoding": coding };
  try {
    const answer = await fetch(url, { method: "POST", headers, body: new Uint8Array(content) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    // The answer to content that is too large may meet a client that still sends.
    return 0;
  }
}

/** Sends what `next` gives, some at a time; counts the answers by status. */
async function send(url: string, count: number, next: () => readonly [string, Buffer]) {
  const statuses = new Map<number, number>();
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const status = await post(url, ...next());
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return statuses;
}

/** The most memory a process held while `run` went on, and what that gave. */
async function mostResident<T>(pid: number, run: () => Promise<T>): Promise<[octets: number, T]> {
  let most = residentOctets([pid]);
  const timer = setInterval(() => {
    most = Math.max(most, residentOctets([pid]));
  }, 20);
  const given = await run();
  clearInterval(timer);
  return [most, given];
}

let wrong = 0;
const contents = ENCODERS.map(
  ([coding, encode]) => [coding, encode(Buffer.alloc(BOMB_OCTETS))] as const,
);
for (const { name, command } of RUNTIMES) {
  const file = fileURLToPath(new URL("bombs/server.ts", import.meta.url));
  const server = await ServerProcess.start([command, file, name]);
  const url = `${server.url}/`;
  const anyMalformed = () => {
    const [coding, encode] = ENCODERS[random(ENCODERS.length)]!;
    return [coding, malformed(encode)] as const;
  };
  const anyBomb = () => contents[random(contents.length)]!;
  const [warm] = await mostResident(server.pid, async () => {
    await send(url, WARM_UP.uploads, anyMalformed);
    await send(url, WARM_UP.bombs, anyBomb);
  });
  const [mostRefused, refused] = await mostResident(server.pid, () =>
    send(url, uploads, anyMalformed),
  );
  const [mostExploded, exploded] = await mostResident(server.pid, () => send(url, bombs, anyBomb));
  const isWrong =
    [...refused.keys()].some((status) => ![200, 400, 413].includes(status)) ||
    [...exploded.keys()].some((status) => ![413, 0].includes(status)) ||
    Math.max(mostRefused, mostExploded) - warm > SLACK_OCTETS;
  if (isWrong) wrong++;
  const mib = (octets: number) => (octets / MIB).toFixed(0);
  console.log(
    `${name.padEnd(5)} ${uploads} malformed: ${shown(refused)}; ${bombs} of ${mib(BOMB_OCTETS)} MiB each: ${shown(exploded)}; ` +
      `most resident ${mib(warm)} MiB in the warm-up, then ${mib(mostRefused)} and ${mib(mostExploded)}${isWrong ? "  WRONG" : ""}`,
  );
  await server.stop();
}
process.exitCode = wrong === 0 ? 0 : 1;

function shown(statuses: ReadonlyMap<number, number>): string {
  return [...statuses].map(([status, count]) => `${count} x ${status || "no answer"}`).join(", ");
}
