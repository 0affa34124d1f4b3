// Every time the server bounds, with its default and the reason. Milliseconds unless the name says otherwise. When they
// are armed is the connection's business (connection-state.ts says which state has which); how, the deadline wheel's.

/** Times and the one rate, see each member. All are on by default. */
export interface Deadlines {
  /** From accept to the first octet of the first request. */
  readonly firstOctetMs: number;
  /** From a head's first octet (an empty line's too) to its end; absolute, no octet extends it. */
  readonly headMs: number;
  /** Time content may take before the minimum rate applies. */
  readonly contentGraceMs: number;
  /** Octets per second that content must reach on the whole once the grace is over. */
  readonly contentMinRate: number;
  /** Longest pause between two octets of content while we are willing to read. */
  readonly contentIdleMs: number;
  /** Longest time for a bounded content as a whole. */
  readonly contentMs: number;
  /** Longest time without the transport taking a slice of the answer. */
  readonly writeStallMs: number;
  /** Longest idle time of a persistent connection between an answer and the next request. */
  readonly keepAliveMs: number;
  /** Age at which a connection is closed after the answer under way; drawn from 90 to 100 % of it. */
  readonly connectionAgeMs: number;
  /** Longest time from a request's head to its answer's, waiting for content included; `undefined` for any time. */
  readonly handlerMs: number | undefined;
  /** Longest linger of a closing connection, and longest drain of content nobody read. */
  readonly lingerMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = Object.freeze({
  firstOctetMs: 10_000,
  headMs: 10_000,
  contentGraceMs: 20_000,
  contentMinRate: 500,
  contentIdleMs: 20_000,
  contentMs: 300_000,
  writeStallMs: 60_000,
  keepAliveMs: 65_000,
  connectionAgeMs: 3_600_000,
  handlerMs: undefined,
  lingerMs: 2_000,
});

/** What the preset "strict" changes. */
export const STRICT_DEADLINES: Partial<Deadlines> = {
  firstOctetMs: 5000,
  headMs: 5000,
  keepAliveMs: 5000,
  connectionAgeMs: 300_000,
};

/** Largest ms that timers take without wrapping (2^31 - 1). */
export const MS_MAX = 2_147_483_647;

/** Smallest and largest value of each. */
export const DEADLINE_RANGES: Readonly<Record<keyof Deadlines, readonly [number, number]>> = {
  firstOctetMs: [1, MS_MAX],
  headMs: [1, MS_MAX],
  contentGraceMs: [1, MS_MAX],
  contentMinRate: [0, 1_073_741_824],
  contentIdleMs: [1, MS_MAX],
  contentMs: [1, MS_MAX],
  writeStallMs: [1, MS_MAX],
  keepAliveMs: [1, MS_MAX],
  connectionAgeMs: [1, MS_MAX],
  handlerMs: [1, MS_MAX],
  lingerMs: [1, MS_MAX],
};
