// The server's options: names, defaults, presets and their checks. Fluent setters and the options object write the same
// record. Checks name the option, the value and what is allowed.

import { type Clock, systemClock } from "./clock.ts";
import {
  DEADLINE_RANGES,
  DEFAULT_DEADLINES,
  type Deadlines,
  STRICT_DEADLINES,
} from "./deadlines.ts";
import type { HealthPaths } from "./health.ts";
import { DEFAULT_LIMITS, LIMIT_RANGES, type Limits, STRICT_LIMITS } from "./limits.ts";
import type { AccessFormat, AccessOptions, LogKeep } from "./log-options.ts";
import { defaultLogSettings, LOG_CHECKS, type LogSettings } from "./log-settings.ts";
import type { Logger, LogLevel } from "./logger.ts";
import {
  checkBoolean,
  checkMembers,
  checkNumber,
  checkText,
  noSuchOption,
  shown,
  wrongType,
} from "./option-checks.ts";
import { DEFAULT_SHEDDING, SHEDDING_RANGES, type Shedding } from "./shedding.ts";

export type Preset = "default" | "strict";

/** What `new Server(adapter, options)` takes; every name is also a setter of `Server`. */
export interface ServerOptions {
  /** Host name or IP address to listen on; default `127.0.0.1`: a server is opened to the world on purpose. */
  readonly host?: string;
  /** TCP port, 0 to 65535; 0 asks for any free one. Default 60000. */
  readonly port?: number;
  /** Listens on this unix socket path instead of host and port. */
  readonly path?: string;
  /** Permission bits of the unix socket, 0 to 0o777. */
  readonly pathMode?: number;
  /** Length of the queue of connections not yet accepted; what is possible depends on the adapter. */
  readonly backlog?: number;
  /** Lets several processes share the port (SO_REUSEPORT) where the adapter can. */
  readonly reusePort?: boolean;
  /** Idle ms before the first TCP keep-alive probe, or false for none (default). */
  readonly tcpKeepAlive?: number | false;
  /** The listener is behind a TLS gateway: absolute-form targets with `https` are its own. Default false: 421. */
  readonly behindTls?: boolean;
  /** Starting values of limits and deadlines; single values beside it win. */
  readonly preset?: Preset;
  readonly limits?: Partial<Limits>;
  readonly deadlines?: Partial<Deadlines>;
  /** What is shed under pressure; `false` for nothing. */
  readonly shedding?: Partial<Shedding> | false;
  /** Paths the server answers itself, for whoever watches it; default none. */
  readonly health?: HealthPaths;
  /** Where application records go; default: the files of `logDir`, else stdout. */
  readonly logger?: Logger;
  /** Directory of log files; default none. Made on first use. */
  readonly logDir?: string;
  /** Octets after which a log file is followed by the next; default 100 MiB. */
  readonly logSize?: number;
  /** How long log files are kept; default 14 days. */
  readonly logKeep?: LogKeep;
  /** Compresses log files that are full or of an earlier day; default false. */
  readonly logGzip?: boolean;
  /** How long a line waits for others to be written with at most, in ms; default 360. */
  readonly logIntervalMs?: number;
  /** Octets of each level that wait to be written at most; default 16 MiB. Lines beyond are dropped and counted. */
  readonly logQueueOctets?: number;
  /** The mildest level that is logged; default what LOG_LEVEL names, else `info`. */
  readonly logLevel?: LogLevel;
  /** The shape of access lines, in `logDir`; default `json`, `false` for none. */
  readonly access?: AccessFormat | AccessOptions | false;
  /** Replaces the clock, for tests. */
  readonly clock?: Clock;
  /** Replaces `Math.random` for the jitter of connection bounds, for tests. Gives numbers in [0, 1). */
  readonly random?: () => number;
}

/** The checked record behind the setters. */
export interface Settings extends LogSettings {
  host: string;
  port: number;
  path: string | undefined;
  pathMode: number | undefined;
  backlog: number | undefined;
  reusePort: boolean;
  tcpKeepAlive: number | false;
  behindTls: boolean;
  preset: Preset;
  limits: Partial<Limits>;
  deadlines: Partial<Deadlines>;
  shedding: Partial<Shedding> | false;
  health: HealthPaths;
  logger: Logger | undefined;
  clock: Clock;
  random: () => number;
}

export function defaultSettings(): Settings {
  return {
    host: "127.0.0.1",
    port: 60_000,
    path: undefined,
    pathMode: undefined,
    backlog: undefined,
    reusePort: false,
    tcpKeepAlive: false,
    behindTls: false,
    preset: "default",
    limits: {},
    deadlines: {},
    shedding: {},
    health: {},
    logger: undefined,
    ...defaultLogSettings(),
    clock: systemClock,
    random: Math.random,
  };
}

/** The limits in force: defaults, then the preset's, then single values. */
export function resolveLimits(settings: Settings): Limits {
  const preset = settings.preset === "strict" ? STRICT_LIMITS : {};
  return Object.freeze({ ...DEFAULT_LIMITS, ...preset, ...settings.limits });
}

/** The deadlines in force: defaults, then the preset's, then single values. */
export function resolveDeadlines(settings: Settings): Deadlines {
  const preset = settings.preset === "strict" ? STRICT_DEADLINES : {};
  return Object.freeze({ ...DEFAULT_DEADLINES, ...preset, ...settings.deadlines });
}

/** The thresholds in force, or `undefined` when nothing is ever shed. */
export function resolveShedding(settings: Settings): Shedding | undefined {
  if (settings.shedding === false) return undefined;
  return Object.freeze({ ...DEFAULT_SHEDDING, ...settings.shedding });
}

