import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { textOf } from "../test/memory-server.ts";
import { OutputQueue } from "./output-queue.ts";
import type { Transport } from "./transport.ts";

/** Takes writes, and says wait when it is told to. */
class Sink implements Transport {
  readonly remoteAddress = undefined;
  readonly writes: (string | Uint8Array)[] = [];
  says = true;
  /** What it holds when it says wait. */
  holds: "octets" | "nothing" = "octets";

  write(chunk: string | Uint8Array): boolean {
    this.writes.push(chunk);
    return this.says;
  }

  get pendingBytes(): number {
    return this.says || this.holds === "nothing" ? 0 : 1;
  }

  get text(): string {
    return this.writes.map((chunk) => (typeof chunk === "string" ? chunk : textOf(chunk))).join("");
  }

  end(): void {}
  destroy(): void {}
  reset(): void {}
  pause(): void {}
  resume(): void {}
}

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe("OutputQueue", () => {
  test("joins texts of one turn into one write of text", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 100);
    queue.text("a");
    queue.text("b");
    queue.text("c");
    queue.flush();
    expect(sink.writes).toEqual(["abc"]);
    expect([queue.octets, queue.octetsOut, queue.slices]).toEqual([0, 3, 1]);
  });

  test("joins text and octets of one turn into one write, in order", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 100);
    queue.text("a");
    queue.bytes(octets("b"));
    queue.text("c");
    queue.bytes(octets(""));
    queue.bytes(octets("d"));
    queue.text("e");
    queue.flush();
    expect([sink.writes.length, sink.text]).toEqual([1, "abcde"]);
  });

  test("hands on large octets without copying them", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 1000);
    const large = new Uint8Array(2500);
    queue.bytes(large);
    queue.flush();
    expect(sink.writes.map((chunk) => chunk.length)).toEqual([1000, 1000, 500]);
    for (const chunk of sink.writes.slice(0, 2)) {
      expect((chunk as Uint8Array).buffer).toBe(large.buffer);
    }
  });

  test("stops when the transport says wait, and goes on from there", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 4);
    queue.text("abcdefgh");
    sink.says = false;
    queue.flush();
    expect([sink.text, queue.waiting, queue.octets, queue.slices]).toEqual(["abcd", true, 4, 1]);
    queue.text("ij");
    queue.flush();
    expect(sink.text).toBe("abcd");
    sink.says = true;
    queue.waiting = false;
    queue.flush();
    expect([sink.text, queue.octets]).toEqual(["abcdefghij", 0]);
  });

  test("goes on when the transport says wait and holds nothing", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 4);
    sink.says = false;
    sink.holds = "nothing";
    queue.text("abcdefghij");
    queue.flush();
    expect([sink.writes, queue.waiting]).toEqual([["abcd", "efgh", "ij"], false]);
  });

  test("takes no more than was asked for, and the slice that reaches it", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 4);
    queue.text("abcdefghijklmnop");
    queue.flush(5);
    expect([sink.writes, queue.octets]).toEqual([["abcd", "efgh"], 8]);
  });

  test("copies octets that fill a slice for no text before or behind them", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 4);
    const large = octets("cdefgh");
    queue.text("ab");
    queue.bytes(large);
    queue.text("i");
    queue.flush();
    expect(sink.writes.map((chunk) => chunk.length)).toEqual([2, 4, 3]);
    expect((sink.writes[1] as Uint8Array).buffer).toBe(large.buffer);
    expect(sink.text).toBe("abcdefghi");
  });

  test("hands on octets that are all there is without copying them", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 100);
    const small = octets("abc");
    queue.bytes(small);
    queue.flush();
    expect(sink.writes).toEqual([small]);
    expect((sink.writes[0] as Uint8Array).buffer).toBe(small.buffer);
  });

  test("writes nothing when there is nothing", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 4);
    queue.text("");
    queue.bytes(octets(""));
    queue.flush();
    expect(sink.writes).toEqual([]);
  });

  test("clear drops what is queued and counts it out of octets, not into octetsOut", () => {
    const sink = new Sink();
    const queue = new OutputQueue(sink, 4);
    queue.text("ab");
    queue.bytes(octets("cd"));
    queue.clear();
    queue.flush();
    expect([sink.writes, queue.octets, queue.octetsOut]).toEqual([[], 0, 0]);
    queue.text("e");
    queue.flush();
    expect(sink.text).toBe("e");
  });
});

describe("OutputQueue against a string", () => {
  type Step =
    | { readonly kind: "text" | "bytes"; readonly size: number }
    | { readonly kind: "flush" | "drain" | "wait" };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constantFrom("text" as const, "bytes" as const),
      size: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 50 })),
    }),
    fc.record({ kind: fc.constantFrom("flush" as const, "drain" as const, "wait" as const) }),
  );

  test("gives everything in order, in slices no larger than the limit, and never while it waits", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(step, { maxLength: 50 }),
      (sliceOctets, steps) => {
        const sink = new Sink();
        const queue = new OutputQueue(sink, sliceOctets);
        let queued = "";
        let next = 0;
        for (const { kind, ...rest } of steps) {
          const before = sink.writes.length;
          const waited = queue.waiting;
          if (kind === "text" || kind === "bytes") {
            const { size } = rest as { size: number };
            const piece = Array.from({ length: size }, () =>
              String.fromCharCode(33 + (next++ % 90)),
            ).join("");
            if (kind === "text") queue.text(piece);
            else queue.bytes(octets(piece));
            queued += piece;
          } else if (kind === "flush") queue.flush();
          else if (kind === "wait") sink.says = false;
          else {
            sink.says = true;
            queue.waiting = false;
            queue.flush();
            expect(queue.octets).toBe(0);
          }
          if (waited && kind !== "drain") expect(sink.writes.length).toBe(before);
          expect(queued.startsWith(sink.text)).toBe(true);
          expect(queue.octetsOut).toBe(sink.text.length);
          expect(queue.octets).toBe(queued.length - sink.text.length);
          expect(queue.slices).toBe(sink.writes.length);
        }
        for (const chunk of sink.writes) {
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length).toBeLessThanOrEqual(sliceOctets);
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
