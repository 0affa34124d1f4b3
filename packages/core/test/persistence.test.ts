// Which connections persist, how many requests and how long, and pipelining (RFC 9112 §9.3).

import { describe, expect, test } from "vitest";
import type { ServerOptions } from "../src/options.ts";
import { gate, head, type Peer, serve, settled } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

const plain = (options: ServerOptions = {}) =>
  serve((app) => app.use((ctx) => void ctx.response.text(ctx.request.path)), options);

/** Sends requests one by one until the server closes; gives how many were answered. */
async function requestsUntilClosed(peer: Peer, most: number): Promise<number> {
  let sent = 0;
  while (!peer.isClosed && sent < most) {
    await peer.send(head("GET /"));
    sent++;
  }
  expect(peer.statuses.length).toBe(sent);
  const last = peer.responses().map((response) => fieldOf(response, "Connection"));
  expect(last.slice(0, -1).every((value) => value === undefined)).toBe(true);
  if (peer.isClosed) expect(last.at(-1)).toBe("close");
  return sent;
}

describe("limits.requestsPerConnection", () => {
  test.each([
    [0, 18],
    [0.5, 19],
    [0.999_999, 20],
  ])(
    "draws with random %d of 20 at most %d requests, the last announced",
    async (drawn, expected) => {
      const server = await plain({ limits: { requestsPerConnection: 20 }, random: () => drawn });
      expect(await requestsUntilClosed(server.connect(), 30)).toBe(expected);
    },
  );

  test("draws for each connection on its own, from the seed given", async () => {
    const draws = [0, 0.3, 0.6, 0.9];
    let at = 0;
    // Each connection draws twice: requests, age.
    const random = () => draws[Math.floor(at++ / 2) % draws.length]!;
    const server = await plain({ limits: { requestsPerConnection: 10 }, random });
    const counts: number[] = [];
    for (const _ of draws) counts.push(await requestsUntilClosed(server.connect(), 20));
    expect(counts).toEqual([9, 10, 10, 10]);
  });

  test("of 1 closes behind every answer", async () => {
    const server = await plain({ limits: { requestsPerConnection: 1 } });
    expect(await requestsUntilClosed(server.connect(), 5)).toBe(1);
  });

  test("leaves what is pipelined behind the last unanswered and unread", async () => {
    const server = await plain({ limits: { requestsPerConnection: 2 } });
    const peer = await server.connect().send(head("GET /1") + head("GET /2") + head("GET /3"));
    expect(peer.responses().map(contentText)).toEqual(["/1", "/2"]);
    expect([peer.isClosed, server.server.stats().requests]).toEqual([true, 2]);
  });
});

describe("deadlines.connectionAgeMs", () => {
  test.each([
    [0, 9_000],
    [0.999, 9_999],
  ])(
    "draws with random %d of 10 s an age of %d ms, after which the next answer closes",
    async (drawn, ageMs) => {
      const server = await plain({ deadlines: { connectionAgeMs: 10_000 }, random: () => drawn });
      const peer = await server.connect().send(head("GET /"));
      await server.advance(ageMs - 300);
      await peer.send(head("GET /"));
      expect(peer.isClosed).toBe(false);
      await server.advance(600);
      expect(peer.isClosed).toBe(false);
      await peer.send(head("GET /"));
      expect([peer.statuses, peer.isClosed]).toEqual([[200, 200, 200], true]);
      expect(fieldOf(peer.responses()[2]!, "Connection")).toBe("close");
    },
  );

  test("is seen by the answer of a handler that took longer, with no other connection there", async () => {
    const wait = gate();
    const server = await serve(
      (app) =>
        app.use(async (ctx) => {
          await wait.promise;
          ctx.response.text("a");
        }),
      { deadlines: { connectionAgeMs: 10_000 } },
    );
    const peer = await server.connect().send(head("GET /"));
    await server.advance(60_000);
    wait.open();
    await settled();
    expect([peer.statuses, peer.isClosed]).toEqual([[200], true]);
  });
});

describe("persistence (RFC 9112 §9.3)", () => {
  test.each([
    ["1.1", [], "open"],
    ["1.1", ["Connection: close"], "closed"],
    ["1.1", ["Connection: CLOSE"], "closed"],
    ["1.1", ["Connection: x, close\t, y"], "closed"],
    ["1.1", ["Connection: keep-alive", "Connection: close"], "closed"],
    ["1.1", ["Connection: keep-alive, close"], "closed"],
    ["1.1", ["Connection: closed"], "open"],
    ["1.1", ["Connection: keep-alive"], "open"],
    ["1.2", [], "open"],
    ["1.0", [], "closed"],
    ["1.0", ["Connection: keep-alive"], "open"],
    ["1.0", ["Connection: Keep-Alive"], "open"],
    ["1.0", ["Connection: keep-alive, close"], "closed"],
    ["1.0", ["Keep-Alive: 5"], "closed"],
  ] as const)("of HTTP/%s with %j: %s", async (version, fields, expected) => {
    const server = await plain();
    const request = [`GET / HTTP/${version}`, "Host: a", ...fields].join("\r\n");
    const peer = await server.connect().send(`${request}\r\n\r\n`);
    expect([peer.statuses, peer.isClosed ? "closed" : "open"]).toEqual([[200], expected]);
    const said = fieldOf(peer.responses()[0]!, "Connection");
    expect(said).toBe(
      expected === "closed" ? "close" : version === "1.0" ? "keep-alive" : undefined,
    );
  });

  test("never serves what comes behind a request that closes, its answer goes out whole (RFC 9112 §9.6)", async () => {
    let runs = 0;
    const server = await serve((app) =>
      app.use((ctx) => {
        runs++;
        ctx.response.setBody(new Uint8Array(100_000));
      }),
    );
    const peer = await server.connect().send(head("GET /", "Connection: close") + head("GET /2"));
    await peer.send(head("GET /3"));
    expect([runs, peer.responses().length, peer.responses()[0]!.complete]).toEqual([1, 1, true]);
  });
});

