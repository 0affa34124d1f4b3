// BunTransport against a socket that takes what it likes: partial writes, none, refusals. Needs no Bun.

import type { Transport } from "@hyperlane-ts/core";
import { describe, expect, test } from "vitest";
import { type BunTransport, socketHandler } from "../src/socket.ts";

/** Numbers from 0 to `below` - 1, the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

/** A socket as Bun's, whose `take` decides how many octets of a write it takes; closes inside end(), as Bun does. */
class FakeSocket {
  readonly calls: string[] = [];
  readonly octets: Buffer[] = [];
  data: unknown;
  take: (octets: number) => number = (octets) => octets;
  closed: () => void = () => {};

  write(chunk: string | Uint8Array): number {
    const octets = Buffer.from(chunk as string, "latin1");
    const taken = this.take(octets.length);
    if (taken > 0) this.octets.push(octets.subarray(0, taken));
    return taken;
  }
  shutdown(): void {
    this.calls.push("shutdown");
  }
  end(): void {
    this.calls.push("end");
    this.closed();
  }
  terminate(): void {
    this.calls.push("terminate");
    this.closed();
  }
  setNoDelay(): void {}
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  get text(): string {
    return Buffer.concat(this.octets).toString("latin1");
  }
}

function connect() {
  const events: string[] = [];
  const causes: (Error | undefined)[] = [];
  let transport!: Transport;
  const handler = socketHandler((opened) => {
    transport = opened;
    return {
      onData: (chunk) => events.push(`data ${chunk.length}`),
      onDrain: () => events.push("drain"),
      onEnd: () => events.push("end"),
      onClose: (cause) => {
        events.push("close");
        causes.push(cause);
      },
    };
  }, undefined);
  const fake = new FakeSocket();
  const socket = fake as unknown as Bun.Socket<BunTransport>;
  fake.closed = () => handler.close?.(socket);
  handler.open?.(socket);
  const drain = (): unknown => handler.drain?.(socket);
  const close = (error?: Error): unknown => handler.close?.(socket, error);
  return { fake, transport, events, causes, drain, close };
}

describe("BunTransport", () => {
  test("BunTransport.write keeps order and count whatever part of each write is taken", () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = randomFrom(seed);
      const { fake, transport, events, drain } = connect();
      fake.take = (octets) => [0, random(octets + 1), octets][random(3)]!;
      let sent = "";
      const check = (): void => {
        const pending = sent.length - fake.text.length;
        if (transport.pendingBytes !== pending) {
          throw new Error(`seed ${seed}: ${transport.pendingBytes} pending, ${pending} expected`);
        }
      };
      for (let i = 0; i < 40; i++) {
        const text = String(i).repeat(random(30));
        const more = transport.write(random(2) === 0 ? text : Buffer.from(text, "latin1"));
        sent += text;
        check();
        if (more !== (transport.pendingBytes === 0))
          throw new Error(`seed ${seed}: returned ${more}`);
        if (random(3) === 0) drain();
        check();
      }
      const queued = transport.pendingBytes > 0;
      events.length = 0;
      transport.end();
      expect(fake.calls).toEqual(queued ? [] : ["shutdown"]);
      while (transport.pendingBytes > 0) drain();
      drain();
      expect(fake.text).toBe(sent);
      expect(fake.calls).toEqual(["shutdown"]);
      expect(events).toEqual(queued ? ["drain"] : []);
    }
  });

  test("BunTransport.write closes once, with a cause, when the n-th write is refused", async () => {
    for (let n = 1; n <= 8; n++) {
      const { fake, transport, events, causes, drain } = connect();
      let writes = 0;
      fake.take = (octets) => (++writes === n ? -1 : Math.ceil(octets / 2));
      for (let i = 0; i < 4; i++) {
        transport.write("0123456789");
        drain();
      }
      while (transport.pendingBytes > 0) drain();
      expect(events).not.toContain("close");
      await Promise.resolve();
      expect(events.filter((event) => event === "close")).toEqual(["close"]);
      expect(causes[0]).toBeInstanceOf(Error);
      const { text } = fake;
      expect(transport.write("late")).toBe(true);
      expect({ text: fake.text, pendingBytes: transport.pendingBytes }).toEqual({
        text,
        pendingBytes: 0,
      });
    }
  });

  test("BunTransport.onClose comes after the call that closes, once, whatever follows", async () => {
    for (const first of ["destroy", "reset"] as const) {
      const { transport, events, causes } = connect();
      transport[first]();
      transport.destroy();
      transport.reset();
      transport.end();
      expect(events).toEqual([]);
      await Promise.resolve();
      expect({ events, causes }).toEqual({ events: ["close"], causes: [undefined] });
    }
  });

  test("BunTransport.onEnd precedes onClose when the FIN that follows ours is all Bun tells", () => {
    const { transport, events, causes, close } = connect();
    transport.end();
    close();
    expect({ events, causes }).toEqual({ events: ["end", "close"], causes: [undefined] });
  });

  test("BunTransport.onClose carries the error of a connection lost, without onEnd", () => {
    const { transport, events, causes, close } = connect();
    const lost = new Error("read ECONNRESET");
    transport.end();
    close(lost);
    expect({ events, causes }).toEqual({ events: ["close"], causes: [lost] });
  });

  test("BunTransport.pause holds when a later write is taken in part", () => {
    const { fake, transport } = connect();
    transport.pause();
    transport.pause();
    fake.take = () => 1;
    transport.write("abc");
    expect(fake.calls.at(-1)).toBe("pause");
    expect(fake.calls.length).toBeGreaterThan(1);
  });
});
