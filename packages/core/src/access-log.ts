// Writes a line for each request that has ended. What lines and records show of a target is the options' to say.

import { type AccessEntry, accessLine } from "./access-line.ts";
import type { LogDirectory } from "./log-directory.ts";
import type { AccessOptions } from "./log-options.ts";

/** What is shown of a target, or of a Referer; `undefined` for all of it. */
export type Shown = ((target: string) => string) | undefined;

/** Lines are made so many at a time: what they need is at hand then, and the memory of their requests is not held long. */
const ENTRIES_MAX = 256;

export class AccessLog {
  readonly #directory: LogDirectory;
  readonly #line: (entry: AccessEntry) => string;
  readonly #shown: Shown;
  #entries: AccessEntry[] = [];

  constructor(directory: LogDirectory, options: AccessOptions) {
    this.#directory = directory;
    this.#line = accessLine(options.format ?? "json");
    this.#shown = shownBy(options);
    directory.addSource(this);
  }

  /** The entry must not change any more. */
  write(entry: AccessEntry): void {
    const entries = this.#entries;
    entries.push(entry);
    if (entries.length >= ENTRIES_MAX) this.collect();
    else if (entries.length === 1) this.#directory.expect(this);
  }

  /** Makes the lines of what has come, and hands them to the directory. */
  collect(): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) {
      const line = this.#line(this.#shown === undefined ? entry : redacted(entry, this.#shown));
      this.#directory.append("access", line, line.length, entry.dateMs);
    }
  }

  /** No more will come. */
  close(): void {
    this.collect();
    this.#directory.removeSource(this);
  }
}

function redacted(entry: AccessEntry, shown: (target: string) => string): AccessEntry {
  const { dateMs, requestId, remoteAddress, method, version, status } = entry;
  const { octetsIn, octetsOut, firstOctetUs, totalUs, userAgent, outcome } = entry;
  return {
    ...{ dateMs, requestId, remoteAddress, method, version, status },
    ...{ octetsIn, octetsOut, firstOctetUs, totalUs, userAgent, outcome },
    target: shown(entry.target),
    referer: entry.referer && shown(entry.referer),
  };
}

/** How these options show a target. One that cannot be redacted is shown as `-`. */
export function shownBy({ query = true, redact }: AccessOptions): Shown {
  if (redact === undefined) return query ? undefined : withoutQuery;
  return (target) => {
    try {
      return String(redact(query ? target : withoutQuery(target)));
    } catch {
      return "-";
    }
  };
}

function withoutQuery(target: string): string {
  const at = target.indexOf("?");
  return at < 0 ? target : target.slice(0, at);
}
