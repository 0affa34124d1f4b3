import { describe, expect, test } from "vitest";
import { memoryLogger } from "../test/memory-server.ts";
import { manualClock } from "./clock.ts";
import { DEFAULT_DEADLINES } from "./deadlines.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import {
  defaultSettings,
  resolveDeadlines,
  resolveLimits,
  resolveShedding,
  type ServerOptions,
  setOption,
  setOptions,
} from "./options.ts";
import { Server } from "./server.ts";
import { DEFAULT_SHEDDING } from "./shedding.ts";

interface WrongOption {
  readonly option: string;
  readonly value: unknown;
  readonly error: typeof TypeError | typeof RangeError;
  /** How the message names the value, and what it says is allowed. */
  readonly shown: string;
  readonly allowed: string;
}

function wrong(
  option: string,
  value: unknown,
  error: WrongOption["error"],
  shown: string,
  allowed: string,
): WrongOption {
  return { option, value, error, shown, allowed };
}

const PORTS = "a whole number from 0 to 65535";
const MODES = "a whole number from 0 to 511";
const BACKLOGS = "a whole number from 1 to 65535";
const TEXT = "a string that is not empty";
const BOOLEAN = "true or false";
const KEEP_ALIVE = "a whole number from 1000 to 32767000";
const LOGGER = "an object with trace, debug, info, warn, error, fatal, child";
const CLOCK = "an object with now, date, schedule, cancel";

const WRONG: readonly WrongOption[] = [
  wrong("host", "", TypeError, '""', TEXT),
  wrong("host", 1, TypeError, "1", TEXT),
  wrong("host", "a\0b", TypeError, '"a\\u0000b"', TEXT),
  wrong("host", null, TypeError, "null", TEXT),
  wrong("port", -1, RangeError, "-1", PORTS),
  wrong("port", 65_536, RangeError, "65536", PORTS),
  wrong("port", 1.5, RangeError, "1.5", PORTS),
  wrong("port", Number.NaN, RangeError, "NaN", PORTS),
  wrong("port", Number.POSITIVE_INFINITY, RangeError, "Infinity", PORTS),
  wrong("port", "80", TypeError, '"80"', PORTS),
  wrong("path", "", TypeError, '""', TEXT),
  wrong("path", "/a\0", TypeError, '"/a\\u0000"', TEXT),
  wrong("pathMode", 0o1000, RangeError, "512", MODES),
  wrong("pathMode", "660", TypeError, '"660"', MODES),
  wrong("backlog", 0, RangeError, "0", BACKLOGS),
  wrong("backlog", 65_536, RangeError, "65536", BACKLOGS),
  wrong("backlog", true, TypeError, "true", BACKLOGS),
  wrong("reusePort", 1, TypeError, "1", BOOLEAN),
  wrong("tcpKeepAlive", 999, RangeError, "999", KEEP_ALIVE),
  wrong("tcpKeepAlive", 32_767_001, RangeError, "32767001", KEEP_ALIVE),
  wrong("tcpKeepAlive", true, TypeError, "true", "false"),
  wrong("behindTls", "yes", TypeError, '"yes"', BOOLEAN),
  wrong("preset", "lenient", RangeError, '"lenient"', '"default" or "strict"'),
  wrong("preset", {}, RangeError, "an object", '"default" or "strict"'),
  wrong("limits", 5, TypeError, "5", "an object"),
  wrong("limits", [], TypeError, "an array", "an object"),
  wrong("deadlines", null, TypeError, "null", "an object"),
  wrong("deadlines", "5s", TypeError, '"5s"', "an object"),
  wrong("shedding", true, TypeError, "true", "false or an object"),
  wrong("shedding", null, TypeError, "null", "false or an object"),
  wrong("shedding", [], TypeError, "an array", "false or an object"),
  wrong("health", false, TypeError, "false", "an object"),
  wrong("health", "/live", TypeError, '"/live"', "an object"),
  wrong("health", ["/live"], TypeError, "an array", "an object"),
  wrong("logDir", "", TypeError, '""', TEXT),
  wrong("logDir", 5, TypeError, "5", TEXT),
  wrong("logSize", 1023, RangeError, "1023", "a whole number from 1024 to"),
  wrong("logSize", "1m", TypeError, '"1m"', "a whole number from 1024 to"),
  wrong("logKeep", 14, TypeError, "14", "an object"),
  wrong("logGzip", "yes", TypeError, '"yes"', BOOLEAN),
  wrong("logIntervalMs", 0, RangeError, "0", "a whole number from 1 to 2147483647"),
  wrong("logQueueOctets", 1, RangeError, "1", "a whole number from 1024 to"),
  wrong("logLevel", "verbose", RangeError, '"verbose"', '"trace", "debug", "info", "warn"'),
  wrong("access", "clf", RangeError, '"clf"', '"json", "common", "combined", false or an object'),
  wrong("access", true, RangeError, "true", "false or an object"),
  wrong("logger", {}, TypeError, "an object", LOGGER),
  wrong("logger", null, TypeError, "null", LOGGER),
  wrong("logger", () => {}, TypeError, "a function", LOGGER),
  wrong("clock", { now: 1 }, TypeError, "an object", CLOCK),
  wrong("random", 4, TypeError, "4", "a function"),
];

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function setBySetter(option: string, value: unknown): unknown {
  const server = new Server() as unknown as Record<string, (value: unknown) => unknown>;
  return server[option]!(value);
}

