// Clients that forgive nothing, for servers that are stopped in order: every request must be answered 2xx, every connection
// end in order. Connections that are kept, pipelined or new for each request, and answers that take long. Only a refused
// connection is forgiven, and only from when the server was told to stop.

import { Talk } from "./talk.ts";
import { sleep } from "./target.ts";

export interface StrictPlan {
  readonly name: string;
  readonly count: number;
  readonly path: string;
  /** Requests sent in one write; default 1. */
  readonly pipelined?: number;
  /** A new connection for each request. */
  readonly isFresh?: boolean;
  /** Pause between an answer and the next request. */
  readonly everyMs: number;
  /** Reads no faster than that. */
  readonly octetsPerSecond?: number;
}

export interface StrictReport {
  readonly answers: number;
  /** How often, by client and what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  /** Connects refused after the server was told to stop. */
  readonly refused: number;
  /** Pipelined behind an answer that closed, and sent again on the next connection. */
  readonly resent: number;
}

const ANSWER_MS = 15_000;

export class StrictClients {
  #isOn = true;
  #isStopping = false;
  #answers = 0;
  #refused = 0;
  #resent = 0;
  readonly #errors: Record<string, number> = {};
  readonly #where: { readonly host: string; readonly port: number };
  readonly #done: Promise<unknown>;

  constructor(
    where: { readonly host: string; readonly port: number },
    plans: readonly StrictPlan[],
  ) {
    this.#where = where;
    const clients = plans.flatMap((plan) => Array.from({ length: plan.count }, () => plan));
    this.#done = Promise.all(clients.map((plan) => this.#run(plan)));
  }

  /** The server is told to stop now: a client that is refused from here on goes home. */
  serverStops(): void {
    this.#isStopping = true;
  }

  /** Lets what was asked be answered. */
  async stop(): Promise<StrictReport> {
    this.#isOn = false;
    await this.#done;
    return {
      answers: this.#answers,
      errors: { ...this.#errors },
      refused: this.#refused,
      resent: this.#resent,
    };
  }

  async #run(plan: StrictPlan): Promise<void> {
    // Not all at once.
    await sleep(Math.random() * plan.everyMs);
    while (this.#isOn) {
      const talk = await this.#connect(plan);
      if (talk === undefined) return;
      try {
        await this.#converse(plan, talk);
      } catch (error) {
        this.#failed(plan, (error as Error).message);
      }
      talk.close();
    }
  }

  async #connect(plan: StrictPlan): Promise<Talk | undefined> {
    try {
      return await Talk.start(this.#where, plan.octetsPerSecond);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (this.#isStopping && code === "ECONNREFUSED") this.#refused++;
      else this.#failed(plan, `connect: ${code}`);
      return undefined;
    }
  }

  /** Requests on one connection, until it closes in order. */
  async #converse(plan: StrictPlan, talk: Talk): Promise<void> {
    const { path, pipelined = 1, everyMs } = plan;
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    for (let round = 0; this.#isOn; round++) {
      const { isOpen, end } = talk.peer;
      if (!isOpen) {
        if (end !== "fin") this.#failed(plan, `${end} while idle`);
        return;
      }
      talk.send(request.repeat(pipelined));
      if (!(await this.#answered(plan, talk, pipelined, round))) return;
      if (plan.isFresh) return;
      await sleep(everyMs);
    }
  }

  /** Reports whether the connection goes on. */
  async #answered(plan: StrictPlan, talk: Talk, count: number, round: number): Promise<boolean> {
    for (let i = 0; i < count; i++) {
      const answer = await talk.answer(ANSWER_MS).catch((error: Error) => {
        const which = round === 0 && i === 0 ? "first request of its connection" : "later request";
        throw new Error(`${which}: ${error.message}`);
      });
      if (answer.status === 200) this.#answers++;
      else this.#failed(plan, `status ${answer.status}`);
      if (answer.closes) {
        this.#resent += count - 1 - i;
        return false;
      }
    }
    return true;
  }

  #failed({ name }: StrictPlan, what: string): void {
    const error = `${name}: ${what}`;
    this.#errors[error] = (this.#errors[error] ?? 0) + 1;
  }
}

/** `3 x this, 1 x that`, or "0". */
export function errorText(errors: Readonly<Record<string, number>>): string {
  const texts = Object.entries(errors).map(([what, count]) => `${count} x ${what}`);
  return texts.join(", ") || "0";
}
