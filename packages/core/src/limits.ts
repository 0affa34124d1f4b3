// Every size and count the server bounds, with its default and the reason. Sizes are octets, counts are counts; a limit
// is the largest value that passes. The parser's own limits come from the parser; here are the connection's and the server's.

import { DEFAULT_PARSER_LIMITS, type ParserLimits } from "@hyperlane-ts/parser";

/** Sizes and counts, see each member. All are on by default. */
export interface Limits extends ParserLimits {
  /** Octets of content that `bytes()`, `text()` and `json()` accept; beyond: 413. `stream()` is not bound by it. */
  readonly contentOctets: number;
  /** Open connections; `undefined` takes it from the process's descriptor limit when the server listens. */
  readonly connections: number | undefined;
  /** Requests on one connection; each connection draws its own bound from 90 to 100 % of it. */
  readonly requestsPerConnection: number;
  /** Octets received ahead of the handler before reading pauses. */
  readonly readAheadOctets: number;
  /** Octets handed to the transport in one write. */
  readonly writeSliceOctets: number;
  /** Octets of content nobody read that are drained to keep a connection; more closes it. */
  readonly drainOctets: number;
  /** Octets discarded while a closing connection lingers; then reading stops, the connection does not close earlier. */
  readonly lingerOctets: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  ...DEFAULT_PARSER_LIMITS,
  contentOctets: 1_048_576,
  connections: undefined,
  requestsPerConnection: 1000,
  readAheadOctets: 65_536,
  writeSliceOctets: 65_536,
  drainOctets: 65_536,
  lingerOctets: 1_048_576,
});

/**
 * The cap on connections when none is set: what the descriptor limit leaves after what is open already and a reserve
 * for files and outgoing sockets, so that accepting never meets EMFILE (Bun's event loop spins there).
 */
export function connectionsFrom(limit: number | undefined, open: number | undefined): number {
  if (limit === undefined || !Number.isFinite(limit)) return 10_000;
  const reserve = Math.max(8, Math.min(128, Math.floor(limit / 8)));
  return Math.max(8, Math.min(10_000, limit - (open ?? 0) - reserve));
}
