// One connection that is never without a request: its client pipelines for as long as it is answered, and reads. Beside
// it a polite client must get its turn.

import type { AttackCase } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { type GoodReport, GoodTraffic } from "../good-traffic.ts";
import { RawPeer } from "../raw-peer.ts";
import { sleep, type Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";

interface Pipelined {
  readonly path: string;
  readonly what: string;
  /** Of the time given. */
  readonly share: number;
}

const PIPELINED: readonly Pipelined[] = [
  { path: "/", what: "GET /", share: 1 },
  { path: "/resolved", what: "a handler that awaits", share: 0.5 },
  { path: "/burn?ms=1", what: "a handler of 1 ms", share: 0.5 },
];

const ENDLESS = { server: { limits: { requestsPerConnection: 1_000_000_000 } } };
/** More than the server reads ahead. */
const OUTSTANDING = 4000;
const SENT_AT_ONCE = 500;
const WARM_UP_MS = 2500;
/** Some 10 GB have gone through by then, in pieces that Node's allocator takes back in no order: 20 MiB more or less. */
const SLACK_OCTETS = 48 * 2 ** 20;
const P99_LEAST_MS = 50;
const P99_TIMES = 3;
/** Fewer were no attack: a handler of 1 ms makes at most 1000. */
const REQUESTS_PER_SECOND_LEAST = 200;

export const endlessPipeliner: AttackCase = {
  name: "endless-pipeliner",
  says: "one connection that always has requests waiting, beside a polite client",
  run(kind, { seconds }) {
    return attempts(kind, (attempt) =>
      attempt.on(ENDLESS, (target) => attack(attempt.verdict, target, seconds)),
    );
  },
};

async function attack(verdict: Verdict, target: Target, seconds: number): Promise<string> {
  await warmUp(target, 20);
  const pipeliner = new Pipeliner(target);
  // The code that pipelining takes is compiled, and heaps are as large as it makes them.
  await pipeliner.pipeline("/", WARM_UP_MS);
  const before = await readGauges(target);
  const good = await GoodTraffic.start(target, { connections: 2, everyMs: 20 });
  const cells: string[] = [];
  for (const { path, what, share } of PIPELINED) {
    await good.report();
    const perSecond = await pipeliner.pipeline(path, seconds * share * 1000);
    const report = await good.report();
    judgePolite(verdict, what, report, good.quiet);
    verdict.judge(
      `${what}: requests of the pipeliner`,
      `at least ${REQUESTS_PER_SECOND_LEAST} a second`,
      `${perSecond.toFixed(0)} a second`,
      perSecond >= REQUESTS_PER_SECOND_LEAST,
    );
    cells.push(`${report.p99Ms.toFixed(0)} ms beside ${perSecond.toFixed(0)}/s`);
    await sleep(300);
  }
  await good.stop();
  await judgeGauges(verdict, target, before, { slackOctets: SLACK_OCTETS });
  return `p99 ${cells.join(", ")}`;
}

/** Stricter than what good traffic has to get beside other attacks. */
function judgePolite(verdict: Verdict, what: string, report: GoodReport, quiet: GoodReport): void {
  const errors = Object.entries(report.errors).map(([error, count]) => `${count} ${error}`);
  verdict.judge(
    `${what}: polite client, errors`,
    "0",
    `${errors.length === 0 ? "0" : errors.join(", ")} (${report.requests} requests)`,
    errors.length === 0 && report.requests > 0,
  );
  const limitMs = Math.max(P99_LEAST_MS, P99_TIMES * quiet.p99Ms);
  verdict.judge(
    `${what}: polite client, p99`,
    `below ${limitMs.toFixed(0)} ms`,
    `${report.p99Ms.toFixed(1)} ms (quiet ${quiet.p99Ms.toFixed(1)}; most ${report.mostMs.toFixed(0)})`,
    report.p99Ms < limitMs,
  );
}

/** Answers of one path have one length, so that octets tell how many there were. */
class Pipeliner {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Pipelines for `ms`; gives the answers per second. Connects again when the server closes. */
  async pipeline(path: string, ms: number): Promise<number> {
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const answerOctets = await this.#answerOctets(request);
    const batch = Buffer.from(request.repeat(SENT_AT_ONCE), "latin1");
    const endMs = performance.now() + ms;
    let answers = 0;
    while (performance.now() < endMs) {
      const octets = await this.#pipelineOnce(batch, answerOctets, endMs);
      answers += octets / answerOctets;
    }
    return answers / (ms / 1000);
  }

  async #answerOctets(request: string): Promise<number> {
    const peer = await RawPeer.connect(this.#target);
    peer.send(request);
    for (let waits = 0; waits < 250 && peer.octetsReceived === 0; waits++) await sleep(20);
    await sleep(20);
    peer.destroy();
    if (peer.status !== 200) throw new Error(`status ${peer.status} before the attack`);
    return peer.octetsReceived;
  }

  /** Until `endMs` or the connection's end; gives the octets that came back. */
  async #pipelineOnce(batch: Buffer, answerOctets: number, endMs: number): Promise<number> {
    let sent = 0;
    const sendMore = (): void => {
      while (peer.isOpen && sent - peer.octetsReceived / answerOctets < OUTSTANDING) {
        peer.send(batch);
        sent += SENT_AT_ONCE;
      }
    };
    const peer: RawPeer = await RawPeer.connect(this.#target, {
      staysOpen: false,
      onData: () => sendMore(),
    });
    sendMore();
    const over = sleep(Math.max(1, endMs - performance.now()));
    await Promise.race([over, peer.closed]);
    peer.destroy();
    await peer.closed;
    return peer.octetsReceived;
  }
}
