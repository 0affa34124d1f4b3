// Where application records go when the user gives no logger: through pino into the files of a log directory, to stdout
// as JSON lines, or as plain lines to a terminal.

import { type DestinationStream, type LoggerOptions, pino, symbols } from "pino";
import type { LogDirectory } from "./log-directory.ts";
import { RECORD_LEVELS, type RecordLevel } from "./log-options.ts";
import { consoleLogger, type Logger, type LogLevel } from "./logger.ts";
import { StdoutLines } from "./stdout-lines.ts";

/** The level that LOG_LEVEL names, `info` when it names none. */
export function levelOfEnvironment(): LogLevel {
  const named = process.env["LOG_LEVEL"]?.toLowerCase();
  return [...RECORD_LEVELS, "silent"].includes(named as LogLevel) ? (named as LogLevel) : "info";
}

function optionsOf(level: LogLevel, dateMs: () => number): LoggerOptions {
  return {
    level,
    timestamp: () => `,"time":"${new Date(dateMs()).toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  };
}

/** pino's numbers, by level. */
const LEVEL_OF = new Map<number, RecordLevel>(
  RECORD_LEVELS.map((level, at) => [(at + 1) * 10, level]),
);

/** Records to the files of their own level. `dateMs` tells the time. */
export function directoryLogger(
  directory: LogDirectory,
  level: LogLevel,
  dateMs: () => number,
): Logger {
  const stream: DestinationStream & { lastLevel: number } = {
    lastLevel: 0,
    write(line) {
      const own = LEVEL_OF.get(this.lastLevel) ?? "info";
      directory.append(own, line, Buffer.byteLength(line), dateMs());
    },
  };
  // pino tells the level of a record to who asks for it in this way (pino.symbols.needsMetadataGsym).
  Object.assign(stream, { [symbols.needsMetadataGsym]: true });
  return pino(optionsOf(level, dateMs), stream) as unknown as Logger;
}

/** One for all servers of the process. */
const stdout = new StdoutLines();

/** Records to stdout: a plain line each at a terminal, else JSON. */
export function stdoutLogger(level: LogLevel): Logger {
  if (process.stdout.isTTY) return consoleLogger(level);
  return pino(optionsOf(level, Date.now), stdout) as unknown as Logger;
}
