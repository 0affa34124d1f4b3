// What a server counts about itself: plain numbers, by cause. Gauges are now, counters since start.

import type { FaultCode } from "@hyperlane-ts/parser";
import type { CloseReason } from "./close-reason.ts";
import type { ConnectionTable, DropCause } from "./connection-table.ts";
import type { LineCounts } from "./level-log.ts";
import type { Overload, RefusalCause } from "./overload.ts";
import type { ShedLevel } from "./shedding.ts";

/** A frozen snapshot of `server.stats()`. */
export interface ServerStats {
  /** Gauge: open connections, and how many of them have no exchange and no octet of a request. */
  readonly connections: { readonly open: number; readonly idle: number; readonly active: number };
  /** Gauge: requests whose handlers are at work or wait for their turn, and how many of them wait. */
  readonly handlers: number;
  readonly waiting: number;
  /** Gauge: octets received and not taken by a handler, and octets queued in transports. */
  readonly bufferedOctets: number;
  /** Gauge: the level of load shedding, 0 to 3. */
  readonly shedLevel: ShedLevel;
  /** Gauge: how late the last tick of the deadline timer was, in ms. */
  readonly timerLagMs: number;
  /** Counter: connections accepted, those dropped at once included. */
  readonly accepted: number;
  /** Counter: connections dropped at once, by cause. */
  readonly dropped: Readonly<Record<DropCause, number>>;
  /** Counter: requests whose heads were accepted, those refused under load included. */
  readonly requests: number;
  /** Counter: requests answered 503 before middleware, by cause. */
  readonly refused: Readonly<Record<RefusalCause, number>>;
  /** Counter: changes of the level of load shedding. */
  readonly shedChanges: number;
  /** Counter: octets received, and octets handed to transports. */
  readonly octetsIn: number;
  readonly octetsOut: number;
  /** Counter: connections closed, by reason. */
  readonly closes: Readonly<Partial<Record<CloseReason, number>>>;
  /** Counter: requests the parser refused, by fault. */
  readonly faults: Readonly<Partial<Record<FaultCode, number>>>;
  /**
   * Counter: lines of log files written, dropped because they could not be, and found or left without their end; of all
   * servers of the process that log to the same directory.
   */
  readonly logLines: Readonly<LineCounts>;
}

/** The counters behind the snapshot. */
export class Counters {
  accepted = 0;
  readonly dropped: Record<DropCause, number> = {
    connections: 0,
    connectionsPerPeer: 0,
    closing: 0,
  };
  requests = 0;
  handlers = 0;
  readonly refused: Record<RefusalCause, number> = { handlers: 0, bufferedOctets: 0, lag: 0 };
  /** Octets of connections that have closed. */
  octetsIn = 0;
  octetsOut = 0;
  readonly closes: Partial<Record<CloseReason, number>> = {};
  readonly faults: Partial<Record<FaultCode, number>> = {};

  countClose(reason: CloseReason): void {
    this.closes[reason] = (this.closes[reason] ?? 0) + 1;
  }

  countFault(code: FaultCode): void {
    this.faults[code] = (this.faults[code] ?? 0) + 1;
  }
}

/** Everything at this moment. */
export function snapshot(
  counters: Counters,
  table: ConnectionTable,
  overload: Overload,
  waiting: number,
  timerLagMs: number,
  lines: LineCounts | undefined,
): ServerStats {
  const { accepted, dropped, requests, refused, handlers, closes, faults } = counters;
  let { octetsIn, octetsOut } = counters;
  for (const connection of table.all) {
    octetsIn += connection.octetsIn;
    octetsOut += connection.output.octetsOut;
  }
  const open = table.all.size;
  const idle = table.idle.size;
  return Object.freeze({
    connections: Object.freeze({ open, idle, active: open - idle }),
    handlers,
    waiting,
    bufferedOctets: overload.bufferedOctets,
    shedLevel: overload.level,
    timerLagMs,
    accepted,
    dropped: Object.freeze({ ...dropped }),
    requests,
    refused: Object.freeze({ ...refused }),
    shedChanges: overload.changes,
    octetsIn,
    octetsOut,
    closes: Object.freeze({ ...closes }),
    faults: Object.freeze({ ...faults }),
    logLines: Object.freeze({ written: 0, dropped: 0, cut: 0, ...lines }),
  });
}
