// A fault of the transport at its n-th call, for every n a run reaches: whatever breaks when, no handler runs twice, no
// answer is mixed up, nothing is left behind, and everybody who waits is told.

import { describe, expect, test } from "vitest";
import type { Context, ExchangeReport } from "../src/context.ts";
import { head, type MemoryServer, type Peer, serve, settled } from "./memory-server.ts";

interface Scenario {
  readonly name: string;
  readonly highWaterOctets?: number;
  readonly play: (peer: Peer, server: MemoryServer) => Promise<unknown>;
}

const POST_5 = head("POST /content", "Content-Length: 5");
const CHUNKED = "Transfer-Encoding: chunked";

const SCENARIOS: readonly Scenario[] = [
  { name: "one request", play: (peer) => peer.send(head("GET /1")) },
  {
    name: "pipelined requests",
    play: (peer) => peer.send([1, 2, 3, 4].map((n) => head(`GET /${n}`)).join("")),
  },
  {
    name: "requests one by one, octet by octet",
    play: async (peer) => {
      for (const octet of head("GET /1") + head("GET /2")) {
        peer.transport.receive(Uint8Array.of(octet.charCodeAt(0)));
      }
      await settled();
    },
  },
  { name: "a request that closes", play: (peer) => peer.send(head("GET /1", "Connection: close")) },
  {
    name: "FIN behind requests",
    play: async (peer) => (await peer.send(head("GET /1") + head("GET /2"))).end(),
  },
  {
    name: "content that is collected",
    play: async (peer) => (await peer.send(`${POST_5}ab`)).send(`cde${head("GET /2")}`),
  },
  {
    name: "content asked for with 100 (Continue)",
    play: async (peer) =>
      (await peer.send(head("POST /content", "Content-Length: 5", "Expect: 100-continue"))).send(
        "hello",
      ),
  },
  {
    name: "an echo of chunks",
    play: async (peer) => {
      await peer.send(head("POST /echo", CHUNKED, "TE: trailers"));
      for (const piece of ["3\r\nabc\r\n", "2\r\nde", "\r\n0\r\n", "\r\n"]) await peer.send(piece);
      await peer.send(head("GET /2"));
    },
  },
  {
    name: "a large answer the peer takes slowly",
    highWaterOctets: 1000,
    play: async (peer) => (await peer.send(head("GET /large"))).drain(8),
  },
  {
    name: "a stream the peer takes slowly",
    highWaterOctets: 1000,
    play: async (peer) => (await peer.send(head("GET /stream") + head("GET /2"))).drain(20),
  },
  {
    name: "an upload larger than the read-ahead that a slow handler streams",
    play: async (peer) => {
      await peer.send(head("POST /slow", "Content-Length: 400000"));
      for (let i = 0; i < 40; i++) {
        peer.transport.receive(new Uint8Array(10_000));
        if (i % 4 === 0) await settled();
      }
      await settled();
    },
  },
  {
    name: "an early answer while an upload goes on",
    play: async (peer) => {
      await peer.send(head("POST /1", "Content-Length: 10000000"));
      for (let i = 0; i < 30; i++) peer.transport.receive(new Uint8Array(65_536));
      await settled();
    },
  },
  {
    name: "content nobody read that is drained",
    play: async (peer) =>
      (await peer.send(head("POST /1", "Content-Length: 5"))).send(`hello${head("GET /2")}`),
  },
  {
    name: "a fault of the peer behind a request",
    play: (peer) => peer.send(`${head("GET /1")}nonsense\r\n\r\n`),
  },
  {
    name: "broken chunks",
    play: async (peer) =>
      (await peer.send(`${head("POST /content", CHUNKED)}1\r\na\r\n`)).send("nonsense\r\n"),
  },
  { name: "a handler that throws", play: (peer) => peer.send(head("GET /throw") + head("GET /2")) },
  { name: "a stream that throws", play: (peer) => peer.send(head("GET /broken") + head("GET /2")) },
  { name: "an early send", play: (peer) => peer.send(head("GET /early") + head("GET /2")) },
  {
    name: "a head that does not come",
    play: async (peer, server) => {
      await peer.send("GET / HT");
      await server.advance(11_000);
    },
  },
  {
    name: "content that does not come",
    play: async (peer, server) => {
      await peer.send(`${POST_5}ab`);
      await server.advance(21_000);
    },
  },
  {
    name: "a peer that takes nothing",
    highWaterOctets: 1,
    play: async (peer, server) => {
      await peer.send(head("GET /large"));
      await server.advance(61_000);
    },
  },
  {
    name: "an idle connection",
    play: async (peer, server) => {
      await peer.send(head("GET /1"));
      await server.advance(66_000);
    },
  },
  {
    name: "a server that closes while answers are under way",
    highWaterOctets: 1000,
    play: async (peer, server) => {
      await peer.send(head("GET /stream"));
      void server.server.close({ graceMs: 3000 });
      await server.advance(4000);
    },
  },
];

