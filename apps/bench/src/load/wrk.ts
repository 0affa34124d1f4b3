// Load by wrk: connections that are kept, any request, pipelined or not.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requestOctets } from "../request-octets.ts";
import type { LoadFigures, LoadPlan, LoadTool } from "./load.ts";
import { measuredRun } from "./measured-run.ts";
import { printedVersion } from "./printed-version.ts";

const SCRIPT = fileURLToPath(new URL("wrk.lua", import.meta.url));

export const WRK: LoadTool = {
  name: "wrk",
  debianPackage: "wrk",
  version: () => printedVersion(["wrk", "--version"], /^wrk \S*?(\d[\d.]*)/m),
  run,
};

async function run(plan: LoadPlan): Promise<LoadFigures> {
  const folder = mkdtempSync(join(tmpdir(), "bench-wrk-"));
  try {
    const file = join(folder, "request");
    writeFileSync(file, requestOctets(plan.request));
    const { host, port, connections, seconds, pin } = plan;
    const load = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s"];
    const url = `http://${host}:${port}${plan.request.path}`;
    const script = ["-s", SCRIPT, url, "--", file, `${plan.pipelined}`];
    const { output, share } = await measuredRun([...pin, ...load, ...script]);
    return readReport(output, share, plan.pipelined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** NaN for every percentile of pipelined requests. Throws an Error when wrk gave no report. */
export function readReport(output: string, loadShare: number, pipelined: number): LoadFigures {
  const line = /^\{.*\}$/m.exec(output)?.[0];
  if (line === undefined) throw new Error(`wrk gave no report: ${output}`);
  const report: Record<string, number> = JSON.parse(line);
  const of = (name: string): number => report[name] ?? Number.NaN;
  // wrk puts an answer in place of each it thinks a slow one held up. Where requests are pipelined these fall below the
  // least latency it measured, where its percentiles do not look: they come out too high, or 0.
  const percentileMs = (name: string): number => (pipelined > 1 ? Number.NaN : of(name) / 1000);
  const kinds = ["connect", "read", "write", "timeout", "status"].filter((kind) => of(kind) > 0);
  return {
    requests: of("requests"),
    requestsPerSecond: (of("requests") * 1e6) / of("durationUs"),
    p50Ms: percentileMs("p50Us"),
    p99Ms: percentileMs("p99Us"),
    p999Ms: percentileMs("p999Us"),
    errors: kinds.reduce((sum, kind) => sum + of(kind), 0),
    errorText: kinds.map((kind) => `${kind} ${of(kind)}`).join(", "),
    loadShare,
  };
}
