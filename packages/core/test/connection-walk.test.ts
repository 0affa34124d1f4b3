// Random walks of one connection: the peer, the handlers, the transport and the clock do what they like, in any order. At
// every step the rules hold that must hold always; in the end everything ends.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { READING, READING_DEADLINES, WRITING, WRITING_DEADLINES } from "../src/connection-state.ts";
import type { Context } from "../src/context.ts";
import { DEFAULT_DEADLINES, type Deadlines } from "../src/deadlines.ts";
import {
  type Gate,
  gate,
  head,
  type MemoryServer,
  type Peer,
  serve,
  settled,
} from "./memory-server.ts";

const REQUESTS = [
  head("GET /now"),
  head("GET /wait"),
  head("HEAD /now"),
  head("GET /now", "Connection: close"),
  "GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  `${head("POST /collect", "Content-Length: 10")}0123456789`,
  `${head("POST /collect", "Transfer-Encoding: chunked")}3\r\nabc\r\n2;x\r\nde\r\n0\r\nX-A: 1\r\n\r\n`,
  `${head("POST /pull", "Content-Length: 30")}${"x".repeat(30)}`,
  `${head("POST /pull", "Transfer-Encoding: chunked")}5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n`,
  `${head("POST /wait", "Content-Length: 4")}rest`,
  `${head("POST /now", "Content-Length: 2000")}${"y".repeat(2000)}`,
  head("POST /collect", "Content-Length: 5", "Expect: 100-continue"),
  head("GET /stream"),
  head("GET /early"),
  head("GET /throw"),
  "\r\n",
  "nonsense\r\n\r\n",
  "0\r\n\r\n",
  "z".repeat(4000),
];

type Step =
  | { readonly kind: "send"; readonly which: number; readonly cuts: readonly number[] }
  | { readonly kind: "fin" | "reset" | "drain" | "handler" | "close" | "closeLater" | "force" }
  | { readonly kind: "advance" | "jump"; readonly ms: number };

const ms = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 70_000 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      which: fc.integer({ min: 0, max: REQUESTS.length - 1 }),
      cuts: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom("drain" as const, "handler" as const) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("jump" as const), ms }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("fin" as const, "reset" as const, "close" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("closeLater" as const, "force" as const) }),
  },
);

/** Handlers that wait for the walk to let them go on. */
class Handlers {
  readonly gates: Gate[] = [];
  running = 0;
  most = 0;
  /** The walk has closed the server with a delay. */
  closesLater = false;
  /** Rejections the walk's own handlers met; they are theirs to judge. */
  readonly failures: unknown[] = [];

  async turn(): Promise<void> {
    const own = gate();
    this.gates.push(own);
    await own.promise;
  }

  async handle(ctx: Context): Promise<void> {
    this.most = Math.max(this.most, ++this.running);
    try {
      await this.#run(ctx);
    } finally {
      this.running--;
    }
  }

  async #run(ctx: Context): Promise<void> {
    const { request, response } = ctx;
    switch (request.path) {
      case "/wait":
        await this.turn();
        response.text("waited");
        break;
      case "/collect":
        response.setBody(await request.bytes());
        break;
      case "/pull":
        for await (const piece of request.stream()) {
          await this.turn();
          if (piece.length === 3) break;
        }
        response.text("pulled");
        break;
      case "/stream":
        response.setBody(this.#stream());
        break;
      case "/early":
        response.text("early");
        await ctx.send();
        await this.turn();
        break;
      case "/throw":
        throw new Error("boom");
      default:
        response.text("now");
    }
  }

  async *#stream(): AsyncGenerator<string> {
    yield "first";
    await this.turn();
    yield "x".repeat(3000);
    await this.turn();
    yield "last";
  }
}

const LIMITS = {
  drainOctets: 1000,
  lingerOctets: 3000,
  readAheadOctets: 1024,
  writeSliceOctets: 1024,
};

