// Slow peers that send: an opening, then an octet now and then, until the server has had enough. They go on after its FIN,
// as a hostile peer does. Judges when the FIN came and what the server said before it.

import { median } from "../src/statistics.ts";
import { connectMany, destroyAll, type RawPeer } from "./raw-peer.ts";
import { EARLY_MS, LATE_MS, type SlowPart, type SlowRun } from "./slow-part.ts";
import type { Target } from "./target.ts";
import type { Verdict } from "./verdict.ts";

export interface Drip {
  readonly name: string;
  readonly says: string;
  readonly reason: string;
  /** Sent at once. */
  readonly opening: string;
  /** Sent octet by octet, again and again; "" sends no more. */
  readonly drip: string;
  /** Time between two octets; default 1000. */
  readonly everyMs?: number;
  readonly deadlineMs: number;
  /** What starts the deadline: the connection, the opening's octets, or the answer to the opening. */
  readonly from: "connection" | "opening" | "answer";
  /** The deadline that takes its place while the server hurries (shed level 1); undefined: it stays. */
  readonly hurriedMs?: number;
  /** The status code the server closes with, or 0 for a close without a word. */
  readonly status: number;
}

const EVERY_MS = 1000;
/** The peers are spread over the time between two octets. */
const BATCHES = 10;
const LINGER_MS = 2000;

export function dripPart(drip: Drip): SlowPart {
  const { name, says, reason, deadlineMs } = drip;
  return {
    name,
    says,
    reason,
    longestMs: deadlineMs + goneMs(drip) + 3000,
    async start(target, connections) {
      return new DripRun(drip, target, connections).start();
    },
  };
}

class DripRun implements SlowRun {
  readonly #drip: Drip;
  readonly #target: Target;
  readonly #connections: number;
  #peers: readonly RawPeer[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Octets of the drip sent by each peer so far. */
  #turn = 0;

  constructor(drip: Drip, target: Target, connections: number) {
    this.#drip = drip;
    this.#target = target;
    this.#connections = connections;
  }

  async start(): Promise<this> {
    const { opening, drip, everyMs = EVERY_MS } = this.#drip;
    this.#peers = await connectMany(this.#target, this.#connections);
    if (opening !== "") {
      for (const peer of this.#peers) {
        peer.send(opening);
        peer.startedMs = performance.now();
      }
    }
    if (drip !== "") this.#timer = setInterval(() => this.#sendNext(), everyMs / BATCHES);
    return this;
  }

  isOver(): boolean {
    const dripping = this.#drip.drip !== "";
    return this.#peers.every((peer) => (dripping ? peer.closedMs : peer.endedMs) !== undefined);
  }

  judge(verdict: Verdict, hasHurried: boolean): string {
    const { name, deadlineMs, hurriedMs, status } = this.#drip;
    const ended = this.#peers.filter((peer) => !peer.isOpen);
    const count = this.#peers.length;
    const seconds = ended.map((peer) => (peer.endedMs! - this.#startOf(peer)) / 1000);
    const least = ((hasHurried ? hurriedMs : undefined) ?? deadlineMs) / 1000;
    const most = (deadlineMs + LATE_MS) / 1000;
    const inTime = seconds.filter((s) => s >= least - EARLY_MS / 1000 && s <= most);
    const first = seconds.length === 0 ? "never" : `${spread(seconds)} s`;
    verdict.judge(
      `${name}: closed in time`,
      `${count} after ${least} to ${most} s`,
      `${inTime.length}; ${ended.length} closed at all: ${first}`,
      inTime.length === count,
    );
    this.#judgeWords(verdict);
    if (this.#drip.drip !== "" && status !== 0) this.#judgeGone(verdict);
    const left = count - ended.length;
    return left === 0 ? `${median(seconds).toFixed(1)} s` : `${left} of ${count} still open`;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await destroyAll(this.#peers);
  }

  #sendNext(): void {
    const { drip } = this.#drip;
    const turn = this.#turn++;
    const octet = drip[Math.floor(turn / BATCHES) % drip.length]!;
    for (let i = turn % BATCHES; i < this.#peers.length; i += BATCHES) {
      this.#peers[i]!.send(octet);
    }
  }

  #startOf(peer: RawPeer): number {
    if (this.#drip.from === "answer") return peer.arrivals[0]?.atMs ?? Number.NaN;
    return this.#drip.from === "connection" ? peer.openedMs : peer.startedMs;
  }

  /** The status it closed with, or silence; behind an answer to the opening nothing more. */
  #judgeWords(verdict: Verdict): void {
    const { name, status, from } = this.#drip;
    const words = this.#peers.map((peer) => {
      if (peer.octetsReceived === 0) return "silence";
      if (from === "answer" && peer.status === 200) {
        return peer.arrivals.length === 1 ? "silence" : "more octets";
      }
      return `${peer.status}`;
    });
    const wanted = status === 0 ? "silence" : `${status}`;
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const measured = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
    const isRight = counts.get(wanted) === words.length;
    verdict.judge(`${name}: closed with`, `${words.length} ${wanted}`, measured, isRight);
  }

  /** Behind its FIN the server does not listen to drips for longer than it lingers. */
  #judgeGone(verdict: Verdict): void {
    const ms = this.#peers.map(
      (peer) => (peer.closedMs ?? Number.POSITIVE_INFINITY) - peer.endedMs!,
    );
    const most = ms.reduce((a, b) => Math.max(a, b), 0);
    verdict.judge(
      `${this.#drip.name}: socket gone after the FIN`,
      `${goneMs(this.#drip) / 1000} s`,
      `${(most / 1000).toFixed(1)} s`,
      most <= goneMs(this.#drip),
    );
  }
}

/** The linger, then the drip that meets the closed socket, then the one that meets the reset; each may be late. */
function goneMs({ everyMs = EVERY_MS }: Drip): number {
  return LINGER_MS + LATE_MS + 2 * everyMs + LATE_MS;
}

function spread(seconds: readonly number[]): string {
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  return `${least.toFixed(2)} to ${most.toFixed(2)}`;
}
