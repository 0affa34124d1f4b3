// What middleware and handlers get: one request, one response, state of their own, and the means to send early.

import type { RequestHead } from "@hyperlane-ts/parser";
import type { Logger } from "./logger.ts";
import type { Request } from "./request.ts";
import type { Response } from "./response.ts";

/** How an exchange ended. */
export interface ExchangeReport {
  /** `sent`: the answer was handed over whole. `aborted`: the connection ended, or was cut, before. */
  readonly outcome: "sent" | "aborted";
  /** Octets of the request: its head and the content taken. */
  readonly octetsIn: number;
  /** Octets of the answer handed to the transport, interim responses included. */
  readonly octetsOut: number;
}

/** What a context needs from its exchange. */
export interface ContextHost {
  readonly head: Pick<RequestHead, "method" | "path">;
  readonly request: Request;
  readonly response: Response;
  readonly requestId: string;
  readonly log: Logger;
  send(): Promise<void>;
  /** Answers in the server's own name: status, its small text, the given fields. */
  answer(status: number, headers?: Readonly<Record<string, string>>): void;
  /** A handler inside the chain rejected. */
  rejectedInside(thrown: unknown): void;
  readonly finished: Promise<ExchangeReport>;
}

/** The exchange behind a context; for core alone. */
export let contextHost: (ctx: Context<never>) => ContextHost;

/** Typed by declaration merging or by the parameter of `Server`. */
export type State = Record<string, unknown>;

/** One exchange: made fresh for every request and never reused. */
export class Context<S extends object = State> {
  static {
    contextHost = (ctx) => ctx.#host;
  }

  readonly #host: ContextHost;
  #state: S | undefined;

  constructor(host: ContextHost) {
    this.#host = host;
  }

  get request(): Request {
    return this.#host.request;
  }

  get response(): Response {
    return this.#host.response;
  }

  /**
   * Connects the records of this request: X-Request-Id if it holds 1 to 128 characters of letters, digits and `_.:+/=@-`,
   * else an id made here.
   */
  get requestId(): string {
    return this.#host.requestId;
  }

  /** The server's logger; each record holds the request id. */
  get log(): Logger {
    return this.#host.log;
  }

  /** An object for the application's own use, fresh for each request. */
  get state(): S {
    this.#state ??= Object.create(null) as S;
    return this.#state;
  }

  /**
   * Sends the response now instead of when the chain has settled. Resolves when all its octets are with the transport,
   * rejects with `TransportError` when the connection is lost, and with `Error` when it has been sent before.
   */
  send(): Promise<void> {
    return this.#host.send();
  }

  /** Resolves when the answer is out or the connection died; never rejects. */
  get finished(): Promise<ExchangeReport> {
    return this.#host.finished;
  }
}
