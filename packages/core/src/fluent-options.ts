// The server's options as chained calls, one for each name of the options object. Checks nothing itself.

import type { Clock } from "./clock.ts";
import type { Deadlines } from "./deadlines.ts";
import type { HealthPaths } from "./health.ts";
import type { Limits } from "./limits.ts";
import type { AccessFormat, AccessOptions, LogKeep } from "./log-options.ts";
import type { Logger, LogLevel } from "./logger.ts";
import type { Preset, Settings } from "./options.ts";
import type { Shedding } from "./shedding.ts";

export abstract class FluentOptions {
  /** Checks and writes one option. */
  protected abstract setOption(option: keyof Settings, value: unknown): this;

  /** Host name or IP address; default `127.0.0.1`. */
  host(host: string): this {
    return this.setOption("host", host);
  }

  /** TCP port, 0 for any free one; default 60000. */
  port(port: number): this {
    return this.setOption("port", port);
  }

  /** Unix socket path, instead of host and port. */
  path(path: string): this {
    return this.setOption("path", path);
  }

  /** Permission bits of the unix socket. */
  pathMode(mode: number): this {
    return this.setOption("pathMode", mode);
  }

  /** Length of the queue of connections not yet accepted. */
  backlog(backlog: number): this {
    return this.setOption("backlog", backlog);
  }

  /** Lets several processes share the port. */
  reusePort(on = true): this {
    return this.setOption("reusePort", on);
  }

  /** Idle ms before the first TCP keep-alive probe, or false. */
  tcpKeepAlive(idleMs: number | false): this {
    return this.setOption("tcpKeepAlive", idleMs);
  }

  /** The listener is behind a TLS gateway. */
  behindTls(on = true): this {
    return this.setOption("behindTls", on);
  }

  /** Starting values of limits and deadlines. */
  preset(preset: Preset): this {
    return this.setOption("preset", preset);
  }

  /** Sizes and counts; those not named keep their value. */
  limits(limits: Partial<Limits>): this {
    return this.setOption("limits", limits);
  }

  /** Times and rates; those not named keep their value. */
  deadlines(deadlines: Partial<Deadlines>): this {
    return this.setOption("deadlines", deadlines);
  }

  /** What is shed under pressure, those not named keep their value; `false` for nothing. */
  shedding(shedding: Partial<Shedding> | false): this {
    return this.setOption("shedding", shedding);
  }

  /** Paths the server answers itself, before middleware and also under pressure. */
  health(paths: HealthPaths): this {
    return this.setOption("health", paths);
  }

  /** Where log records go; any logger of pino's shape. Access lines go to `logDir` all the same. */
  logger(logger: Logger): this {
    return this.setOption("logger", logger);
  }

  /** Directory of log files, `<dir>/<level>/<YYYY-MM-DD>/<YYYY-MM-DD>.<n>.log`; made on first use. */
  logDir(dir: string): this {
    return this.setOption("logDir", dir);
  }

  /** Octets after which a log file is followed by the next. */
  logSize(octets: number): this {
    return this.setOption("logSize", octets);
  }

  /** How long log files are kept: days, and files of each level. */
  logKeep(keep: LogKeep): this {
    return this.setOption("logKeep", keep);
  }

  /** Compresses log files that are not written to any more. */
  logGzip(on = true): this {
    return this.setOption("logGzip", on);
  }

  /** How long a line waits for others to be written with at most, in ms. */
  logIntervalMs(intervalMs: number): this {
    return this.setOption("logIntervalMs", intervalMs);
  }

  /** Octets of each level that wait to be written at most; lines beyond are dropped and counted. */
  logQueueOctets(octets: number): this {
    return this.setOption("logQueueOctets", octets);
  }

  /** The mildest level that is logged, `silent` for none. */
  logLevel(level: LogLevel): this {
    return this.setOption("logLevel", level);
  }

  /** The shape of access lines and what they show, those members not named keep their value; `false` for none. */
  access(access: AccessFormat | AccessOptions | false): this {
    return this.setOption("access", access);
  }

  /** Replaces the clock, for tests. */
  clock(clock: Clock): this {
    return this.setOption("clock", clock);
  }

  /** Replaces `Math.random` for the jitter of connection bounds, for tests. */
  random(random: () => number): this {
    return this.setOption("random", random);
  }
}
