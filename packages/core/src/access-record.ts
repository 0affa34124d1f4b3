// What an exchange notes for its access line: when it began, when its answer did, and the line once it is over.

import type { AccessLog } from "./access-log.ts";
import type { Exchange } from "./exchange.ts";

export class AccessRecord {
  readonly #access: AccessLog;
  readonly #exchange: Exchange;
  readonly #startedMs: number;
  #answeredMs = -1;
  #status = 0;

  constructor(access: AccessLog, exchange: Exchange) {
    const { connection } = exchange;
    this.#access = access;
    this.#exchange = exchange;
    this.#startedMs = connection.runtime.clock.now();
    // The line is written when the connection may be gone.
    connection.keepAddress();
  }

  /** The head of the answer is on its way. */
  answered(status: number): void {
    this.#status = status;
    this.#answeredMs = this.#exchange.connection.runtime.clock.now();
  }

  ended(outcome: string, octetsIn: number, octetsOut: number): void {
    const { head, request, requestId, connection } = this.#exchange;
    const { clock } = connection.runtime;
    const totalMs = clock.now() - this.#startedMs;
    const answeredMs = this.#answeredMs - this.#startedMs;
    this.#access.write({
      dateMs: clock.date(),
      requestId,
      remoteAddress: request.remoteAddress,
      method: head.method,
      target: head.target,
      version: request.httpVersion,
      status: this.#status,
      octetsIn,
      octetsOut,
      firstOctetUs: this.#answeredMs < 0 ? -1 : Math.round(answeredMs * 1000),
      totalUs: Math.round(totalMs * 1000),
      userAgent: head.fields.get("user-agent"),
      referer: head.fields.get("referer"),
      outcome,
    });
  }
}
