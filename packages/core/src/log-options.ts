// What `logDir` and the options beside it say, with defaults and what is allowed. How files are written is the log
// directory's, what an access line holds is access-line.ts.

/** The shape of an access line: one JSON object, or one of Apache's two text formats. */
export type AccessFormat = "json" | "common" | "combined";

export interface AccessOptions {
  /** Default `json`. */
  readonly format?: AccessFormat;
  /** Whether the target's query is written; default true. Queries may hold credentials. */
  readonly query?: boolean;
  /** Gives the target to write instead of the one received. One that throws leaves `-`. */
  readonly redact?: (target: string) => string;
}

/** How long rotated files are kept. */
export interface LogKeep {
  /** Days, today included; default 14. */
  readonly days?: number;
  /** Files of each level, the one being written included; default any number. */
  readonly files?: number;
}

/** Levels of records, mildest first; each has files of its own. */
export const RECORD_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type RecordLevel = (typeof RECORD_LEVELS)[number];
export type FileLevel = RecordLevel | "access";

/** How a log directory writes. */
export interface FileOptions {
  /** Octets after which a file is followed by the next. */
  readonly sizeOctets: number;
  readonly keepDays: number;
  readonly keepFiles: number;
  /** Files that are full are compressed. */
  readonly gzip: boolean;
  /** How long a line waits for others at most, in ms. */
  readonly intervalMs: number;
  /** Octets that wait to be written at most; lines beyond are dropped and counted. */
  readonly queueOctets: number;
}

export const DEFAULT_FILE_OPTIONS: FileOptions = Object.freeze({
  sizeOctets: 100 * 2 ** 20,
  keepDays: 14,
  keepFiles: Number.POSITIVE_INFINITY,
  gzip: false,
  intervalMs: 360,
  queueOctets: 16 * 2 ** 20,
});
