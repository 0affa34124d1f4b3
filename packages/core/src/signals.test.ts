import { afterEach, describe, expect, test } from "vitest";
import {
  countingClock,
  head,
  MemoryAdapter,
  type MemoryServer,
  memoryLogger,
  serve,
  settled,
} from "../test/memory-server.ts";
import { Server } from "./server.ts";
import { closeOnSignals } from "./signals.ts";

type Signal = "SIGTERM" | "SIGINT";
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

// The process's own listeners are left alone: only those that came since are called.
const before = { SIGTERM: process.listeners("SIGTERM"), SIGINT: process.listeners("SIGINT") };

function added(signal: Signal): ((signal: Signal) => void)[] {
  const listeners = process.listeners(signal) as ((signal: Signal) => void)[];
  return listeners.filter((listener) => !(before[signal] as unknown[]).includes(listener));
}

function send(signal: Signal): void {
  for (const listener of added(signal)) listener(signal);
}

function addedCounts(): number[] {
  return SIGNALS.map((signal) => added(signal).length);
}

const { now } = performance;
let atMs = 0;

/** From here on time stands still but for `atMs`. */
function holdTime(): void {
  atMs = 10_000;
  performance.now = () => atMs;
}

afterEach(() => {
  performance.now = now;
  for (const signal of SIGNALS) {
    for (const listener of added(signal)) process.off(signal, listener);
  }
});

describe("closeOnSignals", () => {
  /** Signals at times; what close was called with: the signal, "!" behind it when forced. */
  test.each([
    ["the first closes", [["SIGTERM", 0]], ["SIGTERM"]],
    ["either will do", [["SIGINT", 0]], ["SIGINT"]],
    [
      "another one forces at once",
      [
        ["SIGINT", 0],
        ["SIGTERM", 1],
      ],
      ["SIGINT", "SIGTERM!"],
    ],
    [
      "the same within 500 ms is the same",
      [
        ["SIGINT", 0],
        ["SIGINT", 2],
        ["SIGINT", 499],
      ],
      ["SIGINT"],
    ],
    [
      "the same after 500 ms forces",
      [
        ["SIGINT", 0],
        ["SIGINT", 499],
        ["SIGINT", 500],
      ],
      ["SIGINT", "SIGINT!"],
    ],
    [
      "further ones force again",
      [
        ["SIGTERM", 0],
        ["SIGINT", 5],
        ["SIGINT", 6],
        ["SIGTERM", 700],
      ],
      ["SIGTERM", "SIGINT!", "SIGINT!", "SIGTERM!"],
    ],
  ] as const)("%s", (_, signals, expected) => {
    holdTime();
    const closes: string[] = [];
    const ignore = closeOnSignals((signal, isForced) => {
      closes.push(isForced ? `${signal}!` : signal);
    });
    for (const [signal, sinceMs] of signals) {
      atMs = 10_000 + sinceMs;
      send(signal);
    }
    expect(closes).toEqual([...expected]);
    ignore();
    expect(addedCounts()).toEqual([0, 0]);
  });

  test("takes its handlers away once, and nobody else's", () => {
    const other = () => {};
    process.on("SIGTERM", other);
    const ignore = closeOnSignals(() => {});
    expect(addedCounts()).toEqual([2, 1]);
    ignore();
    ignore();
    expect(added("SIGTERM")).toEqual([other]);
  });
});

