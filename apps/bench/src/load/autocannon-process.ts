// The process of autocannon.ts: makes the load its first argument asks for and prints what it saw as one line of JSON.
// Latencies are kept one by one: autocannon's own histogram counts whole milliseconds.

import autocannon from "autocannon";
import { requestContent } from "../request-octets.ts";
import { quantile } from "../statistics.ts";
import type { LoadFigures, LoadPlan } from "./load.ts";

const plan: LoadPlan = JSON.parse(process.argv[2] ?? "{}");
const { host, port, request, connections, pipelined, closes, seconds } = plan;
const content = requestContent(request);

const latenciesMs: number[] = [];
let others = 0;
const cpu = process.cpuUsage();
const startMs = performance.now();
const options: autocannon.Options = {
  url: `http://${host}:${port}${request.path}`,
  method: request.method,
  connections,
  pipelining: pipelined,
  duration: seconds,
  headers: {
    ...Object.fromEntries(request.fields ?? []),
    ...(content === undefined ? {} : { "content-type": "application/octet-stream" }),
    ...(closes ? { connection: "close" } : {}),
  },
  ...(content === undefined ? {} : { body: content }),
};
const { errors, timeouts } = await new Promise<autocannon.Result>((resolve, reject) => {
  const instance = autocannon(options, (error, result) => {
    if (error) reject(error);
    else resolve(result);
  });
  instance.on("response", (_client, status, _octets, latencyMs) => {
    if (status >= 200 && status < 300) latenciesMs.push(latencyMs);
    else others++;
  });
});
const { user, system } = process.cpuUsage(cpu);
const elapsedMs = performance.now() - startMs;
const failed = errors + timeouts + others;
const figures: LoadFigures = {
  requests: latenciesMs.length,
  requestsPerSecond: (latenciesMs.length * 1000) / elapsedMs,
  p50Ms: quantile(latenciesMs, 0.5),
  p99Ms: quantile(latenciesMs, 0.99),
  p999Ms: quantile(latenciesMs, 0.999),
  errors: failed,
  errorText: failed === 0 ? "" : `errors ${errors}, timeouts ${timeouts}, other statuses ${others}`,
  loadShare: (user + system) / 1000 / elapsedMs,
};
console.log(JSON.stringify(figures));
