// Stopping a server whose handlers never end: by force when the grace is over, or at once by a second signal.

import { within } from "../../../src/within.ts";
import type { TargetKind } from "../../attack-case.ts";
import { RawPeer } from "../../raw-peer.ts";
import { Talk } from "../../talk.ts";
import { sleep, Target, type TargetOptions } from "../../target.ts";
import type { Verdict } from "../../verdict.ts";

const GRACE_MS = 2000;
const EXIT_LATE_MS = 1000;
const ENDLESS = 5;
/** A second signal of the same kind counts when it is no echo of the first. */
const SECOND_MS = 700;
const ECHO_MS = 100;

/** Handlers that wait for content that never comes, and answers that nobody reads. */
async function endless(target: Target): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let i = 0; i < ENDLESS; i++) {
    const upload = await RawPeer.connect(target);
    upload.send("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf ");
    const stream = await RawPeer.connect(target, { isPaused: true });
    stream.send("GET /stream?octets=1000000000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    peers.push(upload, stream);
  }
  await sleep(300);
  return peers;
}

export async function judgeForced(verdict: Verdict, kind: TargetKind): Promise<void> {
  const target = await Target.start(kind, { close: { graceMs: GRACE_MS } });
  const peers = await endless(target);
  const endMs = await endOf(target, ["SIGTERM"]);
  verdict.judge(
    "end when handlers never end",
    `code 0 from ${GRACE_MS} to ${GRACE_MS + EXIT_LATE_MS} ms`,
    endText(endMs),
    endMs >= GRACE_MS - 50 && endMs <= GRACE_MS + EXIT_LATE_MS,
  );
  await sleep(100);
  const told = peers.filter(({ status }) => status === 503).length;
  const isTold = told === ENDLESS;
  verdict.judge("handlers without an answer say 503", `${ENDLESS}`, `${told}`, isTold);
  for (const peer of peers) peer.destroy();
}

/** A second signal forces at once; the same one within half a second is an echo of the first. */
export async function judgeSecondSignal(verdict: Verdict, kind: TargetKind): Promise<void> {
  const close: TargetOptions = { close: { graceMs: 60_000 } };
  for (const [second, afterMs] of [
    ["SIGTERM", SECOND_MS],
    ["SIGINT", ECHO_MS],
  ] as const) {
    const target = await Target.start(kind, close);
    const peers = await endless(target);
    const endMs = (await endOf(target, ["SIGTERM", second], afterMs)) - afterMs;
    verdict.judge(
      `end at a second signal, ${second}`,
      `code 0 within ${EXIT_LATE_MS} ms`,
      endText(endMs),
      endMs <= EXIT_LATE_MS,
    );
    for (const peer of peers) peer.destroy();
  }
  const target = await Target.start(kind, close);
  const talk = await Talk.start(target);
  talk.request("GET /slow?ms=800");
  await sleep(100);
  const ended = endOf(target, ["SIGINT", "SIGINT"], ECHO_MS);
  const saw = await talk.answer(5000).then(
    ({ status }) => `status ${status}`,
    (error: Error) => error.message,
  );
  const isFine = saw === "status 200" && (await ended) >= 0;
  verdict.judge("SIGINT twice at once, as under npm", "forces nothing", saw, isFine);
}

/** Ms from the first signal to the end with code 0; -1 with another, NaN when there was none in time. */
async function endOf(
  target: Target,
  signals: readonly NodeJS.Signals[],
  pauseMs = 0,
): Promise<number> {
  const startMs = performance.now();
  for (const [i, signal] of signals.entries()) {
    if (i > 0) await sleep(pauseMs);
    target.signal(signal);
  }
  const exit = await within(target.exited, GRACE_MS + 3 * EXIT_LATE_MS);
  if (exit === undefined) await target.kill();
  if (exit?.code === 0) return performance.now() - startMs;
  return exit === undefined ? Number.NaN : -1;
}

function endText(endMs: number): string {
  if (Number.isNaN(endMs)) return "no end";
  return endMs < 0 ? "another code" : `${endMs.toFixed(0)} ms`;
}
