// Slow peers, as far as all of them are alike: a part opens its connections, keeps them slow, and says at the end whether
// the server ended each in time. Parts that wait for different deadlines run at the same time against one server; this
// file runs them, with good traffic beside them, and judges what they have in common.

import type { AttackCase } from "./attack-case.ts";
import { attempts } from "./attempt.ts";
import { GaugeWatch, judgeGauges, judgeMostMemory, readGauges, warmUp } from "./gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "./good-traffic.ts";
import { sleep, type Target, type TargetStats } from "./target.ts";
import type { Verdict } from "./verdict.ts";

export interface SlowPart {
  readonly name: string;
  readonly says: string;
  /** What `stats().closes` counts each of its connections under; undefined for good peers, of which there is one. */
  readonly reason: string | undefined;
  /** How long after its start the last connection must be gone. */
  readonly longestMs: number;
  /** More than so many connections this machine does not bear; undefined: any number. */
  mostConnections?(): number;
  /** Resolves when all connections stand and are being slow. */
  start(target: Target, connections: number): Promise<SlowRun>;
}

export interface SlowRun {
  /** Nothing of it is open any more. */
  isOver(): boolean;
  /**
   * Judges how each connection ended; gives a few words for the table. `hasHurried`: the server has been at shed level 1,
   * where some deadlines are shorter.
   */
  judge(verdict: Verdict, hasHurried: boolean): string;
  end(): Promise<void>;
}

/** Of each part. */
const CONNECTIONS = 500;
/** How late a close may be; the server's timer ticks every 250 ms. */
export const LATE_MS = 1000;
/** How early it may seem: the start of a deadline is measured in another process. */
export const EARLY_MS = 250;
/** What a connection may hold at most, its objects, its buffers and the runtime's together. */
const RESIDENT_OCTETS_EACH = 16_384;
const SLACK_OCTETS = 32 * 2 ** 20;
const DESCRIPTORS_SPARE = 300;
/** deadlines.lingerMs and a second. */
const LINGER_MS = 3000;

/** One attack made of parts, all at the same time against one server with its defaults. */
export function slowPeers(
  name: string,
  says: string,
  parts: readonly SlowPart[],
  onlyWhenNamed: boolean,
): AttackCase {
  return {
    name,
    says,
    onlyWhenNamed,
    run: (kind) =>
      attempts(kind, (attempt) =>
        attempt.on({}, (target) => runParts(attempt.verdict, target, parts)),
      ),
  };
}

/** A part as an attack of its own. */
export function alone(part: SlowPart): AttackCase {
  return slowPeers(part.name, part.says, [part], true);
}

async function runParts(
  verdict: Verdict,
  target: Target,
  parts: readonly SlowPart[],
): Promise<string> {
  const each = connectionsEach(parts.length);
  const counts = parts.map((part) => Math.min(each, part.mostConnections?.() ?? each));
  for (const [i, { name }] of parts.entries()) {
    if (counts[i]! < CONNECTIONS)
      verdict.note(`${name}: this machine bears ${counts[i]} connections`);
  }
  await warmUp(target, each * parts.length);
  const before = await readGauges(target);
  const good = await GoodTraffic.start(target);
  const watch = new GaugeWatch(target);

  const startMs = performance.now();
  const runs: SlowRun[] = [];
  for (const [i, part] of parts.entries()) runs.push(await part.start(target, counts[i]!));
  const longestMs = Math.max(...parts.map((part) => part.longestMs));
  while (performance.now() - startMs < longestMs && !runs.every((run) => run.isOver())) {
    await sleep(100);
  }

  await watch.stop();
  const report = await good.stop();
  const summaries = runs.map(
    (run, i) => `${parts[i]!.name} ${run.judge(verdict, watch.mostShedLevel > 0)}`,
  );
  const others = parts.filter(({ reason }) => reason === undefined).length;
  const closes = closesOf(parts, counts);
  if (target.isOurs) await judgeCloses(verdict, target, before.stats, closes, others);
  watch.note(verdict);
  judgeGood(verdict, report, good.quiet);
  const allowance = SLACK_OCTETS + each * parts.length * RESIDENT_OCTETS_EACH;
  judgeMostMemory(verdict, before, watch.mostResidentOctets, allowance);
  await Promise.all(runs.map((run) => run.end()));
  await judgeGauges(verdict, target, before);
  return [...summaries, goodSummary(report)].join("; ");
}

/** How many closes the parts make, by reason. */
function closesOf(parts: readonly SlowPart[], counts: readonly number[]): Record<string, number> {
  const closes: Record<string, number> = {};
  for (const [i, { reason }] of parts.entries()) {
    if (reason !== undefined) closes[reason] = (closes[reason] ?? 0) + counts[i]!;
  }
  return closes;
}

/**
 * Every attacker was counted, under its own reason. A close is counted when its linger is over. `others`: good connections
 * that may have been closed meanwhile, for any reason.
 */
export async function judgeCloses(
  verdict: Verdict,
  target: Target,
  before: TargetStats,
  wanted: Readonly<Record<string, number>>,
  others = 0,
): Promise<void> {
  const counted = async (): Promise<Record<string, number>> => {
    const { closes } = await target.stats();
    return Object.fromEntries(
      Object.keys(wanted).map((reason) => [
        reason,
        (closes?.[reason] ?? 0) - (before.closes?.[reason] ?? 0),
      ]),
    );
  };
  let counts = await counted();
  for (let waits = 0; waits < LINGER_MS / 100; waits++) {
    if (Object.entries(wanted).every(([reason, count]) => counts[reason]! >= count)) break;
    await sleep(100);
    counts = await counted();
  }
  for (const [reason, count] of Object.entries(wanted)) {
    const more = counts[reason]! - count;
    const limit = others === 0 ? `${count}` : `${count}, and ${others} that may end so`;
    const isRight = more >= 0 && more <= others;
    verdict.judge(`stats().closes.${reason}`, limit, `${counts[reason]}`, isRight);
  }
}

/** As many as the descriptors of this process, and so of the target's, allow. */
function connectionsEach(parts: number): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const limit = Number(report.userLimits?.open_files?.soft);
  if (!(limit > 0)) return CONNECTIONS;
  return Math.max(1, Math.min(CONNECTIONS, Math.floor((limit - DESCRIPTORS_SPARE) / parts)));
}
