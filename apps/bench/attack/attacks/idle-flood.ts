// More idle connections than the server has room for, which come back as often as they are let go, and connections opened
// and closed beside them as fast as one client can. Polite clients, kept and new ones, must not notice.

import { createConnection } from "node:net";
import { toolOnPath } from "../../src/runtimes.ts";
import type { AttackCase } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { type GoodReport, GoodTraffic, judgeGood } from "../good-traffic.ts";
import { HeldConnections, type HeldPlan } from "../held-connections.ts";
import { sleep, type Target, type TargetStats } from "../target.ts";
import type { Verdict } from "../verdict.ts";
import { GrowthOverRounds } from "./rounds-of-memory.ts";

const CAP = 500;
const HELD = 1000;
/**
 * One for each round. Half heads are no idle connections: until the deadline of their head they may stay, so that they must
 * fit the cap. Where all have had an answer, a new polite client is the only one that has not sent anything yet.
 */
const PLANS: readonly HeldPlan[] = [
  { silent: 600, answered: 200, halfHead: 200 },
  { silent: 0, answered: HELD, halfHead: 0 },
  { silent: 600, answered: 200, halfHead: 200 },
  { silent: 0, answered: HELD, halfHead: 0 },
];
const ROUND_MS = 3000;
/**
 * Below the accept backlog of every target: kernels drop what comes when that is full, and no server sees it. Therefore
 * each connection waits until the server has let it go, or has answered, before the next is opened.
 */
const CHURN_AT_ONCE = 50;
const CHURN_MOST = 20_000;
/** The default cap under this descriptor limit is about 420. */
const DESCRIPTORS = 512;
const SMALL_PLAN: HeldPlan = { silent: 500, answered: 100, halfHead: 100 };
/** Memory that the first connections of this kind need is counted before the attack. */
const CHURN_WARM_UP = 5000;
/** Level 2 of shedding, which a warm-up near the cap brings, is left after a second. */
const CALM_MS = 1500;

export const idleFlood: AttackCase = {
  name: "idle-flood",
  says: `${HELD} idle connections at a cap of ${CAP}, and churn beside them; the same at the default cap`,
  run(kind, { seconds }) {
    const prlimit = toolOnPath("prlimit");
    return attempts(kind, async (attempt) => {
      const { verdict } = attempt;
      const summary = await attempt.on({ server: { limits: { connections: CAP } } }, (target) =>
        floodSetCap(verdict, target, seconds),
      );
      if (prlimit === undefined) {
        verdict.note("default cap: skipped, there is no prlimit (Debian: util-linux)");
      } else {
        const through = [prlimit, `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`];
        await attempt.on({ through }, (target) => floodDefaultCap(verdict, target));
      }
      return summary;
    });
  },
};

async function floodSetCap(verdict: Verdict, target: Target, seconds: number): Promise<string> {
  await warmUp(target, CAP - 50);
  await churn(target, CHURN_WARM_UP, 5000);
  await sleep(CALM_MS);
  const before = await readGauges(target);
  const polite = await PoliteClients.start(target, 2000);
  const watch = new OpenWatch(target);
  const memory = new GrowthOverRounds(target);
  for (const plan of PLANS) {
    const held = new HeldConnections(target, plan, true);
    await Promise.all([held.allOpened(), sleep(ROUND_MS)]);
    await held.stop();
    await memory.read();
  }
  const during = await polite.report();
  const held = new HeldConnections(target, PLANS[0]!, true);
  await held.allOpened();
  const churned = await churn(target, CHURN_MOST, seconds * 1000);
  await held.stop();
  const churning = await polite.stop();
  await watch.stop();
  await memory.read();
  const { closes } = await target.stats();
  polite.judge(verdict, "during the flood", during);
  polite.judge(verdict, "during the churn", churning);
  verdict.note(`churn: ${churned.connections} connections in ${churned.seconds.toFixed(1)} s`);
  if (target.isOurs) {
    const evicted = closes?.["evicted"] ?? 0;
    verdict.judge("evicted", `at least ${HELD - CAP}`, `${evicted}`, evicted >= HELD - CAP);
    verdict.judge("most open connections", `${CAP}`, `${watch.most}`, watch.most <= CAP);
  }
  memory.judge(verdict);
  await judgeGauges(verdict, target, before);
  return `${polite.summary(during)}; most open ${watch.most}; churn ${Math.round(churned.rate)}/s: ${polite.summary(churning)}`;
}

