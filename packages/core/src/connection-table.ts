// The open connections of a server: who is let in, who must go for it, and which are idle. Knows caps and order, nothing of
// what a connection does.

import type { Connection } from "./connection.ts";
import type { ConnectionWatch } from "./connection-watch.ts";
import { TICK_MS } from "./deadline-wheel.ts";
import { IdleList } from "./idle-list.ts";
import { PeerCount, peerOf } from "./peer-count.ts";

/** Why a new connection was dropped at once, as counted by `server.stats()`. */
export type DropCause = "connections" | "connectionsPerPeer" | "closing";

/** So many silent connections are no crowd, however few the others are. */
const FRESH_FEW = 8;

export class ConnectionTable {
  readonly all: Set<Connection> = new Set();
  readonly idle: IdleList<ConnectionWatch> = new IdleList();
  /** The cap on open connections. */
  max: number;
  readonly #peers: PeerCount | undefined;
  readonly #peerOf: Map<Connection, string> = new Map();

  constructor(max: number | undefined, maxPerPeer: number | undefined) {
    this.max = max ?? Number.POSITIVE_INFINITY;
    this.#peers = maxPerPeer === undefined ? undefined : new PeerCount(maxPerPeer);
  }

  /**
   * Who is let go first: who never sent an octet, oldest accept first, then who was answered the longest ago. A connection
   * that was accepted within `freshMs` goes behind those, as long as such are few: its request may be on its way.
   */
  oldestIdle(nowMs: number, freshMs: number): Connection | undefined {
    const silent = this.idle.oldestSilent?.connection;
    const answered = this.idle.oldestAnswered?.connection;
    if (silent === undefined || answered === undefined) return silent ?? answered;
    // Many that are fresh and silent are no chance: they would drive all others out.
    const { silentSize, size } = this.idle;
    const isCrowd = silentSize > FRESH_FEW && silentSize * 4 > size;
    return isCrowd || silent.idleSinceMs + freshMs <= nowMs ? silent : answered;
  }

  /**
   * Makes room for a connection of the peer that `address` tells, by evicting the oldest idle one if it must, and takes
   * in what `connect` gives; or tells why it cannot be let in.
   */
  enter(
    nowMs: number,
    address: () => string | undefined,
    connect: () => Connection,
  ): Connection | DropCause {
    const isFull = this.all.size >= this.max;
    const oldest = isFull ? this.oldestIdle(nowMs, TICK_MS) : undefined;
    if (isFull && oldest === undefined) return "connections";
    const from = this.#peers === undefined ? undefined : address();
    const peer = from === undefined ? undefined : peerOf(from);
    if (peer !== undefined && !this.#peers!.enter(peer)) return "connectionsPerPeer";
    oldest?.evict();
    const connection = connect();
    this.all.add(connection);
    if (peer !== undefined) this.#peerOf.set(connection, peer);
    return connection;
  }

  /** Takes a connection out. Reports whether it was in. */
  leave(connection: Connection): boolean {
    if (!this.all.delete(connection)) return false;
    this.idle.remove(connection.watch);
    if (this.#peers === undefined) return true;
    const peer = this.#peerOf.get(connection);
    if (peer !== undefined) this.#peers.leave(peer);
    this.#peerOf.delete(connection);
    return true;
  }
}