/** Linux keeps TCP_KEEPIDLE in seconds, at most 32767. */
const TCP_KEEP_ALIVE_MS_MAX = 32_767_000;
/** A path as a request-target has it: it is compared with `ctx.request.path`, which is not decoded. */
const HEALTH_PATH = /^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/;

function checkHealth(value: unknown): HealthPaths {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType("health", value, "an object");
  }
  const checked: Record<string, string> = {};
  for (const [name, path] of Object.entries(value)) {
    if (name !== "live" && name !== "ready") throw noSuchOption(`health.${name}`, "live, ready");
    if (path === undefined) continue;
    if (typeof path !== "string" || !HEALTH_PATH.test(path)) {
      throw wrongType(`health.${name}`, path, "a path that begins with / and has no query");
    }
    checked[name] = path;
  }
  return checked;
}

function checkDifferent({ live, ready }: HealthPaths): void {
  if (live === undefined || live !== ready) return;
  throw new RangeError(
    `Cannot set option health: live and ready are both ${shown(live)}, allowed are two different paths`,
  );
}

/** A level that begins below the one before it, or never ends, is no ladder. */
function checkLadder(own: Partial<Shedding> | false): void {
  if (own === false) return;
  const shedding: Shedding = { ...DEFAULT_SHEDDING, ...own };
  const { hurryPercent, closePercent, refusePercent, hysteresisPercent } = shedding;
  const check = (name: keyof Shedding, isRight: boolean, allowed: string) => {
    if (isRight) return;
    throw new RangeError(
      `Cannot set option shedding.${name}: it is ${shedding[name]}, allowed is ${allowed}`,
    );
  };
  check("closePercent", closePercent >= hurryPercent, `hurryPercent (${hurryPercent}) or more`);
  check("refusePercent", refusePercent >= closePercent, `closePercent (${closePercent}) or more`);
  const least = Math.min(hurryPercent, 100);
  check("hysteresisPercent", hysteresisPercent < least, `less than hurryPercent (${hurryPercent})`);
}

const LOG_CALLS = ["trace", "debug", "info", "warn", "error", "fatal", "child"] as const;

const CHECKS: { readonly [K in keyof Settings]: (value: unknown) => Settings[K] } = {
  ...LOG_CHECKS,
  host: (value) => checkText("host", value),
  port: (value) => checkNumber("port", value, 0, 65_535),
  path: (value) => checkText("path", value),
  pathMode: (value) => checkNumber("pathMode", value, 0, 0o777),
  backlog: (value) => checkNumber("backlog", value, 1, 65_535),
  reusePort: (value) => checkBoolean("reusePort", value),
  tcpKeepAlive: (value) =>
    value === false
      ? false
      : checkNumber("tcpKeepAlive", value, 1000, TCP_KEEP_ALIVE_MS_MAX, "false or "),
  behindTls: (value) => checkBoolean("behindTls", value),
  preset(value) {
    if (value === "default" || value === "strict") return value;
    throw new RangeError(
      `Cannot set option preset: it is ${shown(value)}, allowed is "default" or "strict"`,
    );
  },
  limits: (value) => checkMembers<Limits>("limits", value, LIMIT_RANGES),
  deadlines: (value) => checkMembers<Deadlines>("deadlines", value, DEADLINE_RANGES),
  shedding: (value) =>
    value === false
      ? false
      : checkMembers<Shedding>("shedding", value, SHEDDING_RANGES, "false or "),
  health: checkHealth,
  logger(value) {
    const logger = value as Partial<Record<string, unknown>> | null;
    if (typeof logger === "object" && logger !== null) {
      if (LOG_CALLS.every((call) => typeof logger[call] === "function")) {
        return value as Logger;
      }
    }
    throw wrongType("logger", value, `an object with ${LOG_CALLS.join(", ")}`);
  },
  clock(value) {
    const clock = value as Partial<Record<string, unknown>> | null;
    const calls = ["now", "date", "schedule", "cancel"];
    if (typeof clock === "object" && clock !== null) {
      if (calls.every((call) => typeof clock[call] === "function")) return value as Clock;
    }
    throw wrongType("clock", value, `an object with ${calls.join(", ")}`);
  },
  random(value) {
    if (typeof value !== "function") throw wrongType("random", value, "a function");
    return value as () => number;
  },
};

const GROUPS: readonly (keyof Settings)[] = [
  "limits",
  "deadlines",
  "shedding",
  "health",
  "logKeep",
  "access",
];

/** Checks one option and writes it. Throws `RangeError` or `TypeError` and writes nothing when it is not allowed. */
export function setOption<K extends keyof Settings>(
  settings: Settings,
  option: K,
  value: unknown,
): void {
  const checked = CHECKS[option](value);
  const before = settings[option];
  // Members of a group are set one by one: those not named keep their value.
  const isGroup = GROUPS.includes(option) && checked !== (false as unknown);
  const merged = isGroup ? Object.assign({}, before, checked) : checked;
  if (option === "health") checkDifferent(merged as HealthPaths);
  if (option === "shedding") checkLadder(merged as Settings["shedding"]);
  settings[option] = merged;
}

/** Checks and writes every option given; an unknown name is a `RangeError`. */
export function setOptions(settings: Settings, options: ServerOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot read the server's options: they are ${shown(options)}, allowed is an object`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) {
      throw noSuchOption(name, Object.keys(CHECKS).join(", "));
    }
    if (value !== undefined) setOption(settings, name as keyof Settings, value);
  }
}