describe("pipelining (RFC 9112 §9.3.2)", () => {
  test("answers in order whatever the handlers take, one handler at a time", async () => {
    const gates = Array.from({ length: 5 }, () => gate());
    let running = 0;
    let most = 0;
    const server = await serve((app) =>
      app.get("/:n", async (ctx) => {
        most = Math.max(most, ++running);
        await gates[Number(ctx.request.params["n"])]!.promise;
        running--;
        ctx.response.text(ctx.request.path);
      }),
    );
    const peer = await server
      .connect()
      .send([0, 1, 2, 3, 4].map((n) => head(`GET /${n}`)).join(""));
    for (const n of [4, 3, 2, 1, 0]) gates[n]!.open();
    await settled();
    expect(peer.responses().map(contentText)).toEqual(["/0", "/1", "/2", "/3", "/4"]);
    expect(most).toBe(1);
  });

  test("writes the answers of one turn at once, synchronous or not", async () => {
    for (const wait of [() => undefined, async () => {}]) {
      const server = await serve((app) =>
        app.use((ctx) => {
          ctx.response.text(ctx.request.path);
          return wait() as Promise<void>;
        }),
      );
      const peer = await server
        .connect()
        .send(Array.from({ length: 16 }, (_, n) => head(`GET /${n}`)).join(""));
      expect(peer.statuses.length).toBe(16);
      expect(peer.transport.writes.length).toBe(1);
    }
  });

  test("writes no more than a slice at once, and never holds an answer for a slow handler", async () => {
    const wait = gate();
    const server = await serve(
      (app) =>
        app.use(async (ctx) => {
          if (ctx.request.path === "/slow") await wait.promise;
          ctx.response.text("x".repeat(500));
        }),
      { limits: { writeSliceOctets: 1024 } },
    );
    const peer = await server.connect().send(head("GET /1").repeat(9) + head("GET /slow"));
    expect(peer.statuses.length).toBe(9);
    expect(Math.max(...peer.transport.writes)).toBeLessThanOrEqual(1024);
    wait.open();
    await settled();
    expect(peer.statuses.length).toBe(10);
  });

  test("runs no further request while an answer is stuck, and pauses reading at the read-ahead limit", async () => {
    let runs = 0;
    const server = await serve(
      (app) =>
        app.use((ctx) => {
          runs++;
          ctx.response.text("a");
        }),
      { limits: { requestsPerConnection: 1_000_000 } },
    );
    const peer = server.connect({ highWaterOctets: 1 });
    await peer.send(head("GET /"));
    const before = runs;
    for (let i = 0; i < 100 && !peer.transport.paused; i++)
      await peer.send(head("GET /").repeat(100));
    expect([runs, peer.transport.paused]).toEqual([before, true]);
    expect(server.server.stats().bufferedOctets).toBeLessThan(65_536 + 4096 + 65_536);
    while (peer.transport.pendingBytes > 0) await peer.drain();
    expect(peer.transport.paused).toBe(false);
    expect(new Set(peer.statuses)).toEqual(new Set([200]));
    expect(peer.statuses.length).toBe(runs);
    expect((runs - 1) % 100).toBe(0);
  });

  test("of a valid request and garbage answers the one in full, then 400, then closes", async () => {
    const wait = gate();
    const server = await serve((app) =>
      app.use(async (ctx) => {
        await wait.promise;
        ctx.response.text("good");
      }),
    );
    const peer = await server.connect().send(`${head("GET /")}\0\r\n\r\n${head("GET /2")}`);
    expect(peer.text).toBe("");
    wait.open();
    await settled();
    expect(peer.responses().map(contentText)).toEqual(["good", "Bad Request"]);
    expect(peer.isClosed).toBe(true);
  });

  test("of requests with content nobody reads keeps the order and the framing", async () => {
    const server = await plain();
    const smuggled = head("GET /smuggled");
    const requests = [
      `${head("POST /1", `Content-Length: ${smuggled.length}`)}${smuggled}`,
      `${head("POST /2", "Transfer-Encoding: chunked")}${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
      `${head("GET /3", `Content-Length: ${smuggled.length}`)}${smuggled}`,
      head("GET /4"),
    ].join("");
    for (const cut of [0, 40, 90, 130, 200]) {
      const peer = await server.connect().send(requests.slice(0, cut));
      await peer.send(requests.slice(cut));
      const paths = peer.responses().map(contentText);
      // A cut inside chunks nobody reads closes behind that answer; otherwise all four are there.
      expect(["/1", "/2", "/3", "/4"].slice(0, paths.length)).toEqual(paths);
      expect(paths.length === 4 || peer.isClosed).toBe(true);
    }
  });
});

describe("octets that are none", () => {
  test("an empty read changes nothing", async () => {
    const server = await plain();
    const peer = server.connect();
    await peer.send("");
    expect([peer.states, peer.connection.isIdle]).toEqual(["idle/idle", true]);
    await peer.send("GET");
    await peer.send("");
    await peer.send(" / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(peer.statuses).toEqual([200]);
  });
});
