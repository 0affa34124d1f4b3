// What is noted of an exchange for its access line. Only numbers are taken while it goes on; what has to be looked up in its
// head is looked up when the line is made, many lines at a time, which costs half.

import type { RequestHead } from "@hyperlane-ts/parser";
import type { AccessEntry } from "./access-line.ts";
import type { CloseReason } from "./close-reason.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionRuntime } from "./connection-runtime.ts";
import { plainAddress } from "./request.ts";
import { makeRequestId, requestIdFrom } from "./request-id.ts";

export class AccessRecord implements AccessEntry {
  readonly #head: RequestHead;
  readonly #remoteAddress: string | undefined;
  readonly #startedMs: number;
  #answeredMs = -1;
  #endedMs = 0;
  #requestId: string | undefined;
  dateMs = 0;
  status = 0;
  octetsIn = 0;
  octetsOut = 0;
  outcome = "";

  /** The exchange of `head` begins. */
  constructor(connection: Connection, head: RequestHead) {
    this.#head = head;
    this.#startedMs = connection.runtime.clock.now();
    // The line is made when the connection may be gone.
    connection.keepAddress();
    this.#remoteAddress = connection.remoteAddress;
  }

  /** The head of the answer is on its way. */
  answered(status: number, nowMs: number): void {
    this.status = status;
    this.#answeredMs = nowMs;
  }

  /** The exchange is over, `how` is `sent` or why not. `requestId`: if it has been asked for. Has the line written. */
  ended(
    { access, clock, date }: ConnectionRuntime,
    how: string,
    octetsIn: number,
    octetsOut: number,
    requestId: string | undefined,
  ): void {
    const nowMs = clock.now();
    this.#endedMs = nowMs;
    this.dateMs = date.dateMs(nowMs);
    this.outcome = how;
    this.octetsIn = octetsIn;
    this.octetsOut = octetsOut;
    this.#requestId = requestId;
    access?.write(this);
  }

  get requestId(): string {
    return this.#requestId ?? requestIdFrom(this.#head.fields.get("x-request-id"));
  }

  get remoteAddress(): string | undefined {
    return plainAddress(this.#remoteAddress);
  }

  get method(): string {
    return this.#head.method;
  }

  get target(): string {
    return this.#head.target;
  }

  get version(): string {
    return this.#head.minorVersion === 0 ? "1.0" : "1.1";
  }

  get firstOctetUs(): number {
    return this.#answeredMs < 0 ? -1 : Math.round((this.#answeredMs - this.#startedMs) * 1000);
  }

  get totalUs(): number {
    return Math.round((this.#endedMs - this.#startedMs) * 1000);
  }

  get userAgent(): string | undefined {
    return this.#head.fields.get("user-agent");
  }

  get referer(): string | undefined {
    return this.#head.fields.get("referer");
  }
}

/** The line of a request whose head was refused or never became whole: what it asked for is not known. */
export function recordRefusal(
  connection: Connection,
  status: number,
  reason: CloseReason,
  octetsOut: number,
): void {
  const { runtime, reading, remoteAddress } = connection;
  if (runtime.access === undefined) return;
  const nowMs = runtime.clock.now();
  const us = Math.round(Math.max(0, nowMs - Math.max(0, reading.sinceMs)) * 1000);
  runtime.access.write({
    dateMs: runtime.date.dateMs(nowMs),
    requestId: makeRequestId(),
    remoteAddress: plainAddress(remoteAddress),
    method: "-",
    target: "-",
    version: "1.1",
    status,
    octetsIn: reading.input.octets,
    octetsOut,
    firstOctetUs: us,
    totalUs: us,
    userAgent: undefined,
    referer: undefined,
    outcome: reason,
  });
}