function checkAlways(
  server: MemoryServer,
  peer: Peer,
  handlers: Handlers,
  deadlines: Deadlines = DEFAULT_DEADLINES,
): void {
  const { connection, transport } = peer;
  const { reading, writing, exchange } = connection;
  const stats = server.server.stats();
  expect(handlers.most).toBeLessThanOrEqual(1);
  expect(stats.handlers).toBe(handlers.running);
  const collected = connection.exchange?.reader?.heldOctets ?? 0;
  const held = transport.closed ? 0 : reading.input.octets + collected + transport.pendingBytes;
  expect(stats.bufferedOctets).toBe(held);
  expect(stats.connections.active + stats.connections.idle).toBe(stats.connections.open);
  expect(stats.octetsOut).toBe(transport.octets.length);
  expect(Object.keys(READING)).toContain(reading.state);
  expect(Object.keys(WRITING)).toContain(writing.state);
  if (transport.closed) {
    expect(stats.connections.open).toBe(0);
    expect(peer.states).toBe("closed/closed");
    // Nothing is waited for any more but the end of a delay before closing.
    const isDelayed = handlers.closesLater && !server.server.closing.aborted;
    expect(server.clock.pendingCalls).toBe(isDelayed ? 1 : 0);
    return;
  }
  expect(stats.connections.open).toBe(1);
  // Idle: no exchange is open, its answer has been taken, no octet of a request has come.
  const isIdle = peer.states === "idle/idle" && held === 0;
  expect([peer.states, stats.connections.idle]).toEqual([peer.states, isIdle ? 1 : 0]);
  // Never more is held than the read-ahead and one read, unless a head is still coming.
  expect(reading.input.octets).toBeLessThan(1024 + 2200 + 16_384);
  // Every state that waits for the peer has a deadline.
  const isWaitingForUs = exchange !== undefined && (!exchange.settled || !exchange.written);
  if (connection.watch.deadlineMs === Number.POSITIVE_INFINITY) {
    expect([peer.states, isWaitingForUs]).toEqual([peer.states, true]);
    expect(READING_DEADLINES[reading.state]).toContain("none");
    expect(WRITING_DEADLINES[writing.state]).toContain("none");
    // Octets the peer does not take are waited for, whoever else is.
    expect(transport.pendingBytes).toBe(0);
  } else {
    expect(connection.watch.wheelTick).not.toBe(-1);
  }
  const now = server.clock.now();
  for (const [allowed, dueMs] of [
    [READING_DEADLINES[reading.state], reading.dueMs(now)],
    [WRITING_DEADLINES[writing.state], writing.dueMs(now, deadlines)],
  ] as const) {
    const isArmed = dueMs !== Number.POSITIVE_INFINITY;
    expect([peer.states, isArmed, allowed.some((name) => isArmed === (name !== "none"))]).toEqual([
      peer.states,
      isArmed,
      true,
    ]);
  }
  if (writing.state === "lingering") expect(transport.ended).toBe(true);
  if (reading.state === "stopped") expect(transport.paused).toBe(true);
}

async function take(
  server: MemoryServer,
  peer: Peer,
  handlers: Handlers,
  done: Step,
): Promise<void> {
  switch (done.kind) {
    case "send": {
      const octets = REQUESTS[done.which]!;
      let at = 0;
      for (const size of done.cuts) {
        peer.transport.receive(new TextEncoder().encode(octets.slice(at, at + size)));
        at += size;
      }
      // Some messages stay cut off.
      if (done.cuts.length < 3) peer.transport.receive(new TextEncoder().encode(octets.slice(at)));
      break;
    }
    case "fin":
      peer.transport.receiveEnd();
      break;
    case "reset":
      peer.transport.lose();
      break;
    case "drain":
      peer.transport.drain();
      break;
    case "handler":
      handlers.gates.shift()?.open();
      break;
    case "close":
      void server.server.close();
      break;
    case "closeLater":
      handlers.closesLater = true;
      void server.server.close({ drainDelayMs: 5000, graceMs: 20_000 });
      break;
    case "force":
      void server.server.close({ graceMs: 0 });
      break;
    case "advance":
      server.clock.advance(done.ms);
      break;
    default:
      server.clock.jump(done.ms);
  }
  await settled();
}

