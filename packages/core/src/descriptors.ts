// How many descriptors this process may have open, and has, for adapters. Reads /proc where there is one.

import { readdirSync, readFileSync } from "node:fs";

let limit: number | undefined;

/** What `Adapter.descriptors` gives. The limit is read once; what cannot be told is `undefined`. Never throws. */
export function descriptors(): { limit: number | undefined; open: number | undefined } {
  limit ??= descriptorLimit();
  let open: number | undefined;
  try {
    // One of them belongs to the reading itself.
    open = readdirSync("/proc/self/fd").length - 1;
  } catch {
    // Not Linux, or no descriptor left to read it with.
  }
  return { limit, open };
}

function descriptorLimit(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    return finite(/^Max open files +(\S+)/m.exec(limits)?.[1]);
  } catch {
    return reportedLimit();
  }
}

/** Only where there is no /proc: the report costs 5 ms and looks up the names of connected peers, waiting for DNS. */
function reportedLimit(): number | undefined {
  try {
    const report = process.report.getReport() as {
      userLimits?: { open_files?: { soft?: unknown } };
    };
    return finite(report.userLimits?.open_files?.soft);
  } catch {
    return undefined;
  }
}

function finite(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
