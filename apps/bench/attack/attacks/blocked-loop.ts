// A handler that stands still for 2.5 s, longer than the peers' deadlines. What they send meanwhile waits in the kernel:
// whoever would have been in time must not be closed for the server's own lateness.

import type { AttackCase, TargetKind } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { GoodTraffic, judgeGood } from "../good-traffic.ts";
import { errorText } from "../strict-clients.ts";
import { Talk } from "../talk.ts";
import { sleep, type Target, type TargetStats } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { PEERS, type PeerKind } from "./blocked-loop/peers.ts";

const BLOCK_MS = 2500;
/** Every one shorter than the block, but for handlers: they wait for content that comes slowly. */
const DEADLINE_MS = 2000;
const DEADLINES = {
  firstOctetMs: DEADLINE_MS,
  headMs: DEADLINE_MS,
  contentGraceMs: DEADLINE_MS,
  contentIdleMs: DEADLINE_MS,
  writeStallMs: DEADLINE_MS,
  keepAliveMs: DEADLINE_MS,
  handlerMs: 4000,
};
const BEFORE_MS = 3000;
/** Reasons for which a server closes a connection that is too slow, or that it wants to be rid of. */
const CLOSES = [
  "firstOctetTimeout",
  "requestTimeout",
  "keepAliveTimeout",
  "drainTimeout",
  "writeStall",
  "handlerTimeout",
  "shed",
  "evicted",
];

export const blockedLoop: AttackCase = {
  name: "blocked-loop",
  says: "the event loop stands still for 2.5 s beside 200 live connections with deadlines of 2 s",
  run: (kind: TargetKind) =>
    attempts(kind, (attempt) =>
      attempt.on({ server: { deadlines: DEADLINES } }, (target) =>
        blocked(attempt.verdict, target),
      ),
    ),
};

async function blocked(verdict: Verdict, target: Target): Promise<string> {
  const good = await GoodTraffic.start(target);
  const blockMs = performance.now() + BEFORE_MS;
  const ended = PEERS.flatMap((peer) =>
    Array.from({ length: peer.count }, () => endOf(peer, target, blockMs)),
  );
  const before = await block(target, blockMs);
  await sleep(500);
  const during = await good.report();
  const { connections, handlers } = before;
  verdict.note(
    `before: ${connections?.open} connections, ${connections?.idle} idle, ${handlers} handlers; ` +
      `good traffic then waited ${during.mostMs.toFixed(0)} ms`,
  );
  const died = (await Promise.all(ended)).filter((how) => how !== "");
  const total = PEERS.reduce((sum, { count }) => sum + count, 0);
  verdict.judge(
    "connections that went on and finished",
    `${total} of ${total}`,
    `${total - died.length}${died.length === 0 ? "" : `; ${errorText(tally(died))}`}`,
    died.length === 0,
  );
  const failed = errorText(during.errors);
  verdict.judge(
    "good traffic during the block, errors",
    "0",
    failed,
    failed === "0" && during.requests > 0,
  );
  const behind = await good.stop();
  judgeGood(verdict, behind, good.quiet);
  if (target.isOurs) judgeCloses(verdict, await target.stats());
  return `${total - died.length} of ${total} live connections finish`;
}

/** "" when the peer finished, else what kept it from that. */
async function endOf(peer: PeerKind, target: Target, blockMs: number): Promise<string> {
  try {
    await peer.run(target, blockMs);
    return "";
  } catch (error) {
    return `${peer.name}: ${(error as Error).message}`;
  }
}

/** Blocks the loop from `blockMs` on. Gives what the server counted just before. */
async function block(target: Target, blockMs: number): Promise<TargetStats> {
  await sleep(blockMs - performance.now() - 200);
  const talk = await Talk.start(target);
  const before = await target.stats();
  await sleep(blockMs - performance.now());
  const startMs = performance.now();
  talk.request(`GET /block?ms=${BLOCK_MS}`);
  await talk.answer(BLOCK_MS + 10_000);
  talk.close();
  if (performance.now() - startMs < BLOCK_MS) throw new Error("the loop was not blocked");
  return before;
}

function judgeCloses(verdict: Verdict, { closes, shedChanges }: TargetStats): void {
  const made = CLOSES.filter((reason) => closes?.[reason] !== undefined);
  verdict.judge(
    "connections closed for being late, or shed",
    "0",
    `${made.map((reason) => `${closes?.[reason]} ${reason}`).join(", ") || "0"} (${shedChanges} changes of level)`,
    made.length === 0,
  );
}

function tally(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