interface Run {
  /** Calls of the transport so far. */
  calls: number;
  /** Requests by the number the server gave them. */
  readonly started: string[];
  readonly reports: ExchangeReport[];
  /** Exchanges whose `finished` has not resolved. */
  unfinished: number;
  readonly sends: Promise<unknown>[];
}

async function* slices(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 8; i++) yield new Uint8Array(700).fill(97 + i);
}

async function handle(ctx: Context, run: Run): Promise<void> {
  const { request, response } = ctx;
  run.started.push(`${request.method} ${request.path}`);
  run.unfinished++;
  void ctx.finished.then((report) => {
    run.reports.push(report);
    run.unfinished--;
  });
  switch (request.path) {
    case "/content":
      response.setBody(await request.bytes());
      break;
    case "/echo":
      response.setBody(request.stream()).addTrailer("X-Sum", "1");
      break;
    case "/slow": {
      let octets = 0;
      for await (const piece of request.stream()) {
        octets += piece.length;
        await Promise.resolve();
      }
      response.text(String(octets));
      break;
    }
    case "/large":
      response.setBody(new Uint8Array(300_000).fill(120));
      break;
    case "/stream":
      response.setBody(slices());
      break;
    case "/broken":
      response.setBody(
        (async function* () {
          yield "a";
          throw new Error("broken source");
        })(),
      );
      break;
    case "/throw":
      throw new Error("boom");
    case "/early":
      response.text("early");
      run.sends.push(ctx.send().catch(() => {}));
      await run.sends.at(-1);
      await Promise.resolve();
      break;
    default:
      response.text(request.path);
  }
}

/** Plays a scenario with a fault at call `n` (none for 0), then lets everything end. */
async function play(
  scenario: Scenario,
  n: number,
): Promise<{ run: Run; peer: Peer; server: MemoryServer }> {
  const run: Run = { calls: 0, started: [], reports: [], unfinished: 0, sends: [] };
  const server = await serve((app) => app.use((ctx) => handle(ctx, run)));
  const peer = server.connect({
    ...(scenario.highWaterOctets !== undefined && { highWaterOctets: scenario.highWaterOctets }),
    fault: (_, number) => {
      run.calls = number;
      return number === n ? "lose" : undefined;
    },
  });
  await scenario.play(peer, server);
  // The peer takes what is left and goes.
  for (let i = 0; i < 20 && peer.transport.pendingBytes > 0; i++) await peer.drain();
  await peer.end();
  await server.advance(70_000);
  await peer.reset();
  await settled();
  return { run, peer, server };
}

describe("a fault at every call of the transport", () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);

  for (const scenario of SCENARIOS) {
    test(`during ${scenario.name}`, async () => {
      process.on("unhandledRejection", note);
      try {
        const whole = await play(scenario, 0);
        const wholeText = whole.peer.text;
        let n = 1;
        for (; ; n++) {
          const { run, peer, server } = await play(scenario, n);
          const reached = run.calls >= n;
          // No handler runs twice, and none runs that would not have run without the fault.
          expect(whole.run.started.slice(0, run.started.length)).toEqual(run.started);
          // What went out is what would have gone out, up to the fault.
          expect(wholeText.startsWith(peer.text)).toBe(true);
          expect(run.unfinished).toBe(0);
          expect(run.reports.length).toBe(run.started.length);
          const { connections, handlers, bufferedOctets, closes } = server.server.stats();
          expect({ n, connections, handlers, bufferedOctets }).toEqual({
            n,
            connections: { open: 0, idle: 0, active: 0 },
            handlers: 0,
            bufferedOctets: 0,
          });
          expect(Object.values(closes).reduce((sum, count) => sum + count, 0)).toBe(1);
          expect(server.clock.pendingCalls).toBe(0);
          const errors = server.log.filter(({ level }) => level === "error");
          const own = errors.filter(
            ({ fields }) => !/boom|broken source/.test(String(fields["err"])),
          );
          expect(own).toEqual([]);
          if (!reached) break;
        }
        expect(n).toBe(whole.run.calls + 1);
        expect(n).toBeGreaterThan(1);
        expect(unhandled).toEqual([]);
      } finally {
        process.off("unhandledRejection", note);
      }
    });
  }
});
