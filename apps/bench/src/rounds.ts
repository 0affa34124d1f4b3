// Measures all contenders in one scenario: each in a process of its own, checked, warmed up, then in rounds, in a new random
// order each, so that what the machine does meanwhile falls on all alike. A contender that fails has a row that says how.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkAnswers } from "./answer-check.ts";
import type { Contender } from "./contenders.ts";
import { IdleConnections } from "./load/idle-connections.ts";
import type { LoadFigures, LoadPlan, LoadTool } from "./load/load.ts";
import type { Pins } from "./machine.ts";
import { cpuMicroseconds, processTree, readCpu, residentOctets } from "./process-facts.ts";
import type { Round, Row } from "./result.ts";
import type { Scenario } from "./scenarios.ts";
import { ServerProcess } from "./server-process.ts";
import { shuffled } from "./statistics.ts";

export interface Setup {
  readonly rounds: number;
  readonly seconds: number;
  readonly tool: LoadTool;
  readonly pins: Pins;
  /** Told before each thing that takes time. */
  readonly step: (text: string) => void;
}

/** Longest warm-up of a server. */
const WARM_UP_SECONDS_MOST = 5;
/** Connections from which on caps are raised. */
const MANY_CONNECTIONS = 5000;
/** What caps are raised to, by what is opened: from seven tenths of the cap on our server keeps idle connections less long. */
const CAP_FACTOR = 1.5;

/** A contender that runs, with what has been seen of it. */
class Running {
  readonly contender: Contender;
  readonly scenario: Scenario;
  readonly rounds: Round[] = [];
  readonly caveats: string[];
  readonly errors = new Set<string>();
  residentOctets = 0;
  octetsPerConnection: number | undefined;
  server: ServerProcess | undefined;

  constructor(contender: Contender, scenario: Scenario) {
    this.contender = contender;
    this.scenario = scenario;
    this.caveats = [...contender.caveats];
  }

  get isUp(): boolean {
    return this.server !== undefined;
  }

  /** The processes that are measured. */
  get pids(): number[] {
    const tree = processTree(this.server!.pid);
    return this.contender.isLauncher ? tree.slice(1) : tree;
  }

  /** It has no further rounds. */
  async fail(error: unknown): Promise<void> {
    this.errors.add((error as Error).message);
    await this.stop();
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    // A launcher has to end what it started.
    await server?.stop(this.contender.isLauncher ? "SIGTERM" : "SIGKILL");
  }

  row(): Row {
    const { name, title, group, isAgain } = this.contender;
    const { caveats, rounds, octetsPerConnection } = this;
    const error = [...this.errors].join("; ");
    return {
      peer: name,
      title,
      group,
      isAgain,
      caveats,
      ...(error === "" ? {} : { error }),
      rounds,
      residentOctets: this.residentOctets,
      ...(octetsPerConnection === undefined ? {} : { octetsPerConnection }),
    };
  }
}

export async function measureScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  setup: Setup,
): Promise<Row[]> {
  const all = contenders.map((contender) => new Running(contender, scenario));
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    if (scenario.idle !== undefined) {
      for (const one of all) await measureBesideIdle(one, scenario.idle, folder, setup);
      return all.map((one) => one.row());
    }
    for (const one of all) await startAndWarmUp(one, folder, setup);
    for (let round = 1; round <= setup.rounds; round++) {
      for (const one of shuffled(all)) {
        setup.step(`${scenario.name}, round ${round} of ${setup.rounds}: ${one.contender.title}`);
        if (one.isUp) await measureOnce(one, setup);
      }
    }
  } finally {
    await Promise.all(all.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
  return all.map((one) => one.row());
}

async function startAndWarmUp(one: Running, folder: string, setup: Setup): Promise<void> {
  const { contender, scenario } = one;
  setup.step(`${scenario.name}, warm-up: ${contender.title}`);
  try {
    const env = environmentOf(one, folder);
    one.server = await ServerProcess.start([...setup.pins.server, ...contender.command], { env });
    const told = await checkAnswers(one.server.port, scenario);
    one.caveats.push(...told);
    let requests = 0;
    // As fast as they are answered, also where the rounds are not: code that has run a thousand times is not compiled yet.
    for (let seconds = 0; seconds < WARM_UP_SECONDS_MOST; seconds++) {
      if (requests >= scenario.warmUpRequests) break;
      requests += (await load(one, setup, 1, undefined)).requests;
    }
  } catch (error) {
    await one.fail(error);
  }
}

function environmentOf({ contender, scenario }: Running, folder: string): Record<string, string> {
  const connections = scenario.connections + (scenario.idle ?? 0);
  const { PEER_LOG_DIR: log, ...env } = contender.env;
  return {
    NODE_ENV: "production",
    PEER_PORT: "0",
    ...(scenario.closes ? { PEER_CLOSES: "1" } : {}),
    ...(scenario.routes === undefined ? {} : { PEER_ROUTES: String(scenario.routes) }),
    ...(connections > MANY_CONNECTIONS
      ? { PEER_CONNECTIONS: String(Math.ceil(connections * CAP_FACTOR)) }
      : {}),
    ...(log === undefined ? {} : { PEER_LOG_DIR: join(folder, contender.name) }),
    ...env,
  };
}

async function measureBesideIdle(
  one: Running,
  count: number,
  folder: string,
  setup: Setup,
): Promise<void> {
  await startAndWarmUp(one, folder, setup);
  if (one.server === undefined) return;
  const idle = new IdleConnections(one.server, count, setup.pins.load);
  try {
    const before = residentOctets(one.pids);
    const opened = await idle.open();
    one.octetsPerConnection = (residentOctets(one.pids) - before) / opened;
    for (let round = 1; round <= setup.rounds && one.isUp; round++) {
      setup.step(`idle, round ${round} of ${setup.rounds}: ${one.contender.title}`);
      await measureOnce(one, setup);
    }
    const left = await idle.left();
    if (opened < count) one.caveats.push(`took ${opened} idle connections`);
    if (left < opened) one.caveats.push(`${left} of ${opened} idle connections were left`);
  } catch (error) {
    await one.fail(error);
  } finally {
    idle.close();
    await one.stop();
  }
}

async function measureOnce(one: Running, setup: Setup): Promise<void> {
  try {
    const { pids } = one;
    const before = readCpu(pids);
    const figures = await load(one, setup, setup.seconds, one.scenario.ratePerSecond);
    const cpuUs = cpuMicroseconds(before, readCpu(pids));
    one.residentOctets = Math.max(one.residentOctets, residentOctets(pids));
    const { errorText, ...counted } = figures;
    const { requests, requestsPerSecond } = figures;
    if (requests === 0) throw new Error(`no answer: ${errorText}`);
    if (errorText !== "") one.errors.add(errorText);
    const elapsedUs = (requests / requestsPerSecond) * 1e6;
    const round = { ...counted, cpuUsPerRequest: cpuUs / requests, serverShare: cpuUs / elapsedUs };
    one.rounds.push(round);
  } catch (error) {
    await one.fail(error);
  }
}

function load(
  one: Running,
  setup: Setup,
  seconds: number,
  ratePerSecond: number | undefined,
): Promise<LoadFigures> {
  const { request, connections, pipelined = 1, closes = false } = one.scenario;
  const { host, port } = one.server!;
  const plan: LoadPlan = {
    host,
    port,
    request,
    connections,
    pipelined,
    closes,
    seconds,
    pin: setup.pins.load,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
  };
  return setup.tool.run(plan);
}
