// What a server holds before, during and after an attack: resident memory, descriptors, its own gauges. Says what passes:
// memory bounded and flat, descriptors and gauges back. Reads the target; makes no traffic but the warm-up.

import { processorWaitMs } from "./processor-wait.ts";
import { connectMany, destroyAll } from "./raw-peer.ts";
import { sleep, type Target, type TargetStats } from "./target.ts";
import type { Verdict } from "./verdict.ts";

export interface Gauges {
  /** After a forced garbage collection. */
  readonly residentOctets: number;
  readonly descriptors: number;
  readonly stats: TargetStats;
}

export interface GaugeLimits {
  /** Growth of memory over the whole attack that is no growth: heaps settle. Default 32 MiB. */
  readonly slackOctets?: number;
  /** Connections that still stand, good traffic for example; they hold descriptors. Default 0. */
  readonly openConnections?: number;
  /** Longest wait until descriptors and gauges are back; default 5000. */
  readonly settleMs?: number;
}

const MIB = 2 ** 20;
const DESCRIPTORS_MORE = 2;

export async function readGauges(target: Target): Promise<Gauges> {
  await target.collectGarbage();
  await sleep(100);
  await target.collectGarbage();
  return {
    residentOctets: target.residentOctets(),
    descriptors: target.descriptors(),
    stats: await target.stats(),
  };
}

/** Makes as many connections and requests as the attack will, so that memory is not counted that is only used first then. */
export async function warmUp(target: Target, connections: number): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const peers = await connectMany(target, connections);
    for (const peer of peers) peer.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const answered = (): boolean => peers.every((peer) => peer.octetsReceived > 0 || !peer.isOpen);
    for (let waits = 0; waits < 100 && !answered(); waits++) await sleep(50);
    await destroyAll(peers);
  }
  await sleep(300);
}

/** Looks at a target every 250 ms while an attack goes on. */
export class GaugeWatch {
  mostResidentOctets = 0;
  mostDescriptors = 0;
  mostBufferedOctets = 0;
  mostShedLevel = 0;
  mostTimerLagMs = 0;
  readonly #target: Target;
  readonly #startMs: number = performance.now();
  readonly #waitedMs: number;
  #isOn = true;
  readonly #done: Promise<void>;

  constructor(target: Target) {
    this.#target = target;
    this.#waitedMs = processorWaitMs(target.pid);
    this.#done = this.#watch();
  }

  /** No look is under way any more. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#done;
  }

  /** Prints what was seen; nothing is judged. */
  note(verdict: Verdict): void {
    const { mostBufferedOctets, mostShedLevel, mostTimerLagMs, mostDescriptors } = this;
    const waitedMs = processorWaitMs(this.#target.pid) - this.#waitedMs;
    const share = waitedMs / (performance.now() - this.#startMs);
    verdict.note(`others on the machine took ${(share * 100).toFixed(1)} % of its time`);
    if (!this.#target.isOurs) return;
    verdict.note(
      `most: ${mib(mostBufferedOctets)} MiB buffered, shed level ${mostShedLevel}, ` +
        `timer lag ${mostTimerLagMs} ms, ${mostDescriptors} descriptors`,
    );
  }

  async #watch(): Promise<void> {
    while (this.#isOn) {
      this.mostResidentOctets = Math.max(this.mostResidentOctets, this.#target.residentOctets());
      this.mostDescriptors = Math.max(this.mostDescriptors, this.#target.descriptors());
      const stats = await this.#target.stats().catch((): TargetStats => ({}));
      this.mostBufferedOctets = Math.max(this.mostBufferedOctets, stats.bufferedOctets ?? 0);
      this.mostShedLevel = Math.max(this.mostShedLevel, stats.shedLevel ?? 0);
      this.mostTimerLagMs = Math.max(this.mostTimerLagMs, stats.timerLagMs ?? 0);
      await sleep(250);
    }
  }
}

/** Waits until descriptors and gauges are back and judges them, and memory, against what they were. */
export async function judgeGauges(
  verdict: Verdict,
  target: Target,
  before: Gauges,
  { slackOctets = 32 * MIB, openConnections = 0, settleMs = 5000 }: GaugeLimits = {},
): Promise<Gauges> {
  const descriptorsMost = before.descriptors + DESCRIPTORS_MORE + openConnections;
  const isBack = ({ descriptors, stats }: Omit<Gauges, "residentOctets">): boolean =>
    descriptors <= descriptorsMost && restOf(stats, openConnections) === "";
  const endMs = performance.now() + settleMs;
  while (performance.now() < endMs) {
    if (isBack({ descriptors: target.descriptors(), stats: await target.stats() })) break;
    await sleep(200);
  }
  const after = await readGauges(target);
  verdict.judge(
    "descriptors afterwards",
    `${descriptorsMost}`,
    `${after.descriptors}`,
    after.descriptors <= descriptorsMost,
  );
  if (target.isOurs) {
    const rest = restOf(after.stats, openConnections);
    verdict.judge("gauges afterwards", "all 0", rest === "" ? "all 0" : rest, rest === "");
  }
  verdict.judge(
    "resident memory afterwards",
    `${mib(before.residentOctets + slackOctets)} MiB`,
    `${mib(after.residentOctets)} MiB (before ${mib(before.residentOctets)})`,
    after.residentOctets <= before.residentOctets + slackOctets,
  );
  return after;
}

/** Memory while the attack went on: `most` from a watch, `allowanceOctets` what the attack may cost. */
export function judgeMostMemory(
  verdict: Verdict,
  before: Gauges,
  mostOctets: number,
  allowanceOctets: number,
): void {
  verdict.judge(
    "resident memory, most",
    `${mib(before.residentOctets + allowanceOctets)} MiB`,
    `${mib(mostOctets)} MiB (before ${mib(before.residentOctets)})`,
    mostOctets <= before.residentOctets + allowanceOctets,
  );
}

/** Gauges that are not back at 0, or "". */
function restOf({ connections, handlers, bufferedOctets }: TargetStats, open: number): string {
  const rest: string[] = [];
  if ((connections?.open ?? 0) > open) rest.push(`${connections?.open} connections`);
  if ((connections?.active ?? 0) > open) rest.push(`${connections?.active} active`);
  if ((handlers ?? 0) > open) rest.push(`${handlers} handlers`);
  if ((bufferedOctets ?? 0) > 0) rest.push(`${bufferedOctets} octets buffered`);
  return rest.join(", ");
}

function mib(octets: number): string {
  return (octets / MIB).toFixed(1);
}
