// Looks at a server while it is overloaded: its own figures and, as a load balancer does, its health paths. Each look at a
// path is a connection of its own.

import { within } from "../../../src/within.ts";
import { RawPeer } from "../../raw-peer.ts";
import { sleep, type Target } from "../../target.ts";
import type { Verdict } from "../../verdict.ts";

interface Look {
  readonly atMs: number;
  readonly level: number;
}

interface Probe {
  readonly path: string;
  readonly atMs: number;
  /** 0 when no answer came. */
  readonly status: number;
}

const EVERY_MS = 250;
const ANSWER_MS = 5000;

export class OverloadWatch {
  readonly looks: Look[] = [];
  readonly #probes: Probe[] = [];
  readonly #target: Target;
  #isOn = true;
  readonly #done: Promise<unknown>;

  constructor(target: Target) {
    this.#target = target;
    this.#done = Promise.all([this.#look(), this.#probe()]);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#done;
  }

  /** Ms until the level is 0; NaN when it is not in time. */
  async untilCalm(waitMs: number): Promise<number> {
    const startMs = performance.now();
    while (performance.now() - startMs < waitMs) {
      if ((await this.#target.stats()).shedLevel === 0) return performance.now() - startMs;
      await sleep(100);
    }
    return Number.NaN;
  }

  /** `live` says 200 all the time; `ready` says 503 as long as requests are refused, and 200 behind it. */
  judgeHealth(verdict: Verdict): void {
    const refusing = this.#refusingSpan();
    const live = this.#probes.filter(({ path }) => path === "/live");
    const well = live.filter(({ status }) => status === 200).length;
    verdict.judge("health, live", "200 always", `${well} of ${live.length}`, well === live.length);
    const ready = this.#probes.filter(({ path }) => path === "/ready");
    const during = ready.filter(({ atMs }) => atMs > refusing.fromMs && atMs < refusing.toMs);
    const unready = during.filter(({ status }) => status === 503).length;
    verdict.judge(
      "health, ready while requests are refused",
      "503 always",
      `${unready} of ${during.length}`,
      unready === during.length && unready > 0,
    );
    const last = ready.at(-1)?.status;
    verdict.judge("health, ready behind the load", "200", `${last}`, last === 200);
  }

  /** From the first to the last look that found level 3, so much shorter that a probe inside is answered inside. */
  #refusingSpan(): { readonly fromMs: number; readonly toMs: number } {
    const refusing = this.looks.filter(({ level }) => level === 3);
    return {
      fromMs: refusing[0]?.atMs ?? Number.POSITIVE_INFINITY,
      toMs: (refusing.at(-1)?.atMs ?? 0) - 2 * EVERY_MS,
    };
  }

  async #look(): Promise<void> {
    while (this.#isOn) {
      const { shedLevel = 0 } = await this.#target.stats();
      this.looks.push({ atMs: performance.now(), level: shedLevel });
      await sleep(EVERY_MS);
    }
  }

  async #probe(): Promise<void> {
    let isLast = false;
    while (!isLast) {
      // One more behind the end, when the server is itself again.
      isLast = !this.#isOn;
      await Promise.all(["/live", "/ready"].map((path) => this.#ask(path)));
      await sleep(EVERY_MS);
    }
  }

  async #ask(path: string): Promise<void> {
    const atMs = performance.now();
    let status = 0;
    try {
      const peer = await RawPeer.connect(this.#target, { staysOpen: false });
      peer.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      await within(peer.closed, ANSWER_MS);
      status = peer.status;
      peer.destroy();
    } catch {}
    this.#probes.push({ path, atMs, status });
  }
}
