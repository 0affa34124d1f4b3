// What is known of each connection and each request of a target, by the client's address: every run of the fuzzer comes
// from an address of its own (127.0.0.0/8). Judges what one connection alone can tell; the rest is the fuzzer's.

import type { Transport } from "@hyperlane-ts/core";

/** What the fuzzer is told of a connection. */
export interface ConnectionState {
  /** Octets that arrived, and octets that were handed to the adapter. */
  readonly received: number;
  readonly written: number;
  /** Octets the runtime has not taken yet. */
  readonly pending: number;
  /** The server has asked for its FIN, or for the end of the connection. */
  readonly ending: boolean;
  /** Nothing has happened for so many turns of the event loop that nothing will, unless the client does something. */
  readonly rests: boolean;
  /** Closed, and nothing is at work for it any more. */
  readonly over: boolean;
  /** `METHOD path` of each request that reached middleware. */
  readonly requests: readonly string[];
  readonly violations: readonly string[];
}

/** More turns than any handler of the target lets pass between two things it does. */
const RESTFUL_TURNS = 40;
/** How often it is looked whether all has come to rest, in turns. */
const LOOK_TURNS = 10;

/** One request, followed from its first middleware to the end of its exchange. */
export interface RequestRecord {
  readonly line: string;
  /** How often its signal fired. */
  fired: number;
  outcome: "sent" | "aborted" | undefined;
  /** The chain has settled. */
  settled: boolean;
  /** The peer's FIN had arrived when the exchange ended. */
  endedBefore: boolean;
}

export class ConnectionRecord {
  received = 0;
  written = 0;
  peerEnded = false;
  ending = false;
  /** Calls of `onClose`. */
  closes = 0;
  /** Handlers that wait for a timer. */
  parked = 0;
  readonly requests: RequestRecord[] = [];
  readonly violations: string[] = [];
  readonly transport: Transport;
  readonly #records: Records;
  #touchedTurn = 0;

  constructor(records: Records, transport: Transport) {
    this.#records = records;
    this.transport = transport;
  }

  /**
   * The peer's FIN arrives. Who asks in the reaction of a promise learns it only if FIN was there when the promise was
   * settled: Node delivers FIN between the end of an exchange and the reactions to it.
   */
  noteEnd(): void {
    queueMicrotask(() => {
      this.peerEnded = true;
    });
  }

  /** Something has happened. */
  touch(): void {
    this.#touchedTurn = this.#records.turn;
  }

  get rests(): boolean {
    return this.parked === 0 && this.#records.turn - this.#touchedTurn >= RESTFUL_TURNS;
  }

  get over(): boolean {
    if (this.closes === 0) return false;
    return this.requests.every(({ settled, outcome }) => settled && outcome !== undefined);
  }

  /** For messages: requests that are not over. */
  get unsettled(): string {
    const open = this.requests.filter(({ settled, outcome }) => !settled || outcome === undefined);
    return open.map(({ line, outcome }) => `${line} ${outcome ?? "unanswered"}`).join(", ");
  }

  get state(): ConnectionState {
    const { received, written, ending, rests, over, requests, transport } = this;
    return {
      received,
      written,
      pending: transport.pendingBytes,
      ending,
      rests,
      over,
      requests: requests.map(({ line }) => line),
      violations: over ? [...this.violations, ...requests.flatMap(misfired)] : [],
    };
  }
}

/** What is wrong about a request's signal, once its connection is over. */
function misfired({ line, fired, outcome, endedBefore }: RequestRecord): string[] {
  const due = outcome === "aborted" || endedBefore ? 1 : 0;
  if (fired === due) return [];
  const when = endedBefore ? "had ended its side" : "had not ended its side";
  return [`C15: signal fired ${fired} times: ${line}, outcome ${outcome}, the peer ${when}`];
}

/** All connections of a target, until the fuzzer has asked for the last time. */
export class Records {
  /** Turns of the event loop, counted only while somebody waits for rest. */
  turn = 0;
  readonly byAddress: Map<string, ConnectionRecord> = new Map();

  /** States of the connections from these addresses, once all of them rest or are over, or a while has passed. */
  async states(addresses: readonly string[]): Promise<(ConnectionState | undefined)[]> {
    const asked = addresses.map((address) => this.byAddress.get(address));
    for (let i = 1; i <= RESTFUL_TURNS + LOOK_TURNS; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.turn++;
      const looks = i % LOOK_TURNS === 0;
      if (looks && asked.every((one) => one === undefined || one.over || one.rests)) break;
    }
    return addresses.map((address) => {
      const record = this.byAddress.get(address);
      if (record?.over) this.byAddress.delete(address);
      return record?.state;
    });
  }

  /** Nothing should be open: forgets what nobody asked for, gives what is wrong about it. */
  sweep(): string[] {
    const found: string[] = [];
    for (const record of this.byAddress.values()) {
      if (record.over) found.push(...record.state.violations);
      else found.push(`C15: left behind: ${record.closes} closes, ${record.unsettled}`);
    }
    this.byAddress.clear();
    return found;
  }
}