function setByOption(option: string, value: unknown): unknown {
  return new Server(undefined, { [option]: value } as ServerOptions);
}

const WAYS = [
  ["the setter", setBySetter],
  ["the options object", setByOption],
] as const;

for (const [way, set] of WAYS) {
  describe(`${way} of Server`, () => {
    for (const { option, value, error, shown, allowed } of WRONG) {
      test(`refuses ${option} ${shown}, naming option, value and what is allowed`, () => {
        const thrown = thrownBy(() => set(option, value));
        expect(thrown).toBeInstanceOf(error);
        expect(thrown.message).toContain(`option ${option}`);
        expect(thrown.message).toContain(`it is ${shown}`);
        expect(thrown.message).toContain(allowed);
      });
    }
  });
}

describe("options", () => {
  test("have the defaults of the documentation", () => {
    const { clock, random, ...rest } = defaultSettings();
    expect(rest).toEqual({
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
      logDir: undefined,
      logSize: 104_857_600,
      logKeep: {},
      logGzip: false,
      logIntervalMs: 360,
      logQueueOctets: 16_777_216,
      logLevel: undefined,
      access: {},
    });
    expect([typeof clock.now, random]).toEqual(["function", Math.random]);
    expect(resolveLimits(defaultSettings())).toEqual({
      requestLineOctets: 8192,
      headOctets: 16_384,
      fieldOctets: 8192,
      fieldLines: 100,
      trailerOctets: 4096,
      trailerLines: 32,
      chunkLineOctets: 4096,
      chunkExcessOctets: 16_384,
      contentOctets: 1_048_576,
      connections: undefined,
      connectionsPerPeer: undefined,
      requestsPerConnection: 1000,
      handlers: undefined,
      bufferedOctets: 268_435_456,
      readAheadOctets: 65_536,
      writeSliceOctets: 65_536,
      drainOctets: 65_536,
      lingerOctets: 1_048_576,
    });
    expect(resolveDeadlines(defaultSettings())).toEqual({
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
      lingerMs: 2000,
    });
    expect(resolveShedding(defaultSettings())).toEqual({
      hurryPercent: 70,
      closePercent: 85,
      refusePercent: 95,
      hysteresisPercent: 10,
      holdMs: 1000,
      lagMs: 200,
      keepAliveMs: 5000,
      headMs: 5000,
      closesPerTick: 32,
      writeStallMs: 5000,
      receiveMs: 5000,
      admitMs: 40,
    });
  });

  test("have a setter of the same name each", () => {
    const server = new Server() as unknown as Record<string, unknown>;
    for (const option of Object.keys(defaultSettings())) {
      expect(typeof server[option]).toBe("function");
    }
  });

  test("are accepted one by one, by setter and by object alike", () => {
    const right: ServerOptions = {
      host: "::1",
      port: 0,
      path: "/run/a.sock",
      pathMode: 0o660,
      backlog: 511,
      reusePort: true,
      tcpKeepAlive: 60_000,
      behindTls: true,
      preset: "strict",
      limits: { headOctets: 1024 },
      deadlines: { headMs: 100 },
      shedding: { lagMs: 100 },
      health: { live: "/live", ready: "/ready" },
      logger: memoryLogger(),
      logDir: "./logs",
      logSize: 2048,
      logKeep: { days: 3, files: 5 },
      logGzip: true,
      logIntervalMs: 100,
      logQueueOctets: 65_536,
      logLevel: "debug",
      access: { format: "combined", query: false, redact: (target) => target },
      clock: manualClock(),
      random: () => 0,
    };
    const bySetter = defaultSettings();
    const byObject = defaultSettings();
    setOptions(byObject, right);
    for (const [option, value] of Object.entries(right)) {
      setOption(bySetter, option as keyof ServerOptions, value);
      expect(new Server()).toBeInstanceOf(Server);
      expect(setBySetter(option, value)).toBeInstanceOf(Server);
    }
    expect(bySetter).toEqual(byObject);
    expect({ ...byObject }).toEqual({ ...right } as never);
    expect(defaultSettings().tcpKeepAlive).toBe(false);
    setOption(byObject, "tcpKeepAlive", false);
    expect(byObject.tcpKeepAlive).toBe(false);
  });

  test("with an unknown name are refused, naming those there are", () => {
    for (const name of ["hots", "constructor", "__proto_", "toString"]) {
      const thrown = thrownBy(() => setByOption(name, 1));
      expect(thrown).toBeInstanceOf(RangeError);
      expect(thrown.message).toContain(`option ${name}`);
      expect(thrown.message).toContain("host, port, path");
    }
  });

  test.each([null, 5, "port"] as const)("given as %s are refused", (options) => {
    expect(() => new Server(undefined, options as never)).toThrow(TypeError);
  });

  test("left undefined keep their defaults", () => {
    const settings = defaultSettings();
    setOptions(settings, {
      port: undefined,
      limits: { headOctets: undefined },
    } as unknown as ServerOptions);
    expect(settings.port).toBe(60_000);
    expect(resolveLimits(settings).headOctets).toBe(16_384);
  });

  test("that are refused write nothing", () => {
    const settings = defaultSettings();
    expect(() => setOption(settings, "port", 70_000)).toThrow(RangeError);
    expect(() => setOption(settings, "limits", { headOctets: 64, fieldLines: 0 })).toThrow(
      RangeError,
    );
    expect(settings.port).toBe(60_000);
    expect(settings.limits).toEqual({});
  });

  test.each([
    ["limits", { headOctets: 1024, fieldLines: 5 }, { fieldLines: 6 }],
    ["deadlines", { headMs: 1024, lingerMs: 5 }, { lingerMs: 6 }],
    ["shedding", { holdMs: 1024, admitMs: 5 }, { admitMs: 6 }],
    ["health", { live: "/a", ready: "/b" }, { ready: "/c" }],
    ["logKeep", { days: 3, files: 5 }, { files: 6 }],
    ["access", { query: false, format: "common" }, { format: "combined" }],
  ] as const)("%s named in two calls add up, the later value wins", (group, first, second) => {
    const settings = defaultSettings();
    setOption(settings, group, first);
    setOption(settings, group, second);
    expect(settings[group]).toEqual({ ...first, ...second });
  });

  test("shedding set to false sheds nothing, and named again begins from the defaults", () => {
    const settings = defaultSettings();
    setOption(settings, "shedding", { lagMs: 100 });
    setOption(settings, "shedding", false);
    expect([settings.shedding, resolveShedding(settings)]).toEqual([false, undefined]);
    setOption(settings, "shedding", { holdMs: 7 });
    expect(resolveShedding(settings)).toEqual({ ...DEFAULT_SHEDDING, holdMs: 7 });
  });

  test("do not follow later changes of the object they came in", () => {
    const limits = { headOctets: 1024 };
    const settings = defaultSettings();
    setOptions(settings, { limits });
    limits.headOctets = 1;
    expect(settings.limits.headOctets).toBe(1024);
  });
});

