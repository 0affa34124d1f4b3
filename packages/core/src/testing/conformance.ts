// Adds every transcript to a test runner. An adapter's whole conformance test is one call: how to listen is its own, what
// must be seen on the wire is the same for all.

import { manualClock } from "../clock.ts";
import type { ServerOptions } from "../options.ts";
import type { ServerStats } from "../stats.ts";
import { conformanceServer } from "./conformance-app.ts";
import { MemoryAdapter, MemoryClient } from "./memory-adapter.ts";
import { type Manner, octetByOctet, playTranscript, splitAt, WHOLE } from "./play-transcript.ts";
import { readTranscripts, type Transcript } from "./transcript.ts";
import type { WireClient } from "./wire-client.ts";

/** A server under test that listens. */
export interface LiveServer {
  connect(): Promise<WireClient>;
  close(): Promise<void>;
  /** The server's own counts. */
  stats(): ServerStats | Promise<ServerStats>;
}

/** Starts a server that runs `conformanceApp` with these options; they are plain data and can travel as JSON. */
export type Listen = (options: ServerOptions) => Promise<LiveServer>;

export interface ConformanceOptions {
  /**
   * `few` (default): whole and octet by octet, what a socket has time for. `every`: also at each two-way split, and the
   * transcripts that need a clock of their own.
   */
  readonly splits?: "few" | "every";
  /** Default: all transcripts of this package. */
  readonly transcripts?: readonly Transcript[];
}

/** The test function of a runner: `it` or `test`. */
export type TestFunction = (title: string, run: () => Promise<void>) => void;

/**
 * Adds one test per transcript to the runner `it` belongs to. Servers are started on first use, one for each set of
 * options, and closed by the last test added, or by `close` for a run that leaves that one out.
 */
export function conformance(
  it: TestFunction,
  listen: Listen,
  options: ConformanceOptions = {},
): { close(): Promise<void> } {
  const { splits = "few", transcripts = readTranscripts() } = options;
  const servers = new Servers(listen);
  for (const transcript of transcripts) {
    if (splits === "few" && transcript.memoryOnly !== undefined) continue;
    const { file, line, title, section } = transcript;
    it(`${file}:${line} ${title} (${section})`, async () => {
      const server = await servers.with(transcript.options);
      for (const manner of mannersFor(transcript, splits))
        await playOnce(transcript, server, manner);
    });
  }
  it("no server holds anything once its clients are gone", () => servers.close());
  return { close: () => servers.close() };
}

class Servers {
  readonly #listen: Listen;
  readonly #servers = new Map<string, Promise<LiveServer>>();

  constructor(listen: Listen) {
    this.#listen = listen;
  }

  with(options: ServerOptions): Promise<LiveServer> {
    const key = JSON.stringify(options);
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = this.#listen(options);
      this.#servers.set(key, server);
    }
    return server;
  }

  async close(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    for (const pending of servers) {
      const server = await pending;
      try {
        await expectNothingHeld(server);
      } finally {
        await server.close();
      }
    }
  }
}

const GONE_TRIES = 50;
const GONE_TRY_MS = 20;

/** Every client is gone: so must be its connection, its handler and what it sent, as soon as the server has noticed. */
async function expectNothingHeld(server: LiveServer): Promise<void> {
  let held = "";
  for (let tries = 0; tries < GONE_TRIES; tries++) {
    const { connections, handlers, bufferedOctets } = await server.stats();
    if (connections.open === 0 && handlers === 0 && bufferedOctets === 0) return;
    held = `${connections.open} connections, ${handlers} handlers, ${bufferedOctets} octets`;
    await new Promise((resolve) => setTimeout(resolve, GONE_TRY_MS));
  }
  throw new Error(`The server still holds ${held}`);
}

async function playOnce(transcript: Transcript, server: LiveServer, manner: Manner): Promise<void> {
  const client = await server.connect();
  try {
    await playTranscript(transcript, client, manner);
    if (client instanceof MemoryClient) await expectGone(transcript, client, manner);
  } finally {
    client.destroy();
  }
}

/** Only a transport in memory shows it: the server lets go of a connection at the peer's FIN, at once when it cuts. */
async function expectGone(
  { steps, file, line }: Transcript,
  client: MemoryClient,
  manner: Manner,
): Promise<void> {
  const last = steps.at(-1);
  if (last?.kind !== "outcome" || (last.outcome !== "closed" && last.outcome !== "cut")) return;
  if (last.outcome === "closed") client.end();
  if (client.gone) return;
  await client.rest();
  if (client.gone) return;
  throw new Error(`${file}:${line}, played ${manner.name}: the server holds on to the connection`);
}

// --- Manners

/** Transcripts up to this size are split everywhere. */
const EVERY_SPLIT_OCTETS = 600;
/** Larger ones at some places, and at each octet near both ends; very large ones, which only carry content, at fewer. */
const LARGE = { samples: 32, edgeOctets: 24 };
const VERY_LARGE_OCTETS = 32_768;
const VERY_LARGE = { samples: 8, edgeOctets: 4 };
/** Over a socket an octet costs microseconds, not nanoseconds. */
const LIVE_SINGLE_OCTETS = 2048;

function mannersFor(transcript: Transcript, splits: "few" | "every"): Manner[] {
  if (transcript.wholeOnly !== undefined) return [WHOLE];
  const passesTime = transcript.steps.some((step) => step.kind === "pass");
  if (splits === "few") {
    return passesTime ? [WHOLE] : [WHOLE, octetByOctet(true, LIVE_SINGLE_OCTETS)];
  }
  return [WHOLE, octetByOctet(false), octetByOctet(true), ...splitManners(transcript)];
}

function splitManners(transcript: Transcript): Manner[] {
  const sends = transcript.steps.flatMap((step) => (step.kind === "send" ? [step.octets] : []));
  const total = sends.reduce((sum, octets) => sum + octets.length, 0);
  return sends.flatMap((octets, send) =>
    splitPoints(octets.length, total).map((at) => splitAt(send, at)),
  );
}

function splitPoints(length: number, total: number): number[] {
  const { samples, edgeOctets } = total > VERY_LARGE_OCTETS ? VERY_LARGE : LARGE;
  const step = total <= EVERY_SPLIT_OCTETS ? 1 : Math.max(1, Math.floor(length / samples));
  const points: number[] = [];
  for (let at = 1; at < length; at++) {
    if (at % step === 0 || at < edgeOctets || at > length - edgeOctets) points.push(at);
  }
  return points;
}

// --- In memory

/** Listens in memory, with a clock that only the client's `advance` moves. */
export async function listenInMemory(options: ServerOptions): Promise<LiveServer> {
  const clock = manualClock();
  const adapter = new MemoryAdapter(clock);
  const server = conformanceServer(adapter, { ...options, clock });
  await server.listen();
  return {
    connect: () => Promise.resolve(adapter.connect()),
    async close() {
      await server.close({ graceMs: 0 });
    },
    stats: () => server.stats(),
  };
}
