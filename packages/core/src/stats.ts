// What a server counts about itself: plain numbers, by cause. Gauges are now, counters since start.

import { FAULTS, type FaultCode } from "@hyperlane-ts/parser";
import type { CloseReason } from "./connection-runtime.ts";

/** A frozen snapshot of `server.stats()`. */
export interface ServerStats {
  /** Gauge: open connections, and how many of them have no exchange and no octet of a request. */
  readonly connections: { readonly open: number; readonly idle: number; readonly active: number };
  /** Gauge: handlers at work. */
  readonly handlers: number;
  /** Gauge: octets received and not taken by a handler, and octets queued in transports. */
  readonly bufferedOctets: number;
  /** Counter: connections accepted, and those dropped at once because of the cap. */
  readonly accepted: number;
  readonly dropped: number;
  /** Counter: requests given to middleware. */
  readonly requests: number;
  /** Counter: connections closed, by reason. */
  readonly closes: Readonly<Partial<Record<CloseReason, number>>>;
  /** Counter: requests the parser refused, by fault. */
  readonly faults: Readonly<Partial<Record<FaultCode, number>>>;
  /** Gauge: how late the last tick of the deadline timer was, in ms. */
  readonly timerLagMs: number;
}

/** The counters behind the snapshot. */
export class Counters {
  accepted = 0;
  dropped = 0;
  requests = 0;
  handlers = 0;
  readonly closes: Partial<Record<CloseReason, number>> = {};
  readonly faults: Partial<Record<FaultCode, number>> = {};

  countClose(reason: CloseReason): void {
    this.closes[reason] = (this.closes[reason] ?? 0) + 1;
  }

  countFault(fault: number): void {
    const { code } = FAULTS[fault]!;
    this.faults[code] = (this.faults[code] ?? 0) + 1;
  }
}
