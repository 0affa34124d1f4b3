// Where application records go when the user gives no logger: through pino into the files of a log directory, to stdout
// as JSON lines, or as plain lines to a terminal.

import { type DestinationStream, destination, type LoggerOptions, pino, symbols } from "pino";
import type { LogDirectory } from "./log-directory.ts";
import { RECORD_LEVELS, type RecordLevel } from "./log-options.ts";
import { consoleLogger, type Logger, type LogLevel } from "./logger.ts";

/** Octets of records that wait for stdout; more are dropped. */
const STDOUT_QUEUE_OCTETS = 16 * 2 ** 20;

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

let stdout: DestinationStream | undefined;

/** One for all servers of the process, made when it is needed. */
function stdoutStream(): DestinationStream {
  if (stdout === undefined) {
    const made = destination({ dest: 1, sync: false, maxLength: STDOUT_QUEUE_OCTETS });
    // Whoever read stdout has gone, or its disk is full: no reason to end.
    made.on("error", () => {});
    stdout = made;
  }
  return stdout;
}

/** Records to stdout: a plain line each at a terminal, else JSON. */
export function stdoutLogger(level: LogLevel): Logger {
  if (process.stdout.isTTY) return consoleLogger(level);
  return pino(optionsOf(level, Date.now), stdoutStream()) as unknown as Logger;
}
