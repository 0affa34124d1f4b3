// Two instances behind a proxy, replaced one after the other under load, as every deployment does: the proxy's clients must
// not see it. Needs HAProxy or nginx.

import { within } from "../../src/within.ts";
import { type AttackCase, isJudged, type TargetKind } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { errorText, StrictClients, type StrictPlan } from "../strict-clients.ts";
import { sleep, Target, type TargetOptions } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { runWrk, wrkErrors, wrkText } from "../wrk.ts";
import { type ProxyKind, ReverseProxy } from "./rolling-restart/proxy.ts";

const PROXIES: readonly ProxyKind[] = ["haproxy", "nginx"];
/** Longer than HAProxy needs to notice: two checks, 500 ms apart. */
const DRAIN_DELAY_MS = 3000;
const GRACE_MS = 5000;
const EXIT_LATE_MS = 1000;
/** Until a proxy sends requests to an instance that is back. */
const BACK_MS = 1500;
const WRK_SECONDS = 14;

const CLIENTS: readonly StrictPlan[] = [
  { name: "kept", count: 20, path: "/", everyMs: 20 },
  { name: "new connection", count: 5, path: "/", everyMs: 40, isFresh: true },
  { name: "answer after 1 s", count: 5, path: "/slow?ms=1000", everyMs: 10 },
  { name: "streamed answer", count: 2, path: "/stream?octets=4194304", everyMs: 50 },
];

export const rollingRestart: AttackCase = {
  name: "rolling-restart",
  says: "two instances behind HAProxy and behind nginx, replaced in turn under load",
  run: (kind: TargetKind) =>
    attempts(kind, async ({ verdict }) => {
      const cells: string[] = [];
      for (const proxyKind of PROXIES) {
        const program = ReverseProxy.programOf(proxyKind);
        if (program !== undefined) {
          cells.push(await judgeBehind(verdict, kind, proxyKind, program));
        } else {
          verdict.note(`no ${proxyKind} here (Debian package ${proxyKind}): its part is left out`);
        }
      }
      return cells.join("; ") || "skipped: neither haproxy nor nginx";
    }),
};

async function judgeBehind(
  verdict: Verdict,
  kind: TargetKind,
  proxyKind: ProxyKind,
  program: string,
): Promise<string> {
  const options = optionsOf(kind);
  const instances = [await Target.start(kind, options), await Target.start(kind, options)];
  const ports = instances.map(({ port }) => port);
  const healthPath = isJudged(kind) ? "/ready" : "/";
  const successors: Target[] = [];
  const proxy = await ReverseProxy.start(proxyKind, program, { ports, healthPath });
  try {
    await sleep(1000);
    const clients = new StrictClients(proxy, CLIENTS);
    const url = `http://${proxy.host}:${proxy.port}/`;
    const wrk = runWrk(url, { connections: 8, seconds: WRK_SECONDS });
    await sleep(1000);
    const exits: string[] = [];
    for (const instance of instances) {
      exits.push(await end(instance));
      successors.push(await Target.start(kind, optionsOf(kind, instance.port)));
      await sleep(BACK_MS);
    }
    const load = await wrk;
    const { answers, errors } = await clients.stop();
    const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
    const behind = `behind ${proxyKind}`;
    const found = `${errorText(errors)} (${answers} answers)`;
    verdict.judge(`${behind}, errors`, "0", found, failed === 0 && answers > 0);
    if (load === undefined) verdict.note(wrkText(load));
    else {
      const count = wrkErrors(load) + load.connect + load.write;
      verdict.judge(`${behind}, errors of wrk`, "0", wrkText(load), count === 0);
    }
    const isFine = exits.every((exit) => exit.startsWith("code 0"));
    verdict.judge(`${behind}, ends of the instances`, "code 0 in time", exits.join("; "), isFine);
    return `${proxyKind}: ${failed} failed of ${answers}`;
  } finally {
    await proxy.stop();
    await Promise.all([...instances, ...successors].map((instance) => instance.kill()));
  }
}

/** The runtimes' own servers have no health paths: they end as soon as they are told to. */
function optionsOf(kind: TargetKind, port = 0): TargetOptions {
  if (!isJudged(kind)) return { server: { port } };
  return {
    server: { port, health: { ready: "/ready" } },
    close: { drainDelayMs: DRAIN_DELAY_MS, graceMs: GRACE_MS },
  };
}

async function end(instance: Target): Promise<string> {
  const startMs = performance.now();
  instance.signal("SIGTERM");
  const exit = await within(instance.exited, DRAIN_DELAY_MS + GRACE_MS + EXIT_LATE_MS);
  if (exit === undefined) await instance.kill();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  return exit === undefined ? `no end for ${seconds} s` : `code ${exit.code} after ${seconds} s`;
}
