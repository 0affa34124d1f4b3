// A server that is stopped and started again and again on one port, each time with a connection that the server closes:
// its end waits in the kernel (TIME_WAIT), and must not keep the next server from the port.

import { within } from "../../../src/within.ts";
import type { TargetKind } from "../../attack-case.ts";
import { Talk } from "../../talk.ts";
import { sleep, Target } from "../../target.ts";
import type { Verdict } from "../../verdict.ts";

const RESTARTS = 20;
const ANSWER_MS = 5000;
const EXIT_MS = 5000;
/** Signals reach the program a little later. */
const SIGNAL_MS = 50;

export async function judgeRestarts(verdict: Verdict, kind: TargetKind): Promise<void> {
  const startMs = performance.now();
  let target = await Target.start(kind);
  const { port } = target;
  let restarts = 0;
  let trouble = "";
  try {
    for (; restarts < RESTARTS; restarts++) {
      await useAndStop(target);
      target = await Target.start(kind, { server: { port } });
    }
  } catch (error) {
    trouble = `: ${(error as Error).message.slice(0, 200)}`;
  }
  await target.kill();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  verdict.judge(
    "restarts on one port",
    `${RESTARTS}`,
    `${restarts} in ${seconds} s${trouble}`,
    restarts === RESTARTS,
  );
}

/** The answer behind the signal closes, so that the server is the first to close. */
async function useAndStop(target: Target): Promise<void> {
  const talk = await Talk.start(target);
  talk.request("GET /");
  await talk.answer(ANSWER_MS);
  target.signal("SIGTERM");
  await sleep(SIGNAL_MS);
  if (target.isOurs) {
    talk.request("GET /");
    await talk.answer(ANSWER_MS);
  } else talk.close();
  const exit = await within(target.exited, EXIT_MS);
  talk.close();
  if (exit?.code === 0) return;
  await target.kill();
  throw new Error(exit === undefined ? "no end after SIGTERM" : `code ${exit.code ?? exit.signal}`);
}
