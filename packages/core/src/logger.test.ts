import { describe, expect, test } from "vitest";
import { consoleLogger, escapeControls, type LogLevel } from "./logger.ts";

interface Lines {
  readonly out: string[];
  readonly error: string[];
}

function logTo(level?: LogLevel): { lines: Lines; log: ReturnType<typeof consoleLogger> } {
  const lines: Lines = { out: [], error: [] };
  const sink = {
    out: (line: string) => void lines.out.push(line),
    error: (line: string) => void lines.error.push(line),
  };
  return { lines, log: consoleLogger(level, sink) };
}

/** The line behind its time, which is an ISO date. */
function behindTime(line: string | undefined): string {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.*)$/.exec(line ?? "");
  if (found === null) throw new Error(`no time in ${line}`);
  return found[2]!;
}

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

describe("consoleLogger", () => {
  test("writes time, level, message and fields on one line", () => {
    const { lines, log } = logTo();
    log.info("started");
    log.warn(
      { port: 80, host: "::1", note: "a b", ok: true, none: null, gone: undefined },
      "bound",
    );
    log.info({ path: "/a/b.c" });
    expect(lines.out.map(behindTime)).toEqual([
      "info started",
      'warn bound port=80 host=::1 note="a b" ok=true none=null gone=undefined',
      "info  path=/a/b.c",
    ]);
  });

  test("writes error and fatal to the error sink, all else to the other", () => {
    const { lines, log } = logTo("trace");
    for (const level of LEVELS) log[level](level);
    expect(lines.out.map(behindTime)).toEqual(LEVELS.slice(0, 4).map((l) => `${l} ${l}`));
    expect(lines.error.map(behindTime)).toEqual(["error error", "fatal fatal"]);
  });

  test.each([
    ["trace", 6],
    ["debug", 5],
    ["info", 4],
    ["warn", 3],
    ["error", 2],
    ["fatal", 1],
    ["silent", 0],
  ] as const)("of level %s writes %s of the six", (level, count) => {
    const { lines, log } = logTo(level);
    for (const each of LEVELS) log[each]("a");
    expect(lines.out.length + lines.error.length).toBe(count);
  });

  test("is of level info by default and follows a level set later", () => {
    const { lines, log } = logTo();
    log.debug("a");
    log.level = "debug";
    log.debug("b");
    expect(lines.out.map(behindTime)).toEqual(["debug b"]);
  });

  test("of a child has the parent's level and bindings, its own before the record's", () => {
    const { lines, log } = logTo("warn");
    const child = log.child({ id: 1, name: "a" }).child({ name: "b" });
    child.info("dropped");
    child.warn({ id: 2 }, "kept");
    expect(lines.out.map(behindTime)).toEqual(["warn kept id=2 name=b"]);
  });

  test("writes one line per record whatever is in it", () => {
    const { lines, log } = logTo();
    const evil = "a\r\nb\n\v\f\u0085\u2028\u2029\0\x1b[31mred\x7f\x9b";
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const throwing = {
      toJSON() {
        throw new Error("no");
      },
    };
    log.info(evil);
    log.info({ evil }, "a");
    log.info({ [evil]: 1 }, "a");
    log.info({ err: new Error(evil) }, "a");
    log.info({ nested: { evil } }, "a");
    log.info({ circle, throwing, n: 5n, s: Symbol(evil), f: () => evil, big: { n: 5n } }, "a");
    expect(lines.out.length).toBe(6);
    for (const line of lines.out) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    }
    expect(lines.out[5]).toContain("circle=[unserializable]");
  });

  test("shows an Error with its stack", () => {
    const { lines, log } = logTo();
    log.error({ err: new TypeError("wrong") }, "handler threw");
    expect(lines.error[0]).toContain("TypeError: wrong");
    expect(lines.error[0]).toContain("logger.test.ts");
  });
});

describe("escapeControls", () => {
  test("replaces C0, DEL, C1 and line separators, and nothing else", () => {
    for (let code = 0; code <= 0x2030; code++) {
      const char = String.fromCharCode(code);
      const isControl =
        code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029;
      const hex = code.toString(16);
      const escaped = code < 256 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
      expect(escapeControls(`<${char}>`)).toBe(`<${isControl ? escaped : char}>`);
    }
  });
});
