// Load of our own, for what the tools cannot send: chunked content, and requests that are due at their own times.

import { requestOctets } from "../request-octets.ts";
import { quantile } from "../statistics.ts";
import type { LoadFigures, LoadPlan, LoadTool } from "./load.ts";
import { runLoop } from "./open-loop.ts";

export const OWN_LOAD: LoadTool = {
  name: "ours",
  debianPackage: "",
  version: () => "",
  run,
};

async function run(plan: LoadPlan): Promise<LoadFigures> {
  const { port, request, connections, ratePerSecond, seconds, pin } = plan;
  const isOpen = ratePerSecond !== undefined;
  const report = await runLoop({
    port,
    path: request.path,
    request: requestOctets(request).toString("latin1"),
    seconds,
    pin,
    seed: 1 + Math.floor(Math.random() * 1e9),
    ...(isOpen ? { ratePerSecond } : { connections }),
  });
  const latenciesMs = report.records
    .filter(([, , status]) => status === 200)
    .map(([, latencyMs]) => latencyMs);
  const kinds = Object.entries(report.errors);
  return {
    requests: latenciesMs.length,
    requestsPerSecond: latenciesMs.length / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    p999Ms: quantile(latenciesMs, 0.999),
    errors: kinds.reduce((sum, [, count]) => sum + count, 0),
    errorText: kinds.map(([what, count]) => `${what} ${count}`).join(", "),
    loadShare: report.cpuShare,
  };
}
