// Writes a line for each request that has ended. What the line shows of a target is the options' to say.

import { type AccessEntry, accessLine } from "./access-line.ts";
import type { LogDirectory } from "./log-directory.ts";
import type { AccessFormat, AccessOptions } from "./log-options.ts";

export class AccessLog {
  readonly #directory: LogDirectory;
  readonly #line: (entry: AccessEntry) => string;
  readonly #shown: ((target: string) => string) | undefined;

  constructor(directory: LogDirectory, options: AccessFormat | AccessOptions) {
    const { format = "json", query = true, redact } = named(options);
    this.#directory = directory;
    this.#line = accessLine(format);
    this.#shown = redact !== undefined ? redacted(redact, query) : query ? undefined : withoutQuery;
  }

  write(entry: AccessEntry): void {
    const { target } = entry;
    const shown = this.#shown === undefined ? entry : { ...entry, target: this.#shown(target) };
    const line = this.#line(shown);
    this.#directory.append("access", line, line.length, entry.dateMs);
  }
}

function named(options: AccessFormat | AccessOptions): AccessOptions {
  return typeof options === "string" ? { format: options } : options;
}

function withoutQuery(target: string): string {
  const at = target.indexOf("?");
  return at < 0 ? target : target.slice(0, at);
}

function redacted(redact: (target: string) => string, query: boolean): (target: string) => string {
  return (target) => {
    try {
      return String(redact(query ? target : withoutQuery(target)));
    } catch {
      // Better no target than one that should not be seen.
      return "-";
    }
  };
}
