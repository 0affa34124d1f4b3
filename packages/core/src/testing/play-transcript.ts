// Plays one transcript against one connection: sends what the client sends, waits for what the server must send, and
// compares octet by octet. Knows neither what carries the connection nor which server answers.

import { Expectation } from "./expectation.ts";
import type { Outcome, Transcript } from "./transcript.ts";
import type { WireClient } from "./wire-client.ts";
import { shownOctets, wireParts } from "./wire-text.ts";

/** How the client's octets are cut into pieces. */
export interface Manner {
  /** For messages: `octet by octet`. */
  readonly name: string;
  /** The pieces of the `index`-th send of the transcript. */
  pieces(octets: Uint8Array, index: number): Iterable<Uint8Array>;
  /** The server may take in each piece before the next is sent; else all arrive in one turn where that is possible. */
  readonly apart: boolean;
}

/** Every send in one piece. */
export const WHOLE: Manner = { name: "whole", apart: true, pieces: (octets) => [octets] };

/** Above this size a send is not cut into single octets but into pieces of an odd size. */
const SINGLE_OCTETS_MAX = 32_768;
const PIECE_OCTETS = 1021;

/**
 * Every send octet by octet. `apart`: the server may take in each before the next is sent. A send larger than
 * `singleOctetsMax` is cut into larger pieces.
 */
export function octetByOctet(apart: boolean, singleOctetsMax: number = SINGLE_OCTETS_MAX): Manner {
  return {
    name: apart ? "octet by octet" : "octet by octet in one turn",
    apart,
    *pieces(octets) {
      const size = octets.length > singleOctetsMax ? PIECE_OCTETS : 1;
      for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
    },
  };
}

/** The `send`-th send cut in two before octet `at`, everything else whole. */
export function splitAt(send: number, at: number): Manner {
  return {
    name: `send ${send + 1} cut before octet ${at}`,
    apart: true,
    pieces: (octets, index) =>
      index === send ? [octets.subarray(0, at), octets.subarray(at)] : [octets],
  };
}

/** The request that proves an open connection, and its answer by the conformance application. */
const PROBE = octetsOf("GET /probe HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n");
const PROBE_ANSWER = wireParts("{ok probe}");

function octetsOf(text: string): Uint8Array {
  const [part] = wireParts(text);
  return part?.kind === "octets" ? part.octets : new Uint8Array(0);
}

/**
 * Plays `transcript` through `client`, a fresh connection to a server that runs `conformanceApp` with the transcript's
 * options. Resolves when everything came as written; rejects with an `Error` that names the line and shows both sides.
 * The connection is left as the last step left it.
 */
export async function playTranscript(
  transcript: Transcript,
  client: WireClient,
  manner: Manner = WHOLE,
): Promise<void> {
  await new Play(transcript, client, manner).run();
}

function isClosed(client: WireClient): boolean {
  return client.ended || client.gone;
}

class Play {
  readonly #transcript: Transcript;
  readonly #client: WireClient;
  readonly #manner: Manner;
  /** Octets of the server that were expected and have come. */
  #met = 0;
  #line: number;

  constructor(transcript: Transcript, client: WireClient, manner: Manner) {
    this.#transcript = transcript;
    this.#client = client;
    this.#manner = manner;
    this.#line = transcript.line;
  }

  async run(): Promise<void> {
    const client = this.#client;
    let sends = 0;
    for (const step of this.#transcript.steps) {
      if ("line" in step) this.#line = step.line;
      switch (step.kind) {
        case "send":
          await this.#send(step.octets, sends++);
          break;
        case "rest":
          await client.rest();
          break;
        case "end":
          client.end();
          break;
        case "expect":
          await this.#expect(new Expectation(step.parts, this.#met));
          break;
        case "expectEnd":
          await this.#expectEnd();
          if (client.gone) this.#fail("the connection is gone, FIN alone was due");
          break;
        case "pass":
          await this.#pass(step.ms);
          break;
        case "outcome":
          await this.#conclude(step.outcome);
      }
    }
  }

  async #send(octets: Uint8Array, index: number): Promise<void> {
    let last: Promise<void> | undefined;
    for (const piece of this.#manner.pieces(octets, index)) {
      last = this.#client.send(piece);
      if (this.#manner.apart) await last;
    }
    await last;
  }

  /** On a real clock there is nothing to do: what is due then is waited for by the next step. */
  async #pass(ms: number): Promise<void> {
    if (this.#client.advance === undefined) return;
    await this.#client.rest();
    this.#client.advance(ms);
  }

  async #expect(expectation: Expectation): Promise<void> {
    const client = this.#client;
    for (;;) {
      // Read before matching: octets that come with the close are there when it is seen.
      const closed = isClosed(client);
      const status = expectation.match(client.octets);
      if (status === "met") break;
      if (status === "differs") this.#fail("the server sent something else", expectation);
      if (closed) this.#fail("the server closed too early", expectation);
      await this.#change(expectation);
    }
    this.#met = expectation.position;
  }

  async #expectEnd(): Promise<void> {
    await this.#expectClosed();
    if (!this.#client.ended) this.#fail("the connection is gone, FIN was due");
  }

  async #expectClosed(): Promise<void> {
    while (!isClosed(this.#client)) await this.#change();
    this.#expectNothingMore();
  }

  #expectNothingMore(): void {
    if (this.#client.octets.length > this.#met) this.#fail("the server sent more");
  }

  async #change(expectation?: Expectation): Promise<void> {
    try {
      await this.#client.changed();
    } catch {
      const due = expectation !== undefined ? "the rest of what is due" : "the close";
      this.#fail(`the server came to rest without ${due}`, expectation);
    }
  }

  async #conclude(outcome: Outcome): Promise<void> {
    const client = this.#client;
    switch (outcome) {
      case "open":
        await client.send(PROBE);
        await this.#expect(new Expectation(PROBE_ANSWER, this.#met));
        this.#expectNothingMore();
        if (isClosed(client)) this.#fail("the server closed");
        break;
      case "waiting":
        await client.rest();
        this.#expectNothingMore();
        if (isClosed(client)) this.#fail("the server closed");
        break;
      case "closed":
        await this.#expectEnd();
        break;
      case "cut":
        await this.#expectClosed();
    }
  }

  #fail(finding: string, expectation?: Expectation): never {
    const { file, title, section } = this.#transcript;
    const { octets } = this.#client;
    const at = expectation?.position ?? this.#met;
    const where = `${file}:${this.#line}: ${title} (${section}), played ${this.#manner.name}`;
    const right = shownOctets(octets.subarray(Math.max(0, at - 200), at));
    const then = shownOctets(octets.subarray(at));
    const due = expectation === undefined ? "" : `\n--- due was:\n${expectation.due}`;
    throw new Error(
      `${where}: ${finding}\n--- as expected up to octet ${at}:\n${right}\n--- then came:\n${then}${due}`,
    );
  }
}
