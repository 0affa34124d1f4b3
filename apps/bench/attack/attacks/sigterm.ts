// A server that is told to stop, SIGTERM, while it works: what was asked is answered, nobody is cut, the process ends by
// itself; what never ends is ended when the grace is over, or at once by a second signal; the port is free at once.

import { within } from "../../src/within.ts";
import { type AttackCase, isJudged, type TargetKind } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { errorText, StrictClients, type StrictPlan } from "../strict-clients.ts";
import { sleep, Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { runWrk, wrkErrors, wrkText } from "../wrk.ts";
import { judgeForced, judgeSecondSignal } from "./sigterm/forced.ts";
import { judgeRestarts } from "./sigterm/restarts.ts";

const GRACE_MS = 5000;
const BEFORE_MS = 2000;
const WRK_SECONDS = 4;
const EXIT_LATE_MS = 1000;
/** 16 MiB at this pace take 2 s: longer than the kernel's buffers hide. */
const STREAM_OCTETS_PER_SECOND = 8 * 2 ** 20;

const CLIENTS: readonly StrictPlan[] = [
  { name: "kept", count: 30, path: "/", everyMs: 10 },
  { name: "kept, idle for a while", count: 10, path: "/", everyMs: 400 },
  { name: "pipelined", count: 5, path: "/", everyMs: 10, pipelined: 8 },
  { name: "new connection", count: 5, path: "/", everyMs: 20, isFresh: true },
  { name: "answer after 1.5 s", count: 10, path: "/slow?ms=1500", everyMs: 10 },
  {
    name: "streamed answer",
    count: 5,
    path: `/stream?octets=${16 * 2 ** 20}`,
    everyMs: 10,
    octetsPerSecond: STREAM_OCTETS_PER_SECOND,
  },
];

export const sigterm: AttackCase = {
  name: "sigterm",
  says: "SIGTERM under load, with handlers that never end, twice, and 20 times on one port",
  run: (kind: TargetKind) =>
    attempts(kind, async ({ verdict }) => {
      const summary = await judgeUnderLoad(verdict, kind);
      await judgeForced(verdict, kind);
      if (isJudged(kind)) await judgeSecondSignal(verdict, kind);
      await judgeRestarts(verdict, kind);
      return summary;
    }),
};

async function judgeUnderLoad(verdict: Verdict, kind: TargetKind): Promise<string> {
  const target = await Target.start(kind, { close: { graceMs: GRACE_MS } });
  const url = `http://${target.host}:${target.port}/`;
  const clients = new StrictClients(target, CLIENTS);
  const loads = [
    runWrk(url, { connections: 32, seconds: WRK_SECONDS }),
    runWrk(url, { connections: 8, seconds: WRK_SECONDS, pipelined: 16 }),
  ];
  await sleep(BEFORE_MS);
  clients.serverStops();
  const startMs = performance.now();
  target.signal("SIGTERM");
  const exit = await within(target.exited, GRACE_MS + 2 * EXIT_LATE_MS);
  const exitMs = performance.now() - startMs;
  if (exit === undefined) await target.kill();
  const { answers, errors, refused, resent } = await clients.stop();
  const count = Object.values(errors).reduce((sum, one) => sum + one, 0);
  verdict.judge(
    "strict clients, errors",
    "0",
    `${errorText(errors)} (${answers} answers, ${resent} sent again, ${refused} refused afterwards)`,
    count === 0 && answers > 0,
  );
  let wrkCount = 0;
  for (const report of await Promise.all(loads)) {
    if (report === undefined) verdict.note(wrkText(report));
    else {
      wrkCount += wrkErrors(report);
      verdict.judge(
        "wrk, errors",
        "0 read, timeout, status",
        wrkText(report),
        wrkErrors(report) === 0,
      );
    }
  }
  const ended = exit === undefined ? "no end" : `code ${exit.code ?? exit.signal}`;
  verdict.judge(
    "end of the process",
    `code 0 within ${GRACE_MS + EXIT_LATE_MS} ms`,
    `${ended} after ${exitMs.toFixed(0)} ms`,
    exit?.code === 0 && exitMs <= GRACE_MS + EXIT_LATE_MS,
  );
  const end = exit === undefined ? "no end" : `ends after ${(exitMs / 1000).toFixed(1)} s`;
  return `${count + wrkCount} failed requests, ${end}`;
}
