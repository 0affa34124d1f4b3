// The process of the polite clients (good-traffic.ts): connections that are kept, each with a GET due every so many ms,
// whether the one before has been answered or not. Latency counts from when a request was due. Knows no attack.

import { setPriority } from "node:os";
import { quantile } from "../src/statistics.ts";
import { GoodConnection } from "./good-connection.ts";
import type { GoodReport } from "./good-traffic.ts";

const [port = "0", connections = "1", everyMs = "25", path = "/", requestsMost = "Infinity"] =
  process.argv.slice(2);

try {
  // Beside a client that takes a whole processor this one must not be what is slow; only root may ask for it.
  setPriority(-10);
} catch {}

let latencies: number[] = [];
let errors = new Map<string, number>();
let connects = 0;
let retries = 0;
let sinceMs = performance.now();

const clients = Array.from(
  { length: Number(connections) },
  () =>
    new GoodConnection(Number(port), path, Number(requestsMost), {
      answered: (latencyMs) => latencies.push(latencyMs),
      failed: (what) => errors.set(what, (errors.get(what) ?? 0) + 1),
      connecting: () => connects++,
      retrying: () => retries++,
    }),
);

let isOn = true;
for (const [i, client] of clients.entries()) {
  // Spread over the interval, so that they do not come as one burst.
  plan(client, performance.now() + (Number(everyMs) * i) / clients.length);
}

function plan(client: GoodConnection, dueMs: number): void {
  setTimeout(
    () => {
      if (!isOn) return;
      const nowMs = performance.now();
      let nextMs = dueMs;
      for (; nextMs <= nowMs; nextMs += Number(everyMs)) client.request(nextMs);
      client.giveUpLate(nowMs);
      plan(client, nextMs);
    },
    Math.max(0, dueMs - performance.now()),
  );
}

process.on("message", async (message) => {
  if (message === "stop") {
    isOn = false;
    await Promise.all(clients.map((client) => client.finish()));
  }
  process.send!(report());
  if (message === "stop") process.disconnect();
});
process.on("disconnect", () => process.exit());
process.send!("ready");

/** What happened since the last report. */
function report(): GoodReport {
  const nowMs = performance.now();
  const values = latencies;
  const result: GoodReport = {
    seconds: (nowMs - sinceMs) / 1000,
    requests: values.length,
    errors: Object.fromEntries(errors),
    connects,
    retries,
    p50Ms: quantile(values, 0.5),
    p99Ms: quantile(values, 0.99),
    p999Ms: quantile(values, 0.999),
    mostMs: values.reduce((most, value) => Math.max(most, value), 0),
  };
  latencies = [];
  errors = new Map();
  connects = 0;
  retries = 0;
  sinceMs = nowMs;
  return result;
}
