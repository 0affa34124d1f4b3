// What a server logs with, from its settings: the logger for records, the access log, and the directory behind both.

import { AccessLog, type Shown, shownBy } from "./access-log.ts";
import { LogDirectory } from "./log-directory.ts";
import { fileOptionsOf } from "./log-settings.ts";
import { consoleLogger, type Logger } from "./logger.ts";
import type { Settings } from "./options.ts";
import { directoryLogger, levelOfEnvironment, stdoutLogger } from "./record-log.ts";

export interface ServerLogs {
  readonly logger: Logger;
  readonly access: AccessLog | undefined;
  readonly directory: LogDirectory | undefined;
  /** What records show of a target. */
  readonly shown: Shown;
}

/** For a server that has not been started: there is nothing to log. */
export function noLogs(): ServerLogs {
  return {
    logger: consoleLogger("silent"),
    access: undefined,
    directory: undefined,
    shown: undefined,
  };
}

/** Throws `RangeError` when another server of the process writes to the same directory in another way. */
export function openLogs(settings: Settings): ServerLogs {
  const { logDir, access, clock } = settings;
  const shown = access === false ? undefined : shownBy(access);
  const level = settings.logLevel ?? levelOfEnvironment();
  if (logDir === undefined) {
    return {
      logger: settings.logger ?? stdoutLogger(level),
      access: undefined,
      directory: undefined,
      shown,
    };
  }
  const directory = LogDirectory.use(logDir, fileOptionsOf(settings), { clock });
  return {
    logger: settings.logger ?? directoryLogger(directory, level, () => clock.date()),
    access: access === false ? undefined : new AccessLog(directory, access),
    directory,
    shown,
  };
}
