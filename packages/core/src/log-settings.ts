// The options of logging as the server keeps them: defaults, checks, and what they come to for a log directory.

import { MS_MAX } from "./deadlines.ts";
import {
  type AccessFormat,
  type AccessOptions,
  DEFAULT_FILE_OPTIONS,
  type FileOptions,
  type LogKeep,
  RECORD_LEVELS,
} from "./log-options.ts";
import type { LogLevel } from "./logger.ts";
import {
  checkBoolean,
  checkMembers,
  checkNumber,
  checkText,
  noSuchOption,
  shown,
  wrongType,
} from "./option-checks.ts";

export interface LogSettings {
  logDir: string | undefined;
  logSize: number;
  logKeep: LogKeep;
  logGzip: boolean;
  logIntervalMs: number;
  logQueueOctets: number;
  logLevel: LogLevel | undefined;
  access: AccessOptions | false;
}

export function defaultLogSettings(): LogSettings {
  return {
    logDir: undefined,
    logSize: DEFAULT_FILE_OPTIONS.sizeOctets,
    logKeep: {},
    logGzip: false,
    logIntervalMs: DEFAULT_FILE_OPTIONS.intervalMs,
    logQueueOctets: DEFAULT_FILE_OPTIONS.queueOctets,
    logLevel: undefined,
    access: {},
  };
}

/** How the files of these settings are written. */
export function fileOptionsOf(settings: LogSettings): FileOptions {
  const { days = DEFAULT_FILE_OPTIONS.keepDays, files = DEFAULT_FILE_OPTIONS.keepFiles } =
    settings.logKeep;
  return Object.freeze({
    sizeOctets: settings.logSize,
    keepDays: days,
    keepFiles: files,
    gzip: settings.logGzip,
    intervalMs: settings.logIntervalMs,
    queueOctets: settings.logQueueOctets,
  });
}

const LEVELS = [...RECORD_LEVELS, "silent"] as const;
const FORMATS = ["json", "common", "combined"] as const;
const KEEP_RANGES = { days: [1, 36_500], files: [1, 1_000_000] } as const;

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

function checkFormat(option: string, value: unknown, or = ""): AccessFormat {
  if (FORMATS.includes(value as AccessFormat)) return value as AccessFormat;
  throw new RangeError(
    `Cannot set option ${option}: it is ${shown(value)}, allowed is ${quoted(FORMATS)}${or}`,
  );
}

function checkAccess(value: unknown): LogSettings["access"] {
  if (value === false) return false;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { format: checkFormat("access", value, ", false or an object") };
  }
  const checked: { -readonly [K in keyof AccessOptions]: AccessOptions[K] } = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (name === "format") checked.format = checkFormat("access.format", member);
    else if (name === "query") checked.query = checkBoolean("access.query", member);
    else if (name !== "redact") throw noSuchOption(`access.${name}`, "format, query, redact");
    else if (typeof member !== "function") throw wrongType("access.redact", member, "a function");
    else checked.redact = member as (target: string) => string;
  }
  return checked;
}

export const LOG_CHECKS: {
  readonly [K in keyof LogSettings]: (value: unknown) => LogSettings[K];
} = {
  logDir: (value) => checkText("logDir", value),
  logSize: (value) => checkNumber("logSize", value, 1024, Number.MAX_SAFE_INTEGER),
  logKeep: (value) => checkMembers<LogKeep>("logKeep", value, KEEP_RANGES),
  logGzip: (value) => checkBoolean("logGzip", value),
  logIntervalMs: (value) => checkNumber("logIntervalMs", value, 1, MS_MAX),
  logQueueOctets: (value) => checkNumber("logQueueOctets", value, 1024, Number.MAX_SAFE_INTEGER),
  logLevel(value) {
    if (LEVELS.includes(value as LogLevel)) return value as LogLevel;
    throw new RangeError(
      `Cannot set option logLevel: it is ${shown(value)}, allowed is ${quoted(LEVELS)}`,
    );
  },
  access: checkAccess,
};
