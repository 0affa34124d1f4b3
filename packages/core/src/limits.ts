// Every size and count the server bounds, with its default and the reason. Sizes are octets, counts are counts; a limit
// is the largest value that passes. The parser's own limits come from the parser; here are the connection's and the server's.

import { DEFAULT_PARSER_LIMITS, type ParserLimits } from "@hyperlane-ts/parser";

/** Sizes and counts, see each member. All are on by default. */
export interface Limits extends ParserLimits {
  /** Octets of content that `bytes()`, `text()` and `json()` accept; beyond: 413. `stream()` is not bound by it. */
  readonly contentOctets: number;
  /** Open connections; `undefined` takes it from the process's descriptor limit when the server listens. */
  readonly connections: number | undefined;
  /** Open connections of one peer, an IPv4 address or an IPv6 /64; `undefined` for any number. Off behind proxies. */
  readonly connectionsPerPeer: number | undefined;
  /** Requests on one connection; each connection draws its own bound from 90 to 100 % of it. */
  readonly requestsPerConnection: number;
  /** Handlers at work or waiting for their turn; a request beyond them is answered 503. `undefined` for any number. */
  readonly handlers: number | undefined;
  /** Octets all connections together may hold: received and not yet with a handler, or queued in transports. */
  readonly bufferedOctets: number;
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
  connectionsPerPeer: undefined,
  requestsPerConnection: 1000,
  handlers: undefined,
  bufferedOctets: 268_435_456,
  readAheadOctets: 65_536,
  writeSliceOctets: 65_536,
  drainOctets: 65_536,
  lingerOctets: 1_048_576,
});

/** What the preset "strict" changes. */
export const STRICT_LIMITS: Partial<Limits> = {
  requestLineOctets: 4096,
  headOctets: 8192,
  fieldOctets: 4096,
  fieldLines: 50,
  trailerOctets: 2048,
  chunkLineOctets: 2048,
  chunkExcessOctets: 8192,
  contentOctets: 524_288,
  requestsPerConnection: 100,
};

/** Smallest and largest value of each limit. A head must hold a request-line, a head in memory has to stay small. */
export const LIMIT_RANGES: Readonly<Record<keyof Limits, readonly [number, number]>> = {
  requestLineOctets: [16, 1_048_576],
  headOctets: [32, 1_048_576],
  fieldOctets: [16, 1_048_576],
  fieldLines: [1, 10_000],
  trailerOctets: [2, 1_048_576],
  trailerLines: [0, 10_000],
  chunkLineOctets: [16, 1_048_576],
  chunkExcessOctets: [0, 1_048_576],
  contentOctets: [0, Number.MAX_SAFE_INTEGER],
  connections: [1, 1_000_000],
  connectionsPerPeer: [1, 1_000_000],
  requestsPerConnection: [1, Number.MAX_SAFE_INTEGER],
  handlers: [1, 1_000_000],
  bufferedOctets: [65_536, Number.MAX_SAFE_INTEGER],
  readAheadOctets: [1024, 1_073_741_824],
  writeSliceOctets: [1024, 1_073_741_824],
  drainOctets: [0, Number.MAX_SAFE_INTEGER],
  lingerOctets: [0, Number.MAX_SAFE_INTEGER],
};

/**
 * The cap on connections when none is set: what the descriptor limit leaves after what is open already and a reserve
 * for files and outgoing sockets, so that accepting never meets EMFILE (Bun's event loop spins there).
 */
export function connectionsFrom(limit: number | undefined, open: number | undefined): number {
  if (limit === undefined || !Number.isFinite(limit)) return 10_000;
  const reserve = Math.max(8, Math.min(128, Math.floor(limit / 8)));
  return Math.max(8, Math.min(10_000, limit - (open ?? 0) - reserve));
}
