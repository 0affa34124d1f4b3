// Load by ab: a connection for each request, without content. It speaks HTTP/1.0.

import type { LoadFigures, LoadPlan, LoadTool } from "./load.ts";
import { measuredRun } from "./measured-run.ts";
import { printedVersion } from "./printed-version.ts";

export const AB: LoadTool = {
  name: "ab",
  debianPackage: "apache2-utils",
  version: () => printedVersion(["ab", "-V"], /Version (\d[\d.]*)/),
  run,
};

async function run(plan: LoadPlan): Promise<LoadFigures> {
  const { host, port, connections, seconds, pin, request } = plan;
  // The time ends it; the count behind it lifts the limit of 50000 requests that comes with it.
  const load = `ab -q -r -c ${connections} -t ${seconds} -n 10000000`.split(" ");
  const fields = (request.fields ?? []).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const url = `http://${host}:${port}${request.path}`;
  const { output, share } = await measuredRun([...pin, ...load, ...fields, url]);
  const figure = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const errors = output.match(/^(Failed requests: +[1-9]|Non-2xx|Write errors: +[1-9]).*$/gm) ?? [];
  return {
    requests: figure(/^Complete requests: +(\d+)$/m),
    requestsPerSecond: figure(/^Requests per second: +([\d.]+)/m),
    p50Ms: figure(/^ +50% +(\d+)$/m),
    p99Ms: figure(/^ +99% +(\d+)$/m),
    p999Ms: Number.NaN,
    errors: errors.reduce((sum, line) => sum + Number(/(\d+)$/.exec(line)?.[1] ?? 1), 0),
    errorText: errors.map((line) => line.trim().replace(/ +/g, " ")).join("; "),
    loadShare: share,
  };
}