async function floodDefaultCap(verdict: Verdict, target: Target): Promise<void> {
  const polite = await PoliteClients.start(target, 1000);
  const watch = new OpenWatch(target);
  const held = new HeldConnections(target, SMALL_PLAN, true);
  await Promise.all([held.allOpened(), sleep(4000)]);
  await held.stop();
  const report = await polite.stop();
  await watch.stop();
  polite.judge(verdict, `with ${DESCRIPTORS} descriptors`, report);
  const most = watch.mostDescriptors;
  verdict.judge(
    "most descriptors at the default cap",
    `below ${DESCRIPTORS}`,
    `${most} (most open connections ${watch.most})`,
    most < DESCRIPTORS,
  );
}

/** Those that keep their connections, and those that open one for each request. */
class PoliteClients {
  readonly #kept: GoodTraffic;
  readonly #fresh: GoodTraffic;

  private constructor(kept: GoodTraffic, fresh: GoodTraffic) {
    this.#kept = kept;
    this.#fresh = fresh;
  }

  static async start(target: Target, quietMs: number): Promise<PoliteClients> {
    const [kept, fresh] = await Promise.all([
      GoodTraffic.start(target, { quietMs }),
      GoodTraffic.start(target, { quietMs, connections: 4, requestsPerConnection: 1 }),
    ]);
    return new PoliteClients(kept, fresh);
  }

  report(): Promise<GoodReport[]> {
    return Promise.all([this.#kept.report(), this.#fresh.report()]);
  }

  stop(): Promise<GoodReport[]> {
    return Promise.all([this.#kept.stop(), this.#fresh.stop()]);
  }

  judge(verdict: Verdict, when: string, [kept, fresh]: GoodReport[]): void {
    judgeGood(verdict, kept!, this.#kept.quiet, `${when}: kept connections`);
    judgeGood(verdict, fresh!, this.#fresh.quiet, `${when}: new connections`);
  }

  summary(reports: GoodReport[]): string {
    const errors = reports.flatMap((one) => Object.values(one.errors)).reduce((a, b) => a + b, 0);
    return `${errors} errors, p99 ${reports.map(({ p99Ms }) => p99Ms.toFixed(0)).join(" / ")} ms`;
  }
}

/** The most connections and descriptors a server has had open. */
class OpenWatch {
  most = 0;
  mostDescriptors = 0;
  readonly #target: Target;
  #isOn = true;
  readonly #done: Promise<void>;

  constructor(target: Target) {
    this.#target = target;
    this.#done = this.#watch();
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#done;
  }

  async #watch(): Promise<void> {
    for (; this.#isOn; await sleep(100)) {
      const { connections } = await this.#target.stats().catch((): TargetStats => ({}));
      this.most = Math.max(this.most, connections?.open ?? 0);
      this.mostDescriptors = Math.max(this.mostDescriptors, this.#target.descriptors());
    }
  }
}

interface Churned {
  readonly connections: number;
  readonly seconds: number;
  readonly rate: number;
}

/** Opens and closes connections, with a FIN at once and with a RST behind an answer in turn, until there were `most` or for `ms`. */
async function churn(target: Target, most: number, ms: number): Promise<Churned> {
  const startMs = performance.now();
  let connections = 0;
  const lane = async (): Promise<void> => {
    while (connections < most && performance.now() - startMs < ms) {
      await openAndClose(target, connections++ % 2 === 0);
    }
  };
  await Promise.all(Array.from({ length: CHURN_AT_ONCE }, lane));
  const seconds = (performance.now() - startMs) / 1000;
  return { connections, seconds, rate: connections / seconds };
}

function openAndClose({ host, port }: Target, withReset: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.on("connect", () => {
      if (withReset) socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      else socket.end();
    });
    socket.on("data", () => socket.resetAndDestroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}
