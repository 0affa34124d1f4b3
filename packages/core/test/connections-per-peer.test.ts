// limits.connectionsPerPeer: who counts as one peer, what is dropped, and what gives a place back.

import { describe, expect, test } from "vitest";
import { ConnectionTable } from "../src/connection-table.ts";
import { head, type MemoryServer, type Peer, serve, settled } from "./memory-server.ts";

function limited(connectionsPerPeer: number, connections = 100): Promise<MemoryServer> {
  return serve((app) => app.get("/", (ctx) => void ctx.response.text("a")), {
    limits: { connectionsPerPeer, connections },
  });
}

function from(server: MemoryServer, remoteAddress: string): Peer {
  return server.connect({ remoteAddress });
}

describe("limits.connectionsPerPeer", () => {
  test("drops at once what comes above it from one peer, and nobody else", async () => {
    const server = await limited(2);
    const peers = [0, 1, 2].map(() => from(server, "192.0.2.1"));
    const other = await from(server, "192.0.2.2").send(head("GET /"));
    expect(peers.map((peer) => peer.transport.closed)).toEqual([false, false, true]);
    expect([peers[2]!.text, other.statuses]).toEqual(["", [200]]);
    expect(server.server.stats()).toMatchObject({
      accepted: 4,
      connections: { open: 3 },
      dropped: { connections: 0, connectionsPerPeer: 1, closing: 0 },
      closes: {},
    });
  });

  test.each([
    ["2001:db8:1:2::1", "2001:0DB8:1:2:ffff::", "2001:db8:1:3::1"],
    ["::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"],
    ["fe80::1%eth0", "fe80::2%eth1", "fe80:0:0:1::1"],
  ])("counts %s and %s as one, %s as another", async (first, same, another) => {
    const server = await limited(1);
    from(server, first);
    expect(from(server, same).transport.closed).toBe(true);
    expect(from(server, another).transport.closed).toBe(false);
  });

  test("does not count connections without an address, as on unix sockets", async () => {
    const server = await limited(1);
    for (let i = 0; i < 5; i++) server.connect();
    expect(server.server.stats()).toMatchObject({
      connections: { open: 5 },
      dropped: { connectionsPerPeer: 0 },
    });
  });

  const LEAVING: Readonly<Record<string, (server: MemoryServer, peer: Peer) => Promise<unknown>>> =
    {
      "the peer closes": (_, peer) => peer.end(),
      "the peer resets": (_, peer) => peer.reset(),
      "a deadline": async (server) => {
        await server.advance(10_250);
        await server.advance(2250);
      },
      "a last answer and the peer's FIN": async (_, peer) =>
        (await peer.send(head("GET /", "Connection: close"))).end(),
      "a fault and the peer's FIN": async (_, peer) => (await peer.send("nonsense\r\n\r\n")).end(),
    };
  for (const [name, leave] of Object.entries(LEAVING)) {
    test(`gives the place back by ${name}`, async () => {
      const server = await limited(1);
      const first = from(server, "192.0.2.1");
      await leave(server, first);
      expect(server.server.stats().connections.open).toBe(0);
      expect(from(server, "192.0.2.1").transport.closed).toBe(false);
      expect(from(server, "192.0.2.1").transport.closed).toBe(true);
    });
  }

  test("keeps the place while a closing connection lingers", async () => {
    const server = await limited(1);
    await from(server, "192.0.2.1").send(head("GET /", "Connection: close"));
    expect(from(server, "192.0.2.1").transport.closed).toBe(true);
  });

  test("gives back no place twice", async () => {
    const server = await limited(2);
    const peers = [from(server, "192.0.2.1"), from(server, "192.0.2.1")];
    from(server, "192.0.2.1");
    await peers[0]!.reset();
    await peers[0]!.end();
    expect(from(server, "192.0.2.1").transport.closed).toBe(false);
    expect(from(server, "192.0.2.1").transport.closed).toBe(true);
  });

  test("at the cap of all: a peer that has its share evicts nobody", async () => {
    const server = await limited(1, 2);
    const [greedy, idle] = [from(server, "192.0.2.1"), from(server, "192.0.2.2")];
    expect(from(server, "192.0.2.1").transport.closed).toBe(true);
    expect([greedy.transport.closed, idle.transport.closed]).toEqual([false, false]);
    expect(server.server.stats()).toMatchObject({
      closes: {},
      dropped: { connections: 0, connectionsPerPeer: 1 },
    });
  });

  test("at the cap of all: an evicted connection gives its place back at once", async () => {
    const server = await limited(1, 2);
    const first = from(server, "192.0.2.1");
    from(server, "192.0.2.2");
    expect(from(server, "192.0.2.3").transport.closed).toBe(false);
    expect(first.transport.closed).toBe(true);
    // Its place is free although its transport has not told yet that it has closed, and only once.
    expect(from(server, "192.0.2.1").transport.closed).toBe(false);
    await settled();
    expect(from(server, "192.0.2.1").transport.closed).toBe(true);
  });

  test("at the cap of all with nobody idle: a dropped connection takes no place of its peer", async () => {
    const server = await limited(1, 1);
    const busy = await from(server, "192.0.2.1").send("G");
    expect(from(server, "192.0.2.2").transport.closed).toBe(true);
    await busy.reset();
    expect(from(server, "192.0.2.2").transport.closed).toBe(false);
    expect(server.server.stats().dropped).toEqual({
      connections: 1,
      connectionsPerPeer: 0,
      closing: 0,
    });
  });

  test("off, the default, counts nobody and asks for no address", async () => {
    const server = await serve(() => {});
    for (let i = 0; i < 20; i++) from(server, "192.0.2.1");
    expect(server.server.stats().connections.open).toBe(20);
    const asked: string[] = [];
    const address = () => {
      asked.push("address");
      return "192.0.2.1";
    };
    for (const most of [undefined, 1]) {
      new ConnectionTable(5, most).enter(0, address, () => server.connect().connection);
      expect(asked.length).toBe(most === undefined ? 0 : 1);
    }
  });
});
