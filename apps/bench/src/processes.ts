// Measures how throughput grows with processes that listen on one port together (SO_REUSEPORT): 1, 2, 4 ... up to the
// processors there are. Nothing is pinned: load and servers share the processors.

import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import type { Contender } from "./contenders.ts";
import type { LoadPlan } from "./load/load.ts";
import { cpuMicroseconds, readCpu, residentOctets } from "./process-facts.ts";
import type { Round, Row, ScenarioResult } from "./result.ts";
import type { Setup } from "./rounds.ts";
import { ServerProcess } from "./server-process.ts";

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;

export async function measureProcesses(
  contenders: readonly Contender[],
  setup: Setup,
): Promise<ScenarioResult> {
  const rows: Row[] = [];
  for (const contender of contenders.filter(({ group }) => group === "ours")) {
    for (const count of counts()) rows.push(await measureCount(contender, count, setup));
  }
  return {
    name: "processes",
    title: "Processes that share a port, 64 connections, kept",
    tool: setup.tool.name,
    connections: CONNECTIONS,
    notes: [
      `Load and servers share ${availableParallelism()} processors: with as many processes as processors the load takes from them.`,
    ],
    rows,
    ratios: [],
  };
}

function counts(): number[] {
  const counts = [1];
  while (counts.at(-1)! * 2 <= availableParallelism()) counts.push(counts.at(-1)! * 2);
  return counts;
}

async function measureCount(contender: Contender, count: number, setup: Setup): Promise<Row> {
  const title = `${contender.title}, ${count} ${count === 1 ? "process" : "processes"}`;
  setup.step(`processes: ${title}`);
  const { name, group, isAgain, caveats } = contender;
  const row = { peer: `${name}-x${count}`, title, group, isAgain, caveats };
  const servers: ServerProcess[] = [];
  const rounds: Round[] = [];
  let octets = 0;
  let error = "";
  try {
    const port = await freePort();
    const env = { NODE_ENV: "production", PEER_PORT: String(port), PEER_REUSE_PORT: "1" };
    while (servers.length < count)
      servers.push(await ServerProcess.start(contender.command, { env }));
    const pids = servers.map(({ pid }) => pid);
    await setup.tool.run(plan(port, WARM_UP_SECONDS));
    for (let round = 0; round < setup.rounds; round++) {
      const before = readCpu(pids);
      const { errorText, ...figures } = await setup.tool.run(plan(port, setup.seconds));
      const cpuUs = cpuMicroseconds(before, readCpu(pids));
      octets = Math.max(octets, residentOctets(pids));
      if (errorText !== "") error = errorText;
      const { requests, requestsPerSecond } = figures;
      const serverShare = (cpuUs / 1e6 / requests) * requestsPerSecond;
      rounds.push({ ...figures, cpuUsPerRequest: cpuUs / requests, serverShare });
    }
  } catch (thrown) {
    error = (thrown as Error).message;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  return { ...row, ...(error === "" ? {} : { error }), rounds, residentOctets: octets };
}

function plan(port: number, seconds: number): LoadPlan {
  return {
    host: "127.0.0.1",
    port,
    request: { method: "GET", path: "/" },
    connections: CONNECTIONS,
    pipelined: 1,
    closes: false,
    seconds,
    pin: [],
  };
}

/** Free a moment ago, which is all that can be said when several processes are to take it. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address!.port : 0));
    });
  });
}
