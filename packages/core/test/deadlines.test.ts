// Every deadline of every state that waits for the peer, by a clock moved by hand: when it closes, how, what is said.

import { describe, expect, test } from "vitest";
import type { CloseReason } from "../src/close-reason.ts";
import type { Deadlines } from "../src/deadlines.ts";
import { app, POST_5, POST_CHUNKED } from "./deadline-app.ts";
import { head, type MemoryServer, type Peer, serve } from "./memory-server.ts";
import { contentText, fieldOf } from "./read-responses.ts";

interface DeadlineCase {
  readonly name: string;
  /** Brings a new connection into the state, at time 0. */
  readonly into: (peer: Peer, server: MemoryServer) => Promise<unknown>;
  /** reading/writing, before the deadline. */
  readonly states: string;
  /** When it closes, in ms, by default values. */
  readonly dueMs: number;
  /** The statuses of all answers. */
  readonly statuses: readonly number[];
  /** What stats count; left open for a connection that closed in order first and stalled then. */
  readonly reason: CloseReason | undefined;
  /** What the server does: sends FIN, closes, or resets. */
  readonly how: "FIN" | "close" | "RST";
  /** Values of its own. */
  readonly deadlines?: Partial<Deadlines>;
}

const CASES: readonly DeadlineCase[] = [
  {
    name: "first octet",
    into: async () => {},
    states: "idle/idle",
    dueMs: 10_000,
    statuses: [],
    reason: "firstOctetTimeout",
    how: "FIN",
  },
  {
    name: "head of one octet (RFC 9110 §15.5.9)",
    into: (peer) => peer.send("G"),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "head without its last octet",
    into: (peer) => peer.send(head("GET /").slice(0, -1)),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "only an empty line (RFC 9112 §2.2)",
    into: (peer) => peer.send("\r\n"),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "only half of an empty line",
    into: (peer) => peer.send("\r\n\r"),
    states: "head/idle",
    dueMs: 10_000,
    statuses: [],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "content of which nothing comes",
    into: (peer) => peer.send(POST_5),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "content that stops before its end",
    into: (peer) => peer.send(`${POST_5}abcd`),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "chunks without a last one",
    into: (peer) => peer.send(`${POST_CHUNKED}1\r\nx\r\n`),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
  },
  {
    name: "handler that never answers, with handlerMs",
    into: (peer) => peer.send(head("GET /never")),
    states: "received/awaiting",
    dueMs: 7000,
    statuses: [503],
    reason: "handlerTimeout",
    how: "FIN",
    deadlines: { handlerMs: 7000 },
  },
  {
    name: "handler that waits for content, with handlerMs",
    into: (peer) => peer.send(POST_5),
    states: "content/awaiting",
    dueMs: 7000,
    statuses: [503],
    reason: "handlerTimeout",
    how: "FIN",
    deadlines: { handlerMs: 7000 },
  },
  {
    name: "handler of a second pipelined request, with handlerMs",
    into: (peer) => peer.send(head("GET /") + head("GET /never") + head("GET /")),
    states: "received/awaiting",
    dueMs: 7000,
    statuses: [200, 503],
    reason: "handlerTimeout",
    how: "FIN",
    deadlines: { handlerMs: 7000 },
  },
  {
    name: "content that is slower than handlerMs allows for the whole",
    into: (peer) => peer.send(`${POST_5}abcd`),
    states: "content/awaiting",
    dueMs: 20_000,
    statuses: [408],
    reason: "requestTimeout",
    how: "FIN",
    deadlines: { handlerMs: 30_000 },
  },
  {
    name: "drain of content nobody read",
    into: (peer) => peer.send(head("POST /unread", "Content-Length: 5")),
    states: "content/idle",
    dueMs: 2000,
    statuses: [200],
    reason: "drainTimeout",
    how: "close",
  },
  {
    name: "keep-alive (RFC 9112 §9.5)",
    into: (peer) => peer.send(head("GET /")),
    states: "idle/idle",
    dueMs: 65_000,
    statuses: [200],
    reason: "keepAliveTimeout",
    how: "FIN",
  },
  {
    name: "linger behind an answer (RFC 9112 §9.6)",
    into: (peer) => peer.send(head("GET /", "Connection: close")),
    states: "discarding/lingering",
    dueMs: 2000,
    statuses: [200],
    reason: "answered",
    how: "close",
  },
  {
    name: "linger behind a fault",
    into: (peer) => peer.send("nonsense\r\n\r\n"),
    states: "discarding/lingering",
    dueMs: 2000,
    statuses: [400],
    reason: "fault",
    how: "close",
  },
];

