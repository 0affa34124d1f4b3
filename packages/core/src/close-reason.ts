// Why connections close, and what an exchange that is cut off by it fails with. Knows no connection.

import { TransportError } from "./errors.ts";

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
  /** A handler had not answered in time; the peer got a 503. */
  | "handlerTimeout"
  /** Idle the longest when the connection cap was reached: it made room for a new one. */
  | "evicted"
  /** Idle, or not taking its answer, while connections or octets ran short. */
  | "shed"
  /** The server closes. */
  | "shutdown"
  /** The server closes by force. */
  | "forced"
  /** An error of the server itself. */
  | "internal";

/** The error of an exchange that the closing of its connection aborts. `cause` is the runtime's, if it gave one. */
export function abortErrorOf(reason: CloseReason | undefined, cause?: Error): TransportError {
  switch (reason) {
    case "forced":
      return new TransportError("ERR_FORCED_CLOSE");
    case "fault":
      return new TransportError("ERR_REQUEST_REFUSED");
    case "peerEnded":
      return new TransportError("ERR_PEER_ENDED");
    case "writeStall":
    case "requestTimeout":
    case "drainTimeout":
    case "handlerTimeout":
      return new TransportError("ERR_DEADLINE");
    case "shed":
      return new TransportError("ERR_SHED");
    case "handlerThrew":
      return new TransportError("ERR_RESPONSE_ABORTED");
    default:
      return new TransportError("ERR_CONNECTION_LOST", cause);
  }
}
