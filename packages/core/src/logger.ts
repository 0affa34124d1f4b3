// Logging as core sees it: an interface of pino's shape, and one plain logger that writes a line per record to the console.

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
export type LogFields = Readonly<Record<string, unknown>>;

/** One level's call: `log.info("text")` or `log.info({ field: value }, "text")`. */
export interface LogCall {
  (message: string): void;
  (fields: LogFields, message?: string): void;
}

/** pino's shape, so that a pino logger can be given as it is. */
export interface Logger {
  level: string;
  trace: LogCall;
  debug: LogCall;
  info: LogCall;
  warn: LogCall;
  error: LogCall;
  fatal: LogCall;
  child(bindings: LogFields): Logger;
}

const SEVERITY: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/** Writes `text` so that it stays on its line: control characters and line separators become `\xNN` or `\uNNNN`. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (char) => {
    const code = char.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) return JSON.stringify(value.stack ?? String(value));
  if (typeof value === "object" && value !== null) {
    try {
      return JSON.stringify(value);
    } catch {
      return "[unserializable]";
    }
  }
  return String(value);
}

/** Where a finished line goes. `console.log` and `console.error` by default. */
export interface LineSink {
  out(line: string): void;
  error(line: string): void;
}

const consoleSink: LineSink = {
  out: (line) => console.log(line),
  error: (line) => console.error(line),
};

/**
 * One plain line per record: time, level, message, `name=value` pairs. Levels `error` and `fatal` go to stderr. Control
 * characters are escaped, so one record never makes two lines.
 */
export function consoleLogger(level: LogLevel = "info", sink: LineSink = consoleSink): Logger {
  return new ConsoleLogger(level, sink, {});
}

class ConsoleLogger implements Logger {
  level: string;
  readonly trace: LogCall;
  readonly debug: LogCall;
  readonly info: LogCall;
  readonly warn: LogCall;
  readonly error: LogCall;
  readonly fatal: LogCall;
  readonly #sink: LineSink;
  readonly #bindings: LogFields;

  constructor(level: string, sink: LineSink, bindings: LogFields) {
    this.level = level;
    this.#sink = sink;
    this.#bindings = bindings;
    this.trace = this.#call("trace");
    this.debug = this.#call("debug");
    this.info = this.#call("info");
    this.warn = this.#call("warn");
    this.error = this.#call("error");
    this.fatal = this.#call("fatal");
  }

  child(bindings: LogFields): Logger {
    return new ConsoleLogger(this.level, this.#sink, { ...this.#bindings, ...bindings });
  }

  #call(level: string): LogCall {
    return (first: LogFields | string, message?: string) => {
      if (SEVERITY[level]! < (SEVERITY[this.level] ?? SEVERITY["info"]!)) return;
      const fields = typeof first === "string" ? {} : first;
      const text = typeof first === "string" ? first : (message ?? "");
      let line = `${new Date().toISOString()} ${level} ${text}`;
      for (const [name, value] of Object.entries({ ...this.#bindings, ...fields })) {
        line += ` ${name}=${fieldText(value)}`;
      }
      line = escapeControls(line);
      if (level === "error" || level === "fatal") this.#sink.error(line);
      else this.#sink.out(line);
    };
  }
}
