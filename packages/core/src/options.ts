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
import { consoleLogger, type Logger } from "./logger.ts";
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
  readonly logger?: Logger;
  /** Replaces the clock, for tests. */
  readonly clock?: Clock;
  /** Replaces `Math.random` for the jitter of connection bounds, for tests. Gives numbers in [0, 1). */
  readonly random?: () => number;
}

/** The checked record behind the setters. */
export interface Settings {
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
  logger: Logger;
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
    logger: consoleLogger(),
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
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}

function wrongType(option: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`Cannot set option ${option}: it is ${shown(value)}, allowed is ${allowed}`);
}

function noSuchOption(option: string, allowed: string): RangeError {
  return new RangeError(
    `Cannot set option ${option}: there is no such option, allowed are ${allowed}`,
  );
}

function checkNumber(option: string, value: unknown, min: number, max: number, or = ""): number {
  const allowed = `${or}a whole number from ${min} to ${max}`;
  if (typeof value !== "number") throw wrongType(option, value, allowed);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot set option ${option}: it is ${value}, allowed is ${allowed}`);
  }
  return value;
}

function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(option, value, "true or false");
  return value;
}

function checkText(option: string, value: unknown): string {
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw wrongType(option, value, "a string that is not empty");
  }
  return value;
}

function checkMembers<T extends object>(
  option: string,
  value: unknown,
  ranges: Readonly<Record<string, readonly [number, number]>>,
  or = "",
): Partial<T> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(option, value, `${or}an object`);
  }
  const checked: Record<string, number> = {};
  for (const [name, member] of Object.entries(value)) {
    const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined;
    if (range === undefined) {
      throw noSuchOption(`${option}.${name}`, Object.keys(ranges).join(", "));
    }
    if (member === undefined) continue;
    checked[name] = checkNumber(`${option}.${name}`, member, range[0], range[1]);
  }
  return checked as Partial<T>;
}

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

const GROUPS: readonly (keyof Settings)[] = ["limits", "deadlines", "shedding", "health"];

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
