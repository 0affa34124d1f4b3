// What all connections of one server share, as a connection sees it. Types only.

import type { HeadOptions, HeadParser } from "@hyperlane-ts/parser";
import type { AccessLog } from "./access-log.ts";
import type { Clock } from "./clock.ts";
import type { CloseReason } from "./close-reason.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionWatch } from "./connection-watch.ts";
import type { Context } from "./context.ts";
import type { DateField } from "./date-field.ts";
import type { DeadlineWheel } from "./deadline-wheel.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Exchange } from "./exchange.ts";
import type { FlushQueue } from "./flush-queue.ts";
import type { IdleList } from "./idle-list.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { HeadWriter } from "./response-head.ts";

export interface ConnectionRuntime {
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly date: DateField;
  readonly headWriter: HeadWriter;
  readonly headOptions: HeadOptions;
  /** The server has stopped accepting: idle connections are closed after `drainIdleMs`. */
  readonly draining: boolean;
  /** No connection is kept behind its answer: the server is closing, or sheds load. */
  readonly closesBehindAnswers: boolean;
  /** While draining: idle time after which a connection is closed, in ms. */
  readonly drainIdleMs: number;
  /** As much is buffered as may be: nothing is read ahead of handlers. */
  readonly isFull: boolean;
  readonly idle: IdleList<ConnectionWatch>;
  readonly flushes: FlushQueue;
  /** Writes a line for each request, if that is wanted. */
  readonly access: AccessLog | undefined;
  /** What application records go to. */
  readonly logger: Logger;
  /** Draws a connection's own bound, 90 to 100 % of `most`. */
  drawBound(most: number): number;
  takeParser(): HeadParser;
  giveParser(parser: HeadParser): void;
  /** An exchange was opened: answers it in the server's own name, or runs it now or when it is its turn. */
  begin(exchange: Exchange): void;
  /** Runs middleware and routes, or refuses an exchange that is too late. Throws or rejects as they do. */
  handle(exchange: Exchange, lateMs: number): void | Promise<void>;
  handlerDone(): void;
  /** `late`: the connection was gone already, so nobody missed an answer. */
  reportThrown(thrown: unknown, context: Context<never> | undefined, late: boolean): void;
  /**
   * The parser refused the peer's octets: `fault` is a row of its table, `offset` counts from the beginning of the head or
   * of the message body. `octets` tells, for a record, what was there.
   */
  reportFault(connection: Connection, fault: number, offset: number, octets?: () => string): void;
  /** The peer, or for `handlerTimeout` a handler, has been too slow; the connection closes for it. */
  reportOverdue(connection: Connection, reason: CloseReason): void;
  /** The connection holds so many octets more, or less: received and not taken, or queued in its transport. */
  buffered(octets: number): void;
  closed(connection: Connection, reason: CloseReason): void;
}
