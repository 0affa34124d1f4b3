// Answers whose content comes piece by piece: backpressure, letting go of the source, echoes.

import { describe, expect, test } from "vitest";
import { head, serve, settled } from "./memory-server.ts";
import { pieces } from "./pieces.ts";
import { contentText } from "./read-responses.ts";

describe("a streamed answer", () => {
  test("is pulled only while the transport takes octets", async () => {
    let pulled = 0;
    const server = await serve((app) =>
      app.use((ctx) => {
        ctx.response.setBody(
          (async function* () {
            for (; pulled < 100; ) {
              pulled++;
              yield new Uint8Array(10_000);
            }
          })(),
        );
      }),
    );
    const peer = await server.connect({ highWaterOctets: 5000 }).send(head("GET /"));
    // The first piece fills the transport; nothing more is asked for until it is taken.
    expect(pulled).toBe(1);
    const before = pulled;
    await settled();
    expect(pulled).toBe(before);
    let drains = 0;
    while (pulled < 100 || !peer.responses()[0]!.complete) {
      await peer.drain();
      expect(++drains).toBeLessThan(200);
    }
    expect(peer.responses()[0]!.content.length).toBe(1_000_000);
  });

  test("lets go of its source when the connection is lost, also while a piece is waited for", async () => {
    const source = pieces();
    const server = await serve((app) => app.use((ctx) => void ctx.response.setBody(source.stream)));
    const peer = await server.connect().send(head("GET /"));
    await source.give("a");
    await peer.reset();
    expect(source.returned).toBe(1);
    expect(server.server.stats().connections.open).toBe(0);
  });

  test("cancels a ReadableStream when the connection is lost", async () => {
    let canceled = 0;
    const server = await serve((app) =>
      app.use((ctx) => {
        ctx.response.setBody(
          new ReadableStream({
            pull: () => new Promise(() => {}),
            cancel: () => void canceled++,
          }),
        );
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    await peer.reset();
    expect(canceled).toBe(1);
  });

  test("whose source throws when it is let go costs nothing but itself", async () => {
    const server = await serve((app) =>
      app.use((ctx) => {
        const iterator = {
          [Symbol.asyncIterator]: () => iterator,
          next: () => new Promise<never>(() => {}),
          return() {
            throw new Error("will not");
          },
        };
        ctx.response.setBody(iterator as AsyncIterable<string>);
      }),
    );
    const peer = await server.connect().send(head("GET /"));
    try {
      await peer.reset();
    } catch {
      // An event of the transport must not throw; what counts is that nothing is left behind.
    }
    expect(server.server.stats().connections.open).toBe(0);
    expect(server.clock.pendingCalls).toBe(0);
  });

  test("that HEAD or 204 does not send lets go of its source", async () => {
    for (const [request, code] of [
      [head("HEAD /"), 200],
      [head("GET /"), 204],
    ] as const) {
      const source = pieces();
      const server = await serve((app) =>
        app.use((ctx) => void ctx.response.setBody(source.stream).setStatusCode(code)),
      );
      await server.connect().send(request);
      expect([source.asked, source.returned]).toEqual([0, 1]);
    }
  });

  test("echoes what the peer still sends", async () => {
    const server = await serve((app) =>
      app.post("/", (ctx) => void ctx.response.setBody(ctx.request.stream())),
    );
    const peer = await server.connect().send(head("POST /", "Transfer-Encoding: chunked"));
    await peer.send("3\r\nabc\r\n");
    expect(contentText(peer.responses()[0]!)).toBe("abc");
    await peer.send("2\r\nde\r\n0\r\n\r\n");
    await peer.send(`${head("POST /", "Content-Length: 1")}x`);
    expect(peer.responses().map(contentText)).toEqual(["abcde", "x"]);
    expect(peer.isClosed).toBe(false);
  });

  test("echoes content that its generator begins to read only when the head is out", async () => {
    const server = await serve((app) =>
      app.post("/", (ctx) => {
        ctx.response.setBody(
          (async function* () {
            for await (const piece of ctx.request.stream()) yield piece;
          })(),
        );
      }),
    );
    for (const [request, more] of [
      [`${head("POST /", "Content-Length: 5")}abc`, "de"],
      [`${head("POST /", "Transfer-Encoding: chunked")}3\r\nabc\r\n`, "2\r\nde\r\n0\r\n\r\n"],
      [`${head("POST /", "Transfer-Encoding: chunked")}5\r\nabcde\r\n0\r\n\r\n`, ""],
    ] as const) {
      const peer = await server.connect().send(request);
      if (more !== "") await peer.send(more);
      const [response] = peer.responses();
      expect([contentText(response!), response!.complete]).toEqual(["abcde", true]);
    }
  });

  test("that echoes asks for the content it was not sent before its own head goes out (RFC 9110 §10.1.1)", async () => {
    const server = await serve((app) =>
      app.post("/", (ctx) => void ctx.response.setBody(ctx.request.stream())),
    );
    const peer = await server
      .connect()
      .send(head("POST /", "Content-Length: 5", "Expect: 100-continue"));
    expect(peer.statuses[0]).toBe(100);
    await peer.send(`hello${head("POST /", "Content-Length: 1")}x`);
    const [, first, second] = peer.responses();
    expect([first, second].map((response) => contentText(response!))).toEqual(["hello", "x"]);
  });
});
