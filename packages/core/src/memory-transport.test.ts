import { describe, expect, test } from "vitest";
import { octetsOf, settled, textOf } from "../test/memory-server.ts";
import { MemoryTransport } from "./memory-transport.ts";

function connected(options?: ConstructorParameters<typeof MemoryTransport>[0]) {
  const transport = new MemoryTransport(options);
  const events: string[] = [];
  transport.connect({
    onData: (chunk) => void events.push(`data ${textOf(chunk)}`),
    onDrain: () => void events.push("drain"),
    onEnd: () => void events.push("end"),
    onClose: (cause) => void events.push(`close ${cause?.message ?? ""}`),
  });
  return { transport, events };
}

describe("MemoryTransport", () => {
  test("keeps what was written, a copy of each write", () => {
    const { transport } = connected();
    const octets = octetsOf("bc");
    transport.write("a");
    transport.write(octets);
    octets.fill(0);
    expect([textOf(transport.octets), transport.writes]).toEqual(["abc", [1, 2]]);
  });

  test("refuses text from U+0080 on, which one runtime would write in two octets", () => {
    const { transport } = connected();
    expect(() => transport.write("\x80")).toThrow(TypeError);
  });

  test("says wait above the high-water mark, counts what is queued, and tells when it is drained", () => {
    const { transport, events } = connected({ highWaterOctets: 3 });
    expect([transport.write("abc"), transport.pendingBytes]).toEqual([true, 0]);
    expect([transport.write("abcd"), transport.pendingBytes]).toEqual([false, 4]);
    expect([transport.write("e"), transport.pendingBytes]).toEqual([false, 5]);
    transport.drain();
    expect([transport.pendingBytes, events]).toEqual([0, ["drain"]]);
    transport.drain();
    expect(events).toEqual(["drain"]);
  });

  test("delivers what the peer does, until the connection is gone", () => {
    const { transport, events } = connected();
    transport.receive(octetsOf("a"));
    transport.receiveEnd();
    transport.lose(new Error("gone"));
    transport.receive(octetsOf("b"));
    transport.receiveEnd();
    transport.lose();
    expect(events).toEqual(["data a", "end", "close gone"]);
  });

  test("tells onClose once, never from inside a call", async () => {
    const { transport, events } = connected();
    transport.destroy();
    transport.reset();
    transport.destroy();
    expect(events).toEqual([]);
    await settled();
    expect([events, transport.closed]).toEqual([["close "], true]);
  });

  test("writes nothing behind FIN or close", () => {
    const { transport } = connected();
    transport.end();
    transport.write("a");
    transport.destroy();
    transport.write("b");
    expect(transport.octets.length).toBe(0);
  });

  test("breaks at the call that `fault` names, which then has no effect", async () => {
    const calls: string[] = [];
    const { transport, events } = connected({
      fault: (call, number) => {
        calls.push(`${call} ${number}`);
        return number === 3 ? "lose" : undefined;
      },
    });
    transport.write("a");
    transport.pause();
    transport.write("b");
    transport.resume();
    await settled();
    expect(textOf(transport.octets)).toBe("a");
    expect(events).toEqual(["close injected fault at write"]);
    expect(calls.slice(0, 3)).toEqual(["write 1", "pause 2", "write 3"]);
  });
});