describe("Server.handleSignals", () => {
  async function waiting(): Promise<MemoryServer> {
    return serve((app) => app.get("/wait", () => new Promise<void>(() => {})), {
      health: { ready: "/ready" },
    });
  }

  test("has handlers only while the server listens, called before listen", async () => {
    const server = new Server(new MemoryAdapter(), {
      logger: memoryLogger(),
      clock: countingClock(),
    });
    expect(server.handleSignals()).toBe(server);
    expect(addedCounts()).toEqual([0, 0]);
    await server.listen();
    expect(addedCounts()).toEqual([1, 1]);
    await server.close();
    await settled();
    expect(addedCounts()).toEqual([0, 0]);
  });

  test("has handlers only while the server listens, called after listen", async () => {
    const { server } = await waiting();
    expect(addedCounts()).toEqual([0, 0]);
    server.handleSignals();
    expect(addedCounts()).toEqual([1, 1]);
    await server.close();
    await settled();
    expect(addedCounts()).toEqual([0, 0]);
  });

  test("installs none that the server is not asked for", async () => {
    const { server } = await waiting();
    await server.close();
    expect(addedCounts()).toEqual([0, 0]);
  });

  test("called behind close installs nothing", async () => {
    const { server } = await waiting();
    void server.close();
    server.handleSignals();
    await settled();
    server.handleSignals();
    expect(addedCounts()).toEqual([0, 0]);
  });

  test("called twice has one set of handlers, and takes the later options", async () => {
    const server = await waiting();
    const peer = await server.connect().send(head("GET /wait"));
    server.server.handleSignals({ graceMs: 60_000 }).handleSignals({ graceMs: 2000 });
    expect(addedCounts()).toEqual([1, 1]);
    send("SIGTERM");
    await server.advance(1900);
    expect(peer.isClosed).toBe(false);
    await server.advance(200);
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
  });

  test("called while listen is under way has handlers once it is bound, and none when that fails", async () => {
    const adapter = new MemoryAdapter();
    const server = new Server(adapter, { logger: memoryLogger(), clock: countingClock() });
    adapter.failure = new Error("EADDRINUSE");
    const failing = server.handleSignals().listen();
    await expect(failing).rejects.toThrow("EADDRINUSE");
    expect(addedCounts()).toEqual([0, 0]);
    adapter.failure = undefined;
    const listening = server.listen();
    server.handleSignals();
    await listening;
    expect(addedCounts()).toEqual([1, 1]);
    await server.close();
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "on %s closes with its options, on a second one by force, and logs both",
    async (signal) => {
      holdTime();
      const server = await waiting();
      const peer = await server.connect().send(head("GET /wait"));
      server.server.handleSignals({ drainDelayMs: 5000, graceMs: 60_000 });
      send(signal);
      await settled();
      expect([server.server.closing.aborted, peer.isClosed]).toEqual([false, false]);
      const ready = await server.connect().send(head("GET /ready"));
      expect(ready.statuses).toEqual([503]);
      await ready.reset();
      await server.advance(5000);
      expect([server.server.closing.aborted, peer.isClosed]).toEqual([true, false]);
      atMs += 501;
      send(signal);
      await settled();
      expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
      await peer.end();
      await settled();
      expect(addedCounts()).toEqual([0, 0]);
      expect(server.log.filter(({ level }) => level === "info")).toEqual([
        { level: "info", fields: { signal }, message: "closing" },
        { level: "info", fields: { signal }, message: "closing by force" },
        { level: "info", fields: { drained: 0, aborted: 1, destroyed: 0 }, message: "closed" },
      ]);
    },
  );

  test("beside close: the signal shortens what close has begun", async () => {
    const server = await waiting();
    const peer = await server.connect().send(head("GET /wait"));
    server.server.handleSignals({ graceMs: 1000 });
    void server.server.close({ drainDelayMs: 60_000 });
    send("SIGTERM");
    await server.advance(900);
    expect(peer.isClosed).toBe(false);
    await server.advance(200);
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
  });

  test("with a listener that cannot be stopped: logs it, rejects nowhere else, takes its handlers away", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", note);
    const adapter = new MemoryAdapter();
    const listen = adapter.listen.bind(adapter);
    adapter.listen = async (options, onConnection) => ({
      ...(await listen(options, onConnection)),
      stop: () => Promise.reject(new Error("stuck")),
    });
    const logger = memoryLogger();
    const server = new Server(adapter, { logger, clock: countingClock() });
    await server.handleSignals().listen();
    send("SIGTERM");
    await settled();
    await settled();
    process.off("unhandledRejection", note);
    expect([unhandled, addedCounts()]).toEqual([[], [0, 0]]);
    expect(logger.records.map(({ level }) => level)).toEqual(["info", "error"]);
  });

  test.each([
    ["graceMs", -1],
    ["idleMs", 1.5],
    ["drainDelayMs", "5"],
  ] as const)("refuses %s of %s at once", async (name, value) => {
    const { server } = await waiting();
    const call = () => server.handleSignals({ [name]: value } as never);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(`Cannot handle signals: ${name} is ${value}, allowed is`);
    expect(() => server.handleSignals({ grace: 5 } as never)).toThrow(
      "there is no option grace, allowed are drainDelayMs, graceMs, idleMs",
    );
    expect(addedCounts()).toEqual([0, 0]);
  });
});