describe("a connection", () => {
  test("keeps its rules on every walk, and in the end is gone without a trace", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", note);
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.boolean(),
      fc.constantFrom(undefined, 5000),
      async (steps, isSlow, handlerMs) => {
        const handlers = new Handlers();
        const deadlines = { ...DEFAULT_DEADLINES, handlerMs };
        const server = await serve((app) => app.use((ctx) => handlers.handle(ctx)), {
          limits: LIMITS,
          deadlines: { handlerMs } as Partial<Deadlines>,
        });
        const peer = server.connect(isSlow ? { highWaterOctets: 100 } : {});
        for (const done of steps) {
          await take(server, peer, handlers, done);
          checkAlways(server, peer, handlers, deadlines);
        }
        // Handlers finish, the peer does nothing more: deadlines alone must end it.
        for (let round = 0; round < 400 && !peer.transport.closed; round++) {
          handlers.gates.shift()?.open();
          await settled();
          if (handlers.gates.length === 0) await server.advance(1000);
        }
        expect(peer.transport.closed).toBe(true);
        while (handlers.gates.length > 0) await take(server, peer, handlers, { kind: "handler" });
        await server.server.close({ graceMs: 0 });
        const { connections, handlers: running, bufferedOctets, closes } = server.server.stats();
        expect({ connections, running, bufferedOctets }).toEqual({
          connections: { open: 0, idle: 0, active: 0 },
          running: 0,
          bufferedOctets: 0,
        });
        expect(Object.values(closes)).toEqual([1]);
        expect(server.clock.pendingCalls).toBe(0);
        const errors = server.log.filter(({ level }) => level === "error");
        expect(errors.filter(({ fields }) => !String(fields["err"]).includes("boom"))).toEqual([]);
      },
    );
    try {
      await fc.assert(property, { numRuns: 250 });
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(unhandled).toEqual([]);
  }, 30_000);

  test("reaches every state of both halves, and every pair listed here", async () => {
    const expect1024 = head("POST /collect", "Content-Length: 5");
    const recipes: readonly (readonly [string, boolean, (peer: Peer) => Promise<unknown>])[] = [
      ["idle/idle", false, async () => {}],
      ["head/idle", false, (peer) => peer.send("GET")],
      ["content/awaiting", false, (peer) => peer.send(expect1024)],
      ["received/awaiting", false, (peer) => peer.send(head("GET /wait"))],
      ["received/sending", false, (peer) => peer.send(head("GET /stream"))],
      ["content/sending", false, (peer) => peer.send(head("POST /early", "Content-Length: 5"))],
      ["content/idle", false, (peer) => peer.send(head("POST /now", "Content-Length: 5"))],
      ["discarding/lingering", false, (peer) => peer.send(head("GET /now", "Connection: close"))],
      ["discarding/flushing", true, (peer) => peer.send(head("GET /now", "Connection: close"))],
      [
        "stopped/lingering",
        false,
        (peer) => peer.send(head("GET /now", "Connection: close") + "z".repeat(4000)),
      ],
      [
        "stopped/flushing",
        true,
        (peer) => peer.send(head("GET /now", "Connection: close") + "z".repeat(4000)),
      ],
      [
        "ended/flushing",
        true,
        async (peer) => (await peer.send(head("GET /now", "Connection: close"))).end(),
      ],
      ["closed/closed", false, (peer) => peer.reset()],
    ];
    const seen = new Set<string>();
    for (const [states, isSlow, into] of recipes) {
      const handlers = new Handlers();
      const server = await serve((app) => app.use((ctx) => handlers.handle(ctx)), {
        limits: LIMITS,
      });
      const peer = server.connect(isSlow ? { highWaterOctets: 1 } : {});
      await into(peer);
      expect(peer.states).toBe(states);
      checkAlways(server, peer, handlers);
      const [reading, writing] = states.split("/");
      seen.add(`reading ${reading}`).add(`writing ${writing}`);
    }
    const all = [
      ...Object.keys(READING).map((state) => `reading ${state}`),
      ...Object.keys(WRITING).map((state) => `writing ${state}`),
    ];
    expect(all.filter((state) => !seen.has(state))).toEqual([]);
  });
});