const STALLS: readonly DeadlineCase[] = [
  {
    name: "streamed answer with handlerMs",
    into: (peer) => peer.send(head("GET /endless")),
    states: "received/sending",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
    deadlines: { handlerMs: 7000 },
  },
  {
    name: "answer the peer does not take, more of it waiting here",
    into: (peer) => peer.send(head("GET /large")),
    states: "received/sending",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
  },
  {
    name: "stream whose first piece the peer does not take",
    into: (peer) => peer.send(head("GET /endless")),
    states: "received/sending",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
  },
  {
    name: "small answer the peer does not take",
    into: (peer) => peer.send(head("GET /")),
    states: "idle/idle",
    dueMs: 60_000,
    statuses: [200],
    reason: "writeStall",
    how: "RST",
  },
  {
    name: "last answer the peer does not take",
    into: (peer) => peer.send(head("GET /", "Connection: close")),
    states: "discarding/flushing",
    dueMs: 60_000,
    statuses: [200],
    reason: undefined,
    how: "RST",
  },
  {
    name: "refusal the peer does not take",
    into: (peer) => peer.send("nonsense\r\n\r\n"),
    states: "discarding/flushing",
    dueMs: 60_000,
    statuses: [400],
    reason: undefined,
    how: "RST",
  },
];

function howOf(peer: Peer): string {
  if (peer.transport.wasReset) return "RST";
  if (peer.transport.closed) return "close";
  return peer.transport.ended ? "FIN" : "open";
}

describe("deadline of", () => {
  for (const [list, highWaterOctets] of [
    [CASES, undefined],
    [STALLS, 1],
  ] as const) {
    for (const { name, into, states, dueMs, statuses, reason, how, deadlines = {} } of list) {
      test(`${name} is ${dueMs} ms, then ${how}`, async () => {
        const server = await serve(app, { deadlines });
        const peer = server.connect(highWaterOctets === undefined ? {} : { highWaterOctets });
        await into(peer, server);
        expect(peer.states).toBe(states);
        const before = howOf(peer);
        await server.advance(dueMs - 251);
        expect([howOf(peer), peer.states]).toEqual([before, states]);
        await server.advance(502);
        expect(howOf(peer)).toBe(how);
        expect(peer.statuses).toEqual([...statuses]);
        await peer.end();
        await server.advance(3000);
        expect(peer.transport.closed).toBe(true);
        const { closes, connections } = server.server.stats();
        expect(Object.values(closes)).toEqual([1]);
        if (reason !== undefined) expect(closes).toEqual({ [reason]: 1 });
        expect([connections.open, server.clock.pendingCalls]).toEqual([0, 0]);
        expect(server.log.filter((record) => record.level === "error")).toEqual([]);
      });
    }
  }
});

describe("408 (RFC 9110 §15.5.9)", () => {
  test("is the small fixed text, closes, and echoes nothing", async () => {
    const server = await serve(app);
    const peer = await server.connect().send("GET /secret HTTP/1.1\r\n");
    await server.advance(10_300);
    const [response] = peer.responses();
    expect([response!.status, contentText(response!)]).toEqual([408, "Request Timeout"]);
    expect(fieldOf(response!, "Connection")).toBe("close");
    expect(peer.text).not.toContain("secret");
  });

  test("has no content when the method read is HEAD", async () => {
    const server = await serve(app);
    const peer = await server.connect().send("HEAD / HT");
    await server.advance(10_300);
    expect(peer.text).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\n\r\n$/);
  });

  test("is not said once an answer has begun: the connection is cut", async () => {
    const server = await serve((s) =>
      s.post("/", (ctx) => void ctx.response.setBody(ctx.request.stream())),
    );
    const peer = await server.connect().send(`${POST_CHUNKED}1\r\nx\r\n`);
    await server.advance(20_300);
    expect([peer.statuses, peer.transport.closed]).toEqual([[200], true]);
    expect(peer.responses()[0]!.complete).toBe(false);
    expect(server.server.stats().closes).toEqual({ requestTimeout: 1 });
  });
});

describe("deadlines of one's own", () => {
  test.each([
    ["firstOctetMs", async () => {}],
    ["headMs", (peer: Peer) => peer.send("G")],
    ["contentIdleMs", (peer: Peer) => peer.send(POST_5)],
    ["contentGraceMs", (peer: Peer) => peer.send(POST_5)],
    ["contentMs", (peer: Peer) => peer.send(POST_5)],
    ["keepAliveMs", (peer: Peer) => peer.send(head("GET /"))],
    ["handlerMs", (peer: Peer) => peer.send(head("GET /never"))],
  ] as const)("%s is the one that counts", async (name, into) => {
    const server = await serve(app, { deadlines: { [name]: 3000 } as Partial<Deadlines> });
    const peer = server.connect();
    await into(peer);
    await server.advance(2700);
    expect(peer.isClosed).toBe(false);
    await server.advance(600);
    expect(peer.isClosed).toBe(true);
  });

  test("longer than the wheel's round hold", async () => {
    const server = await serve(app, { deadlines: { keepAliveMs: 600_000 } });
    const peer = await server.connect().send(head("GET /"));
    for (let ms = 0; ms < 599_000; ms += 251) server.clock.jump(251);
    expect(peer.isClosed).toBe(false);
    await server.advance(2000);
    expect(peer.isClosed).toBe(true);
  });
});
