// Measures how long a server takes from the start of its process to its first answer, and what that costs.

import { createConnection } from "node:net";
import { performance } from "node:perf_hooks";
import type { Contender } from "./contenders.ts";
import { processTree, readCpu, residentOctets } from "./process-facts.ts";
import { requestOctets } from "./request-octets.ts";
import type { Round, Row, ScenarioResult } from "./result.ts";
import type { Setup } from "./rounds.ts";
import { ServerProcess } from "./server-process.ts";
import { shuffled } from "./statistics.ts";

const REQUEST = requestOctets({ method: "GET", path: "/" });

export async function measureStarts(
  contenders: readonly Contender[],
  setup: Setup,
): Promise<ScenarioResult> {
  const rows = new Map<Contender, Row & { rounds: Round[] }>();
  for (const contender of contenders) {
    const { name, title, group, isAgain, caveats } = contender;
    rows.set(contender, {
      peer: name,
      title,
      group,
      isAgain,
      caveats,
      rounds: [],
      residentOctets: 0,
    });
  }
  for (let round = 1; round <= setup.rounds; round++) {
    for (const contender of shuffled(contenders)) {
      setup.step(`start, round ${round} of ${setup.rounds}: ${contender.title}`);
      const row = rows.get(contender)!;
      if (row.error !== undefined) continue;
      try {
        const seen = await startOnce(contender, setup.pins.server);
        row.rounds.push(seen.round);
        rows.set(contender, { ...row, residentOctets: Math.max(row.residentOctets, seen.octets) });
      } catch (error) {
        rows.set(contender, { ...row, error: (error as Error).message });
      }
    }
  }
  return {
    name: "start",
    title: "From the start of the process to its first answer",
    tool: "ours",
    connections: 1,
    notes: [
      "Processor time is that of the whole start; the time in ms is that of the first answer.",
    ],
    rows: [...rows.values()],
    ratios: [],
  };
}

async function startOnce(
  { command, env, isLauncher }: Contender,
  pin: readonly string[],
): Promise<{ round: Round; octets: number }> {
  const startMs = performance.now();
  const server = await ServerProcess.start([...pin, ...command], {
    env: { NODE_ENV: "production", PEER_PORT: "0", ...env },
  });
  try {
    await firstAnswer(server.port);
    const elapsedMs = performance.now() - startMs;
    const pids = processTree(server.pid).slice(isLauncher ? 1 : 0);
    const { threadNs } = readCpu(pids);
    const cpuUs = [...threadNs.values()].reduce((sum, ns) => sum + ns, 0) / 1000;
    const round: Round = {
      requests: 1,
      cpuUsPerRequest: cpuUs,
      requestsPerSecond: 1000 / elapsedMs,
      p50Ms: elapsedMs,
      p99Ms: Number.NaN,
      p999Ms: Number.NaN,
      errors: 0,
      serverShare: cpuUs / 1000 / elapsedMs,
      loadShare: Number.NaN,
    };
    return { round, octets: residentOctets(pids) };
  } finally {
    await server.stop(isLauncher ? "SIGTERM" : "SIGKILL");
  }
}

function firstAnswer(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("data", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
    socket.on("end", () => reject(new Error("the connection ended without an answer")));
    socket.write(REQUEST);
  });
}
