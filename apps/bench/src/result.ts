// What a run of the bench leaves: the shape of result.json. Types and the version of that shape, nothing else.

/** Raised when a reader of older results would misread newer ones. */
export const SCHEMA = 1;

export interface BenchResult {
  readonly schema: typeof SCHEMA;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** What to type to measure the same, from the repository's root. */
  readonly command: string;
  /** The commit of this repository, with `+` behind it when files were changed; "" outside of a clone. */
  readonly commit: string;
  readonly machine: Machine;
  /** Of runtimes, peers and load tools, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly scenarios: readonly ScenarioResult[];
  /** Peers that were asked for and not there. */
  readonly missing: readonly MissingPeer[];
}

export interface Machine {
  /** A short name for file names: letters, digits and dashes. */
  readonly name: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryOctets: number;
  readonly kernel: string;
  /** Descriptors a process may have. */
  readonly descriptors: number;
  /** Longest accept queue (net.core.somaxconn). */
  readonly acceptQueue: number;
  /** Servers and load run on processors of their own. */
  readonly isPinned: boolean;
}

export interface MissingPeer {
  readonly peer: string;
  readonly reason: string;
  readonly howToGet: string;
}

export interface ScenarioResult {
  /** As `--scenarios` takes it. */
  readonly name: string;
  readonly title: string;
  /** What produced the load: wrk, ab, autocannon, or ours. */
  readonly tool: string;
  readonly connections: number;
  /** What a reader must know to read the figures right; one sentence each. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly ratios: readonly RatioResult[];
}

export interface Row {
  /** As `--peers` takes it, unique in its scenario. */
  readonly peer: string;
  readonly title: string;
  /** "ours", or what a peer is written for. */
  readonly group: "ours" | "node" | "bun" | "deno" | "native";
  /** The same raw socket entered twice: what the two differ by is noise. */
  readonly isAgain: boolean;
  /** What it leaves out or does differently; one phrase each. */
  readonly caveats: readonly string[];
  /** Why there are no figures, or fewer than asked for. */
  readonly error?: string;
  readonly rounds: readonly Round[];
  /** Most that was seen behind a round, of all its processes. */
  readonly residentOctets: number;
  /** Above what it held before the connections were made, by connection; only where idle ones are held. */
  readonly octetsPerConnection?: number;
}

/** One contender in one round. */
export interface Round {
  readonly requests: number;
  /** Processor time of the server's processes, user and system, divided by requests. */
  readonly cpuUsPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly errors: number;
  /** Processor time by time passed: of the server, and of the load; 1 is one processor always busy. */
  readonly serverShare: number;
  readonly loadShare: number;
}

/** A ratio of processor time per request, taken within each round. */
export interface RatioResult {
  readonly of: string;
  /** The mean of these peers' rows. */
  readonly to: readonly string[];
  readonly perRound: readonly number[];
  /** The most it is meant to be; a goal is met when the interval from 10 to 90 % touches it. */
  readonly goal?: number;
}
