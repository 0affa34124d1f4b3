// Measures all contenders under one manner of load: each in a process of its own, warmed up, then in rounds, in a new
// random order each, so that what the machine does meanwhile falls on all alike.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalAnswers } from "./answer-check.ts";
import { type Contender, commandOf } from "./contenders.ts";
import { load, type Manner } from "./load.ts";
import { cpuMicroseconds, readCpu } from "./process-facts.ts";
import { ServerProcess } from "./server-process.ts";
import { shuffled } from "./statistics.ts";

export interface Setup {
  readonly rounds: number;
  readonly seconds: number;
  readonly commands: Readonly<Record<"node" | "bun", string>>;
  /** What servers and loads are run through, to keep them apart. */
  readonly pinServer: readonly string[];
  readonly pinLoad: readonly string[];
}

/** One contender's results, a value per round. */
export interface Series {
  readonly name: string;
  readonly cpuUsPerRequest: number[];
  readonly requestsPerSecond: number[];
  readonly errors: Set<string>;
}

/** Enough for the runtime to have compiled what it will compile, on a busy machine too. */
const WARM_UP_REQUESTS: Readonly<Record<Manner, number>> = {
  "keep-alive": 20_000,
  pipelined: 100_000,
  connection: 5000,
};
const WARM_UP_SECONDS_MOST = 5;

export async function measure(
  contenders: readonly Contender[],
  manner: Manner,
  setup: Setup,
): Promise<Series[]> {
  const servers = new Map<Series, ServerProcess>();
  const logs = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    for (const contender of contenders) {
      const command = commandOf(contender, manner, setup.commands);
      const server = await ServerProcess.start([...setup.pinServer, ...command], {
        env: { LOG_DIR: join(logs, contender.file) },
      });
      const { name } = contender;
      const series = {
        name,
        cpuUsPerRequest: [],
        requestsPerSecond: [],
        errors: new Set<string>(),
      };
      servers.set(series, server);
    }
    await checkAnswers(servers, manner);
    for (const server of servers.values()) await warmUp(server, manner, setup);
    for (let round = 0; round < setup.rounds; round++) {
      for (const [series, server] of shuffled([...servers])) {
        await measureOnce(series, server, manner, setup);
      }
    }
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
    rmSync(logs, { recursive: true, force: true });
  }
  return [...servers.keys()];
}

async function checkAnswers(
  servers: ReadonlyMap<Series, ServerProcess>,
  manner: Manner,
): Promise<void> {
  const seen: { name: string; answers: string }[] = [];
  for (const [{ name }, { port }] of servers) {
    seen.push({ name, answers: await canonicalAnswers(port, manner) });
  }
  const [first, ...others] = seen;
  for (const { name, answers } of others) {
    if (answers === first?.answers) continue;
    throw new Error(`${first?.name} answers\n${first?.answers}\nbut ${name}\n${answers}`);
  }
}

async function warmUp(server: ServerProcess, manner: Manner, { pinLoad }: Setup): Promise<void> {
  let requests = 0;
  for (let seconds = 0; seconds < WARM_UP_SECONDS_MOST; seconds++) {
    if (requests >= WARM_UP_REQUESTS[manner]) return;
    requests += (await load(manner, server.url, 1, pinLoad)).requests;
  }
}

async function measureOnce(
  series: Series,
  server: ServerProcess,
  manner: Manner,
  { seconds, pinLoad }: Setup,
): Promise<void> {
  const before = readCpu(server.pid);
  const startMs = performance.now();
  const { requests, errors } = await load(manner, server.url, seconds, pinLoad);
  const elapsedMs = performance.now() - startMs;
  series.cpuUsPerRequest.push(cpuMicroseconds(before, readCpu(server.pid)) / requests);
  series.requestsPerSecond.push((requests * 1000) / elapsedMs);
  if (errors !== "") series.errors.add(errors);
}
