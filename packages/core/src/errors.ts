// The errors that cross core's border, by who is at fault: HttpError (the application or the request asks for a status),
// TransportError (the connection is gone, nobody to answer). Wrong calls are TypeError and RangeError.

/** What an `HttpError` may carry beside status and message. */
export interface HttpErrorOptions {
  /** Field lines added to the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the message as the answer's content, whatever the status; default false. */
  readonly expose?: boolean;
  readonly cause?: unknown;
}

/**
 * Thrown by a handler, asks for an answer with `status` (400 to 599). The content is the status's own small text unless
 * `expose` is true: then it is the message.
 */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly expose: boolean;

  constructor(status: number, message?: string, options: HttpErrorOptions = {}) {
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`Cannot make an HttpError: status is ${status}, allowed are 400 to 599`);
    }
    super(
      message ?? `HTTP status ${status}`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.status = status;
    this.headers = options.headers;
    this.expose = options.expose ?? false;
  }
}

export type TransportErrorCode =
  | "ERR_CONNECTION_LOST"
  | "ERR_PEER_ENDED"
  | "ERR_DEADLINE"
  | "ERR_SHED"
  | "ERR_FORCED_CLOSE"
  | "ERR_REQUEST_REFUSED"
  | "ERR_RESPONSE_ABORTED";

const TRANSPORT_MESSAGES: Readonly<Record<TransportErrorCode, string>> = {
  ERR_CONNECTION_LOST: "the connection was lost",
  ERR_PEER_ENDED: "the client ended its side of the connection",
  ERR_DEADLINE: "a deadline of the connection passed",
  ERR_SHED: "the server closed the connection because it ran short of memory",
  ERR_FORCED_CLOSE: "the server was closed by force",
  ERR_REQUEST_REFUSED: "the rest of the request was refused",
  ERR_RESPONSE_ABORTED: "the response was aborted",
};

/** The connection ended before the exchange did. `code` says how, `cause` is the runtime's error where there is one. */
export class TransportError extends Error {
  override readonly name: string = "TransportError";
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, cause?: unknown) {
    super(
      `Cannot finish the exchange: ${TRANSPORT_MESSAGES[code]}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
  }
}
