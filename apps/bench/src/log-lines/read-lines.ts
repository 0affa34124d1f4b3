// Reads the access lines below a log directory, all days and files.

import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Lines {
  readonly ids: ReadonlySet<string>;
  /** Lines whose id another line had before. */
  readonly repeated: number;
  /** Lines that are no whole JSON object. */
  readonly torn: number;
  readonly files: number;
}

export async function readLines(dir: string): Promise<Lines> {
  const ids = new Set<string>();
  let repeated = 0;
  let torn = 0;
  let files = 0;
  const access = join(dir, "access");
  for (const day of readdirSync(access)) {
    for (const name of readdirSync(join(access, day))) {
      files++;
      const input = createReadStream(join(access, day, name), "utf8");
      for await (const line of createInterface({ input })) {
        const id = idIn(line);
        if (id === undefined) torn++;
        else if (ids.has(id)) repeated++;
        else ids.add(id);
      }
    }
  }
  return { ids, repeated, torn, files };
}

function idIn(line: string): string | undefined {
  try {
    const { requestId, target, outcome } = JSON.parse(line) as Record<string, unknown>;
    // Requests that end the server, and those of its health.
    if (target !== "/") return "last";
    return typeof outcome === "string" && typeof requestId === "string" ? requestId : undefined;
  } catch {
    return undefined;
  }
}
