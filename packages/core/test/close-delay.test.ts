// Closing with a delay: the server still accepts and serves while it says that it is not ready; and the signal that fires
// when that is over.

import { describe, expect, test } from "vitest";
import type { CloseOptions } from "../src/drain.ts";
import { Server } from "../src/server.ts";
import {
  countingClock,
  type Gate,
  gate,
  head,
  MemoryAdapter,
  type MemoryServer,
  memoryLogger,
  serve,
  settled,
} from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

async function app(): Promise<MemoryServer & { wait: Gate }> {
  const wait = gate();
  const server = await serve(
    (s) =>
      s
        .get("/", (ctx) => void ctx.response.text("a"))
        .get("/wait", async (ctx) => {
          await wait.promise;
          ctx.response.text("waited");
        }),
    { health: { live: "/live", ready: "/ready" } },
  );
  return { ...server, wait };
}

/** What a new connection gets for a request of this path: status and Connection, or "dropped". */
async function asked(server: MemoryServer, path: string): Promise<unknown> {
  const peer = server.connect();
  if (peer.transport.closed) return "dropped";
  await peer.send(head(`GET ${path}`));
  const [response] = peer.responses();
  await peer.reset();
  return [response!.status, fieldOf(response!, "Connection")];
}

describe("Server.close with drainDelayMs", () => {
  test("accepts and serves until it is over, with Connection: close and ready 503, then no more", async () => {
    const server = await app();
    expect(await asked(server, "/ready")).toEqual([200, undefined]);
    const old = await server.connect().send(head("GET /"));
    void server.server.close({ drainDelayMs: 5000 });
    for (const afterMs of [0, 2500, 2499]) {
      await server.advance(afterMs);
      expect(await asked(server, "/ready")).toEqual([503, "close"]);
      expect(await asked(server, "/live")).toEqual([200, "close"]);
      expect(await asked(server, "/")).toEqual([200, "close"]);
      expect(server.adapter.isStopped).toBe(false);
    }
    // Idle connections have their usual time.
    expect(old.isClosed).toBe(false);
    await old.send(head("GET /"));
    expect([old.statuses, old.isClosed]).toEqual([[200, 200], true]);
    await server.advance(1);
    await settled();
    expect([server.adapter.isStopped, await asked(server, "/")]).toEqual([true, "dropped"]);
  });

  test("closes idle connections only when it is over", async () => {
    const server = await app();
    const peer = server.connect();
    void server.server.close({ drainDelayMs: 5000 });
    await server.advance(4900);
    expect(peer.isClosed).toBe(false);
    await server.advance(100);
    await server.advance(250);
    expect(peer.isClosed).toBe(true);
  });

  test("begins the grace behind it", async () => {
    const server = await app();
    const peer = await server.connect().send(head("GET /wait"));
    void server.server.close({ drainDelayMs: 5000, graceMs: 3000 });
    await server.advance(7900);
    expect(peer.isClosed).toBe(false);
    await server.advance(200);
    expect([peer.statuses, peer.isClosed]).toEqual([[503], true]);
  });

  test("still has the address while it lasts, and none behind it", async () => {
    const server = await app();
    void server.server.close({ drainDelayMs: 1000 });
    expect(server.server.address).toBeDefined();
    await server.advance(1000);
    expect(server.server.address).toBe(undefined);
  });

  test("without a connection resolves when it is over", async () => {
    const server = await app();
    let isDone = false;
    const closing = server.server.close({ drainDelayMs: 1000 }).then((report) => {
      isDone = true;
      return report;
    });
    await server.advance(999);
    expect(isDone).toBe(false);
    await server.advance(1);
    expect(await closing).toEqual({ drained: 0, aborted: 0, destroyed: 0 });
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("of 0 is the default: the listener stops at once", async () => {
    const server = await app();
    void server.server.close();
    await settled();
    expect(server.adapter.isStopped).toBe(true);
  });

  test.each([-1, 1.5, 2 ** 31, "5", null])(
    "refuses a delay of %s, also in the call that shortens",
    async (drainDelayMs) => {
      const server = await app();
      const options = { drainDelayMs } as CloseOptions;
      await expect(server.server.close(options)).rejects.toThrow(
        `Cannot close: drainDelayMs is ${drainDelayMs}, allowed is a whole number from 0 to 2147483647`,
      );
      expect(await asked(server, "/ready")).toEqual([200, undefined]);
      void server.server.close({ drainDelayMs: 5000 });
      await expect(server.server.close(options)).rejects.toThrow(RangeError);
      await settled();
      expect(server.server.closing.aborted).toBe(false);
    },
  );
});

/** Calls of close at times, and when the listener stops and the waiting answer is forced. */
const SHORTENED: readonly (readonly [
  name: string,
  calls: readonly (readonly [atMs: number, options: CloseOptions])[],
  stopsMs: number,
  forcesMs: number,
])[] = [
  [
    "the second shortens both",
    [
      [0, { drainDelayMs: 5000, graceMs: 5000 }],
      [1000, { drainDelayMs: 1000, graceMs: 2000 }],
    ],
    2000,
    4000,
  ],
  [
    "the second lengthens neither",
    [
      [0, { drainDelayMs: 2000, graceMs: 2000 }],
      [1000, { drainDelayMs: 60_000, graceMs: 60_000 }],
    ],
    2000,
    4000,
  ],
  [
    "a second without options changes nothing",
    [
      [0, { drainDelayMs: 5000, graceMs: 5000 }],
      [1000, {}],
    ],
    5000,
    10_000,
  ],
  [
    "the second shortens the grace alone",
    [
      [0, { drainDelayMs: 5000, graceMs: 60_000 }],
      [1000, { drainDelayMs: 60_000, graceMs: 1000 }],
    ],
    5000,
    6000,
  ],
  [
    "the second names the grace alone",
    [
      [0, { drainDelayMs: 5000, graceMs: 60_000 }],
      [1000, { graceMs: 1000 }],
    ],
    5000,
    6000,
  ],
  [
    "the second names the delay alone",
    [
      [0, { drainDelayMs: 5000, graceMs: 4000 }],
      [1000, { drainDelayMs: 0 }],
    ],
    1000,
    5000,
  ],
  [
    "behind the delay a call without options changes nothing",
    [
      [0, { graceMs: 11_000 }],
      [250, {}],
      [500, { idleMs: 5 }],
    ],
    0,
    11_000,
  ],
  [
    "behind the delay only the grace is shortened, from then on",
    [
      [0, { drainDelayMs: 1000, graceMs: 60_000 }],
      [3000, { drainDelayMs: 60_000, graceMs: 2000 }],
    ],
    1000,
    5000,
  ],
  ["graceMs 0 forces at once whatever the delay", [[0, { drainDelayMs: 5000, graceMs: 0 }]], 0, 0],
  [
    "graceMs 0 ends the delay",
    [
      [0, { drainDelayMs: 5000 }],
      [1000, { graceMs: 0, drainDelayMs: 5000 }],
    ],
    1000,
    1000,
  ],
  [
    "many calls: the nearest of all ends counts",
    [
      [0, { drainDelayMs: 9000, graceMs: 9000 }],
      [500, { drainDelayMs: 3000, graceMs: 9000 }],
      [750, { drainDelayMs: 9000, graceMs: 1000 }],
    ],
    3500,
    4500,
  ],
];

describe("several calls of Server.close", () => {
  for (const [name, calls, stopsMs, forcesMs] of SHORTENED) {
    test(name, async () => {
      const server = await app();
      const peer = await server.connect().send(head("GET /wait"));
      let stopped = -1;
      let forced = -1;
      for (let ms = 0; ms <= 12_000; ms += 250) {
        for (const [atMs, options] of calls) {
          if (atMs === ms) void server.server.close(options);
        }
        await settled();
        if (server.adapter.isStopped && stopped < 0) stopped = ms;
        if (peer.isClosed && forced < 0) forced = ms;
        await server.advance(250);
      }
      expect([stopped, forced, peer.statuses]).toEqual([stopsMs, forcesMs, [503]]);
    });
  }
});

describe("Server.closing", () => {
  test("fires once, when accepting stops, with an error as its reason", async () => {
    const server = await app();
    let fired = 0;
    server.server.closing.addEventListener("abort", () => fired++);
    void server.server.close({ drainDelayMs: 1000 });
    await server.advance(999);
    expect([fired, server.server.closing.aborted]).toEqual([0, false]);
    await server.advance(1);
    expect([fired, server.server.closing.aborted]).toEqual([1, true]);
    expect(server.server.closing.reason).toBeInstanceOf(Error);
    await server.server.close({ graceMs: 0 });
    await server.server.close();
    expect(fired).toBe(1);
  });

  test("is the same signal at every look, also before listen", async () => {
    const server = new Server(new MemoryAdapter(), {
      logger: memoryLogger(),
      clock: countingClock(),
    });
    const { closing } = server;
    await server.close();
    expect([closing.aborted, server.closing === closing]).toEqual([false, true]);
    await server.listen();
    await server.close();
    expect([closing.aborted, server.closing === closing]).toEqual([true, true]);
  });

  test("lets an endless answer come to its end, so that nothing is forced", async () => {
    const server = await serve((s) =>
      s.get("/events", (ctx) => {
        ctx.response.setBody(
          (async function* () {
            yield "event\n";
            await new Promise((resolve) => s.closing.addEventListener("abort", resolve));
            yield "bye\n";
          })(),
        );
      }),
    );
    const peer = await server.connect().send(head("GET /events"));
    const closing = server.server.close();
    await settled();
    const [response] = peer.responses();
    expect([response!.complete, contentText(response!), peer.isClosed]).toEqual([
      true,
      "event\nbye\n",
      false,
    ]);
    await server.advance(1250);
    await peer.end();
    expect(await closing).toEqual({ drained: 1, aborted: 0, destroyed: 0 });
  });
});

describe("Server.close and listen", () => {
  test("during listen with a delay: listen rejects when all is over, nothing stays bound", async () => {
    const adapter = new MemoryAdapter();
    const clock = countingClock();
    const server = new Server(adapter, { logger: memoryLogger(), clock });
    let failure: unknown;
    const listening = server.listen().catch((error: unknown) => {
      failure = error;
    });
    const closing = server.close({ drainDelayMs: 1000 });
    await settled();
    expect([failure, adapter.isStopped]).toEqual([undefined, false]);
    clock.advance(1000);
    await settled();
    await closing;
    await listening;
    expect(String(failure)).toContain("Cannot listen: the server was closed meanwhile");
    expect([adapter.isStopped, clock.pendingCalls]).toEqual([true, 0]);
  });

  test("a closed server cannot listen again", async () => {
    const server = await app();
    await server.server.close();
    await expect(server.server.listen()).rejects.toThrow("has been closed");
    await expect(server.server.inject("")).rejects.toThrow("accepts no connection");
  });
});