describe("preset", () => {
  const STRICT_LIMITS = {
    requestLineOctets: 4096,
    headOctets: 8192,
    fieldOctets: 4096,
    fieldLines: 50,
    trailerOctets: 2048,
    chunkLineOctets: 2048,
    chunkExcessOctets: 8192,
    contentOctets: 524_288,
    requestsPerConnection: 100,
  };
  const STRICT_DEADLINES = {
    firstOctetMs: 5000,
    headMs: 5000,
    keepAliveMs: 5000,
    connectionAgeMs: 300_000,
  };

  test("strict changes what the documentation lists, and nothing else", () => {
    const settings = defaultSettings();
    setOption(settings, "preset", "strict");
    expect(resolveLimits(settings)).toEqual({ ...DEFAULT_LIMITS, ...STRICT_LIMITS });
    expect(resolveDeadlines(settings)).toEqual({ ...DEFAULT_DEADLINES, ...STRICT_DEADLINES });
  });

  test("gives way to single values, whichever was set first", () => {
    for (const order of [
      ["preset", "limits", "deadlines"],
      ["limits", "deadlines", "preset"],
    ] as const) {
      const values = {
        preset: "strict",
        limits: { headOctets: 20_000 },
        deadlines: { headMs: 7 },
      } as const;
      const settings = defaultSettings();
      for (const option of order) setOption(settings, option, values[option]);
      expect(resolveLimits(settings)).toEqual({
        ...DEFAULT_LIMITS,
        ...STRICT_LIMITS,
        headOctets: 20_000,
      });
      expect(resolveDeadlines(settings).headMs).toBe(7);
      expect(resolveDeadlines(settings).firstOctetMs).toBe(5000);
    }
  });

  test("default takes strict back", () => {
    const settings = defaultSettings();
    setOption(settings, "preset", "strict");
    setOption(settings, "preset", "default");
    expect(resolveLimits(settings)).toEqual(DEFAULT_LIMITS);
  });
});

describe("limits, deadlines and shedding in force", () => {
  test.each([
    ["DEFAULT_LIMITS", DEFAULT_LIMITS],
    ["DEFAULT_DEADLINES", DEFAULT_DEADLINES],
    ["resolved limits", resolveLimits(defaultSettings())],
    ["resolved deadlines", resolveDeadlines(defaultSettings())],
    ["DEFAULT_SHEDDING", DEFAULT_SHEDDING],
    ["resolved shedding", resolveShedding(defaultSettings())],
  ] as const)("%s are frozen", (_, values) => {
    expect(Object.isFrozen(values)).toBe(true);
  });
});
