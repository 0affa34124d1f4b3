// How an exchange goes: ctx.send, ctx.finished.

import { describe, expect, test } from "vitest";
import type { Context, ExchangeReport } from "../src/context.ts";
import { TransportError } from "../src/errors.ts";
import { gate, head, serve, settled } from "./memory-server.ts";
import { pieces } from "./pieces.ts";
import { contentText, fieldOf } from "./read-responses.ts";

describe("ctx.send", () => {
  test("sends at once, resolves, and the chain's end sends nothing more", async () => {
    const trace: string[] = [];
    const wait = gate();
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.text("early");
        await ctx.send();
        trace.push("sent");
        await wait.promise;
        trace.push("settled");
      }),
    );
    const peer = await server.connect().send(head("GET /1") + head("GET /2"));
    expect([peer.statuses, trace]).toEqual([[200], ["sent"]]);
    // The next request waits for the handler, one at a time per connection.
    wait.open();
    await settled();
    expect(peer.statuses).toEqual([200, 200]);
    expect(trace).toEqual(["sent", "settled", "sent", "settled"]);
  });

  test("a second time rejects and leaves the first answer alone", async () => {
    const errors: string[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.text("once");
        await ctx.send();
        await ctx.send().catch((error: Error) => errors.push(error.message));
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(errors).toEqual(["Cannot send the response: it has been sent"]);
    expect(peer.responses().map(contentText)).toEqual(["once"]);
  });

  test("of a response nobody set sends 200 without content", async () => {
    const server = await serve((app) => app.use((ctx) => ctx.send()));
    const [response] = (await server.connect().send(head("GET /"))).responses();
    expect([response!.status, fieldOf(response!, "Content-Length")]).toEqual([200, "0"]);
  });

  test("of a response that contradicts itself rejects, nothing goes out, and it may be sent mended", async () => {
    const errors: unknown[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody("hello").setHeader("Content-Length", 4);
        await ctx.send().catch((error) => errors.push(error));
        ctx.response.setHeader("Content-Length", 5);
        await ctx.send();
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(peer.responses().map(contentText)).toEqual(["hello"]);
  });

  test("resolves only when all octets are with the transport", async () => {
    let sent = false;
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody(new Uint8Array(300_000));
        await ctx.send();
        sent = true;
      }),
    );
    const peer = await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    let drains = 0;
    while (!sent) {
      expect(peer.responses()[0]!.complete).toBe(false);
      await peer.drain();
      expect(++drains).toBeLessThan(10);
    }
    expect(drains).toBeGreaterThan(2);
    expect(peer.responses()[0]!.complete).toBe(true);
  });

  test("of a stream resolves behind its last piece", async () => {
    const source = pieces();
    const trace: string[] = [];
    const server = await serve((app) =>
      app.use(async (ctx) => {
        ctx.response.setBody(source.stream);
        const sent = ctx.send().then(() => trace.push("sent"));
        trace.push("going on");
        await sent;
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await source.give("a");
    await source.give("b");
    expect(trace).toEqual(["going on"]);
    await source.give(undefined);
    expect(trace).toEqual(["going on", "sent"]);
    expect(contentText(peer.responses()[0]!)).toBe("ab");
  });

  test("rejects with TransportError when the connection is lost, before or after it is called", async () => {
    const errors: unknown[] = [];
    const wait = gate();
    const server = await serve((app) =>
      app.use(async (ctx) => {
        if (ctx.request.path === "/after") await wait.promise;
        ctx.response.setBody(new Uint8Array(300_000));
        await ctx.send().catch((error) => errors.push(error));
      }),
    );
    const before = await server.connect({ highWaterOctets: 1000 }).send(head("GET /"));
    await before.reset();
    const after = await server.connect().send(head("GET /after"));
    await after.reset();
    wait.open();
    await settled();
    expect(errors.map((error) => (error as TransportError).code)).toEqual([
      "ERR_CONNECTION_LOST",
      "ERR_CONNECTION_LOST",
    ]);
    expect(errors.every((error) => error instanceof TransportError)).toBe(true);
  });
});

describe("ctx.finished", () => {
  /** Runs one request and gives the report. */
  async function reportOf(
    build: (ctx: Context) => unknown,
    request: string,
    then: (
      peer: Awaited<ReturnType<Awaited<ReturnType<typeof serve>>["connect"]>>,
    ) => unknown = () => {},
  ): Promise<{ report: ExchangeReport; sent: number }> {
    let report: ExchangeReport | undefined;
    const server = await serve((app) =>
      app.use((ctx) => {
        void ctx.finished.then((found) => {
          report = found;
        });
        return build(ctx) as Promise<void>;
      }),
    );
    const peer = await server.connect().send(request);
    await then(peer);
    await settled();
    return { report: report!, sent: peer.transport.octets.length };
  }

  test("tells sent, and the octets both ways", async () => {
    const request = `${head("POST /", "Content-Length: 3")}abc`;
    const { report, sent } = await reportOf(async (ctx) => {
      ctx.response.setBody(await ctx.request.bytes());
    }, request);
    expect(report).toEqual({ outcome: "sent", octetsIn: request.length, octetsOut: sent });
  });

  test("counts interim responses and chunks", async () => {
    const request = head("POST /", "Content-Length: 3", "Expect: 100-continue");
    const { report, sent } = await reportOf(
      (ctx) => void ctx.response.setBody(ctx.request.stream()),
      request,
      (peer) => peer.send("abc"),
    );
    expect(report).toEqual({ outcome: "sent", octetsIn: request.length + 3, octetsOut: sent });
  });

  test("tells aborted when the connection is lost before the answer", async () => {
    const { report } = await reportOf(
      () => new Promise(() => {}),
      head("GET /"),
      (peer) => peer.reset(),
    );
    expect(report).toEqual({ outcome: "aborted", octetsIn: head("GET /").length, octetsOut: 0 });
  });

  test("tells aborted when a stream fails in the middle", async () => {
    const { report } = await reportOf((ctx) => {
      ctx.response.setBody(
        (async function* () {
          yield "a";
          throw new Error("source");
        })(),
      );
    }, head("GET /"));
    expect(report.outcome).toBe("aborted");
  });

  test("is each request's own when answers leave in one write", async () => {
    const reports: ExchangeReport[] = [];
    const server = await serve((app) =>
      app.use((ctx) => {
        void ctx.finished.then((report) => reports.push(report));
        ctx.response.text(ctx.request.path);
      }),
    );
    const peer = await server.connect().send(head("GET /1") + head("GET /22"));
    expect(peer.transport.writes.length).toBe(1);
    expect(reports.map((report) => report.octetsIn)).toEqual([
      head("GET /1").length,
      head("GET /22").length,
    ]);
    const [first, second] = reports.map((report) => report.octetsOut);
    expect(second! - first!).toBe(1);
    expect(first! + second!).toBe(peer.transport.octets.length);
  });

  test("resolves for those who ask late", async () => {
    let late: Promise<ExchangeReport> | undefined;
    const server = await serve((app) =>
      app.use((ctx) => {
        setImmediate(() => {
          late = ctx.finished;
        });
        ctx.response.text("a");
      }),
    );
    await server.connect().send(head("GET /"));
    expect((await late!).outcome).toBe("sent");
  });
});
