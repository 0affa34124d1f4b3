// Peers that ask for 8 MiB and read nothing. What the kernels take of it at once, megabytes each, is theirs; from when they
// take no more, the server gives writeStallMs. Beside them one peer reads 50 kB/s, for minutes, and must get everything.
// 8 MiB it must be: less than half of it fits into the kernels' queues, and then the server sees no slow reader.

import { readFileSync } from "node:fs";
import { quantile } from "../../src/statistics.ts";
import { destroyAll, RawPeer } from "../raw-peer.ts";
import { LATE_MS, type SlowPart, type SlowRun } from "../slow-part.ts";
import { readSocketTable } from "../socket-table.ts";
import { sleep, type Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";

const REQUEST = "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n";
const BIG_OCTETS = 8 * 2 ** 20;
/** What the kernel takes of an answer at most (tcp_wmem). */
const KERNEL_OCTETS = 4 * 2 ** 20;
const WRITE_STALL_MS = 60_000;
/**
 * Each answer costs the server 3 to 20 ms, in which the kernel finds memory and copies. All at once would be an overload of
 * some seconds, which is another attack.
 */
const REQUESTS_PER_SECOND = 25;
/** Looks at the kernel's table while the queues fill, and again when the deadline is near: looking is not cheap. */
const LOOK_MS = 250;
const FILLED_MS = 3000;
const NEAR_MS = 2000;
const LONGEST_FILL_MS = 60_000;
const PATIENT_OCTETS_PER_SECOND = 50_000;

export const slowReaders: SlowPart = {
  name: "slow-readers",
  says: "GET of 8 MiB and not a single read",
  reason: "writeStall",
  // Some get room in the kernel's queues only when the first are gone, and then have their time anew.
  longestMs: LONGEST_FILL_MS + 2 * WRITE_STALL_MS + 5000,
  mostConnections: kernelMost,
  async start(target, connections) {
    return new ReadersRun(target).start(connections);
  },
};

export const patientReader: SlowPart = {
  name: "patient-reader",
  says: "8 MiB read at 50 kB/s: no attack, must finish",
  reason: undefined,
  longestMs: (BIG_OCTETS / PATIENT_OCTETS_PER_SECOND) * 1000 + 15_000,
  async start(target) {
    return new PatientRun(await RawPeer.connect(target));
  },
};

class ReadersRun implements SlowRun {
  readonly #target: Target;
  readonly #peers: RawPeer[] = [];
  /** By the client's port: octets in the kernels' queues, when they last grew, when the server's side was gone. */
  readonly #seen = new Map<number, { octets: number; grewMs: number; goneMs: number }>();
  #isOver = false;

  constructor(target: Target) {
    this.#target = target;
  }

  async start(connections: number): Promise<this> {
    for (let i = 0; i < connections; i++) {
      await sleep(1000 / REQUESTS_PER_SECOND);
      const peer = await RawPeer.connect(this.#target, { isPaused: true });
      this.#peers.push(peer);
      peer.send(REQUEST);
      const grewMs = performance.now();
      this.#seen.set(peer.socket.localPort!, { octets: 0, grewMs, goneMs: Number.NaN });
      if (i === 0) void this.#watch();
    }
    return this;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  judge(verdict: Verdict): string {
    const all = [...this.#seen.values()];
    const gone = all.filter(({ goneMs }) => !Number.isNaN(goneMs));
    const seconds = gone.map(({ grewMs, goneMs }) => (goneMs - grewMs) / 1000);
    const [least, most] = [quantile(seconds, 0), quantile(seconds, 1)];
    const limit = WRITE_STALL_MS / 1000;
    // A look may come so much later than what it sees. The server counts whole slices, the kernel's table every octet.
    const isInTime = (s: number): boolean => Math.abs(s - limit) <= (LATE_MS + LOOK_MS) / 1000;
    const inTime = seconds.filter(isInTime);
    verdict.judge(
      "slow-readers: ended in time",
      `${all.length} ${limit} s after the kernel stopped taking, give or take ${LATE_MS / 1000} s`,
      `${inTime.length}; ${gone.length} ended at all: ` +
        `${gone.length === 0 ? "never" : `${least.toFixed(2)} to ${most.toFixed(2)} s`}`,
      inTime.length === all.length,
    );
    const mib =
      quantile(
        all.map(({ octets }) => octets),
        0.5,
      ) /
      2 ** 20;
    verdict.note(`slow-readers: the kernels' queues took ${mib.toFixed(1)} MiB of each answer`);
    const left = all.length - gone.length;
    if (left > 0) return `${left} of ${all.length} still open`;
    return `${quantile(seconds, 0.5).toFixed(1)} s`;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await destroyAll(this.#peers);
  }

  async #watch(): Promise<void> {
    const startMs = performance.now();
    while (performance.now() - this.#lastGrowthMs() < FILLED_MS) {
      this.#look();
      await sleep(LOOK_MS);
      if (performance.now() - startMs > LONGEST_FILL_MS) break;
    }
    const firstMs = Math.min(...[...this.#seen.values()].map(({ grewMs }) => grewMs));
    await sleep(firstMs + WRITE_STALL_MS - NEAR_MS - performance.now());
    while (!this.#isOver) {
      this.#look();
      this.#isOver ||= [...this.#seen.values()].every(({ goneMs }) => !Number.isNaN(goneMs));
      await sleep(LOOK_MS);
    }
  }

  #lastGrowthMs(): number {
    return Math.max(...[...this.#seen.values()].map(({ grewMs }) => grewMs));
  }

  #look(): void {
    const atMs = performance.now();
    const rows = readSocketTable(this.#target.port);
    for (const [port, seen] of this.#seen) {
      const row = rows.get(port);
      if (row === undefined) {
        if (Number.isNaN(seen.goneMs)) seen.goneMs = atMs;
      } else if (row.queuedOctets > seen.octets) {
        seen.octets = row.queuedOctets;
        seen.grewMs = atMs;
      }
    }
  }
}

/** So many full queues fit into 90 % of the memory that the kernel allows TCP; pages of 4 KiB. */
function kernelMost(): number {
  const [, , pages] = readFileSync("/proc/sys/net/ipv4/tcp_mem", "latin1").trim().split(/\s+/);
  return Math.floor((0.9 * Number(pages) * 4096) / KERNEL_OCTETS);
}

class PatientRun implements SlowRun {
  readonly #peer: RawPeer;
  #wanted = Number.POSITIVE_INFINITY;
  #doneMs = Number.NaN;

  constructor(peer: RawPeer) {
    this.#peer = peer;
    peer.startedMs = performance.now();
    peer.socket.on("data", (octets: Buffer) => this.#read(octets.length));
    peer.send(REQUEST);
  }

  isOver(): boolean {
    return !Number.isNaN(this.#doneMs) || !this.#peer.isOpen;
  }

  judge(verdict: Verdict): string {
    const { octetsReceived, startedMs, status } = this.#peer;
    const isWhole = status === 200 && octetsReceived === this.#wanted;
    const seconds = ((this.#doneMs - startedMs) / 1000).toFixed(0);
    const measured = isWhole
      ? `all, in ${seconds} s`
      : `${octetsReceived} octets (${this.#peer.end})`;
    verdict.judge("patient-reader: got its answer at 50 kB/s", "all", measured, isWhole);
    return isWhole ? `finished in ${seconds} s` : "did not finish";
  }

  async end(): Promise<void> {
    await destroyAll([this.#peer]);
  }

  /** A pause as long as the octets take at its pace. */
  #read(octets: number): void {
    const peer = this.#peer;
    const headOctets = peer.text.indexOf("\r\n\r\n") + 4;
    if (headOctets > 3) this.#wanted = headOctets + BIG_OCTETS;
    if (peer.octetsReceived >= this.#wanted) {
      this.#doneMs = performance.now();
      return;
    }
    peer.pause();
    setTimeout(() => peer.resume(), (octets / PATIENT_OCTETS_PER_SECOND) * 1000);
  }
}
