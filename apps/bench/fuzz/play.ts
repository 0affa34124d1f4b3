// Plays one run of a case to a target: sends, waits until the server has done all it is going to do, ends. Knows states,
// not what an answer should be.

import type { Cut, FuzzCase } from "./cases.ts";
import { FuzzClient, turn } from "./client.ts";
import type { ConnectionState } from "./records.ts";
import type { TargetProcess } from "./target-process.ts";

/** How long a run that waits for deadlines waits for them. */
const OVERDUE_MS = 3000;
const UNSEEN_LOOKS = 10;
/** What a client that does not see the close of the server sends on. */
const MORE = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n".repeat(3);

/** One way of playing a case. */
export interface Run {
  readonly cuts: readonly number[];
  readonly cut: Cut | undefined;
}

export interface Played {
  /** Everything the server sent, as Latin-1 text. */
  readonly received: string;
  /** Octets of the input that were sent; the client may have gone before the rest. */
  readonly sentOctets: number;
  /** Octets of what was received that had come before the client ended its side or went. */
  readonly settledOctets: number;
  /** The server ended or cut the connection before the client did anything but send. */
  readonly endedFirst: boolean;
  /** The server reset the connection; then answers may be lost that it had sent before. */
  readonly wasReset: boolean;
  /** The client's end or reset came at an octet, not when all was done. */
  readonly wasCut: boolean;
  /** What was waited for in vain. */
  readonly missing: string | undefined;
  /** The connection's record; `undefined` when the server has never seen it. */
  readonly state: ConnectionState | undefined;
}

export function play(target: TargetProcess, one: FuzzCase, run: Run): Promise<Played> {
  return new Player(target, one, run).play();
}

class Player {
  readonly #target: TargetProcess;
  readonly #case: FuzzCase;
  readonly #run: Run;
  readonly #address: string;
  readonly #client: FuzzClient;
  /** The last state that was told; the one that says that all is over is told once. */
  #state: ConnectionState | undefined;

  constructor(target: TargetProcess, one: FuzzCase, run: Run) {
    this.#target = target;
    this.#case = one;
    this.#run = run;
    this.#address = target.nextAddress();
    const port = target.ports![one.profile];
    const { cut } = run;
    this.#client = new FuzzClient({ port, address: this.#address, cut, stalls: one.stalls });
  }

  async play(): Promise<Played> {
    const client = this.#client;
    const { stalls, sendsOn } = this.#case;
    await client.until(() => client.connected || client.closed);
    await this.#send();
    let missing = client.wasCut ? undefined : await this.#settle();
    const settledOctets = client.octets;
    const endedFirst = client.ended && !client.wasCut;
    if (endedFirst && sendsOn && !client.closed) {
      client.sendMore(MORE);
      await turn();
    }
    if (missing !== undefined || stalls) client.abandon();
    else if (!client.wasCut) client.end();
    if (!(await client.until(() => client.closed))) {
      missing ??= "the server does not close behind FIN";
    }
    client.abandon();
    if (!(await this.#isOver())) missing ??= "a handler or the connection is left behind the close";
    const { received, sent: sentOctets, wasReset, wasCut } = client;
    const played = { received, sentOctets, settledOctets, endedFirst, wasReset, wasCut, missing };
    return { ...played, state: this.#state };
  }

  /** Sends the input in its pieces; stops where the client goes. */
  async #send(): Promise<void> {
    const client = this.#client;
    const { input, holdMs } = this.#case;
    const { cuts, cut } = this.#run;
    const stop = cut?.side === "request" ? Math.min(cut.octet, input.length) : input.length;
    const ends = [...cuts.filter((at) => at < stop), stop];
    const holdsAt = ends[ends.length >> 1];
    for (const [i, end] of ends.entries()) {
      if (client.closed || client.wasCut) break;
      client.send(input.slice(client.sent, end));
      if (holdMs > 0 && end === holdsAt) await sleep(holdMs);
      else if (i < ends.length - 1) await turn();
    }
    if (cut?.side === "request") client.go(cut);
  }

  /** Waits until the server has done all it does by itself, or until the client goes. Tells what did not come. */
  async #settle(): Promise<string | undefined> {
    const client = this.#client;
    const isOverdue = this.#case.kind === "overdue";
    const overdueMs = performance.now() + OVERDUE_MS;
    client.changed();
    while (!client.ended && !client.wasCut) {
      const state = await this.#look();
      if (client.ended || client.wasCut) break;
      if (this.#target.hasEnded) return "the target process has ended";
      if (state?.over) {
        // Whoever takes nothing does not learn of the end either.
        if (this.#case.stalls || (await client.until(() => client.ended))) break;
        return "the close does not reach the client";
      }
      if (state !== undefined && this.#isDone(state)) return undefined;
      // Its deadlines may end the connection, and nothing else need.
      if (isOverdue && performance.now() > overdueMs) return undefined;
      if (client.isOutOfPatience) return `the server does not come to rest: ${shown(state)}`;
      if (isOverdue) await sleep(20);
    }
    return undefined;
  }

  #isDone({ received, written, pending, ending, rests }: ConnectionState): boolean {
    const { sent, octets } = this.#client;
    if (this.#case.kind === "overdue" || ending) return false;
    return rests && pending === 0 && received === sent && written === octets;
  }

  /** Asks how the connection is. Whatever is new begins patience anew. */
  async #look(): Promise<ConnectionState | undefined> {
    const before = this.#state;
    const state = await this.#target.state(this.#address);
    if (state === undefined) return before;
    this.#state = state;
    const { received, written, requests } = state;
    if (
      received !== before?.received ||
      written !== before.written ||
      requests.length !== before.requests.length
    ) {
      this.#client.changed();
    }
    return state;
  }

  /** Waits until the server has let go of everything; reports whether it has. */
  async #isOver(): Promise<boolean> {
    this.#client.changed();
    for (let looks = 1; this.#state?.over !== true; looks++) {
      const state = await this.#look();
      // A connection that is reset before it is accepted is never seen under its address.
      if (state === undefined && looks >= UNSEEN_LOOKS) return true;
      if (this.#client.isOutOfPatience) return state?.over === true;
      await turn();
    }
    return true;
  }
}

function shown(state: ConnectionState | undefined): string {
  return state === undefined ? "it has not seen the connection" : JSON.stringify(state);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
