// What all connections of one server share, as a connection sees it. Types only.

import type { HeadOptions, HeadParser } from "@hyperlane-ts/parser";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Context } from "./context.ts";
import type { DeadlineWheel } from "./deadline-wheel.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import type { HeadWriter } from "./response-head.ts";

/** Why a connection closed, as counted by `server.stats()`. */
export type CloseReason =
  /** The answer under way was the last one: the peer, the handler or a bound asked for it. */
  | "answered"
  /** The peer sent FIN and nothing was left to answer. */
  | "peerEnded"
  /** The peer reset the connection, or it broke. */
  | "lost"
  /** The peer broke the protocol; it got its answer. */
  | "fault"
  /** A request's octets came too slowly. */
  | "requestTimeout"
  /** No octet of a first request came. */
  | "firstOctetTimeout"
  /** A persistent connection stayed idle. */
  | "keepAliveTimeout"
  /** The peer took nothing of an answer. */
  | "writeStall"
  /** Content nobody read was not drained in time. */
  | "drainTimeout"
  /** A handler failed after its answer had begun. */
  | "handlerThrew"
  /** The server closes. */
  | "shutdown"
  /** The server closes by force. */
  | "forced"
  /** An error of the server itself. */
  | "internal";

export interface ConnectionRuntime {
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly headWriter: HeadWriter;
  readonly headOptions: HeadOptions;
  /** The server is closing: no connection is kept. */
  readonly draining: boolean;
  /** While draining: idle time after which a connection is closed, in ms. */
  readonly drainIdleMs: number;
  /** Draws a connection's own bound, 90 to 100 % of `most`. */
  drawBound(most: number): number;
  takeParser(): HeadParser;
  giveParser(parser: HeadParser): void;
  /** Runs middleware and routes. Throws or rejects as they do. */
  handle(exchange: Exchange): void | Promise<void>;
  handlerStarted(): void;
  handlerDone(): void;
  /** `late`: the connection was gone already, so nobody missed an answer. */
  reportThrown(thrown: unknown, context: Context<never> | undefined, late: boolean): void;
  /** The parser refused the peer's octets. */
  reportFault(connection: Connection, fault: number, offset: number): void;
  closed(connection: Connection, reason: CloseReason): void;
}
