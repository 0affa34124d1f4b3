// The process under test, for whatever adapter it is given: the conformance application, once for each profile, watched
// from outside. Talks to the fuzzer in lines of JSON over stdin and stdout, never over a socket, and ends with its stdin.

import { createInterface } from "node:readline";
import { type Adapter, consoleLogger, Server, type ServerStats } from "@hyperlane-ts/core";
import { conformanceApp } from "@hyperlane-ts/core/testing";
import { PROFILES, type ProfileName } from "./profiles.ts";
import { type ConnectionState, Records } from "./records.ts";
import { ConnectionWatch } from "./watch-connections.ts";
import { watchRequests } from "./watch-requests.ts";

/**
 * What the fuzzer may ask for. `sweep`: every client has gone, what has not been asked for until now never will be.
 * `close`: all servers close, the answer is their last totals, and the process has to end by itself.
 */
export type Question =
  | { readonly op: "states"; readonly addresses: readonly string[] }
  | { readonly op: "totals" }
  | { readonly op: "sweep" }
  | { readonly op: "close" };

/** In the order of the addresses; `null` for a connection that has not been seen. */
export type States = readonly (ConnectionState | null)[];

/** What one server says of itself, and what was seen from outside. */
export interface Totals {
  readonly profile: ProfileName;
  readonly stats: ServerStats;
  readonly opened: number;
  readonly closed: number;
  readonly octetsIn: number;
  readonly octetsOut: number;
}

/** What the target says without being asked. */
export type Announcement =
  | { readonly event: "listening"; readonly ports: Readonly<Record<ProfileName, number>> }
  | { readonly event: "violation"; readonly text: string };

interface Host {
  readonly profile: ProfileName;
  readonly watch: ConnectionWatch;
  readonly server: Server;
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function reportViolation(text: string): void {
  say({ event: "violation", text } satisfies Announcement);
}

function reportThrown(what: string): (thrown: unknown) => void {
  return (thrown) => {
    const shown = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    reportViolation(`C15: ${what}: ${shown}`);
  };
}

export async function runTarget(adapter: Adapter): Promise<void> {
  process.on("uncaughtException", reportThrown("uncaught exception"));
  process.on("unhandledRejection", reportThrown("unhandled rejection"));
  process.on("warning", reportThrown("process warning"));
  const records = new Records();
  const hosts: Host[] = [];
  for (const profile of Object.keys(PROFILES) as ProfileName[]) {
    hosts.push(await startHost(adapter, profile, records));
  }
  const ports = Object.fromEntries(
    hosts.map(({ profile, server }) => [profile, server.address?.port]),
  );
  say({ event: "listening", ports });
  const input = createInterface({ input: process.stdin });
  const exit = (): void => process.exit();
  input.on("close", exit);
  input.on("line", async (line) => {
    const { id, question }: { id: number; question: Question } = JSON.parse(line);
    const answer = await answerTo(question, hosts, records);
    say({ id, answer });
    if (question.op !== "close") return;
    // From here on nothing but what the servers left behind keeps the process alive.
    input.off("close", exit);
    input.close();
    process.stdin.destroy();
  });
}

async function startHost(adapter: Adapter, profile: ProfileName, records: Records): Promise<Host> {
  const watch = new ConnectionWatch(records, profile, reportViolation);
  // Handlers of the application throw on purpose; what core itself throws shows in `closes.internal`.
  const logger = consoleLogger("silent");
  const options = { ...PROFILES[profile], port: 0, logger, random: () => 0.5 };
  const server = new Server(watch.around(adapter), options).use(watchRequests(records));
  await conformanceApp(server).listen();
  return { profile, watch, server };
}

async function answerTo(
  question: Question,
  hosts: readonly Host[],
  records: Records,
): Promise<States | Totals[] | string[]> {
  switch (question.op) {
    case "states": {
      const states = await records.states(question.addresses);
      return states.map((state) => state ?? null);
    }
    case "sweep":
      return records.sweep();
    case "totals":
      return hosts.map(totalsOf);
    case "close":
      await Promise.all(hosts.map(({ server }) => server.close({ graceMs: 300, idleMs: 50 })));
      // A handler whose connection was destroyed may take some more turns to notice.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return hosts.map(totalsOf);
  }
}

function totalsOf({ profile, server, watch }: Host): Totals {
  const { opened, closed, octetsIn, octetsOut } = watch;
  return { profile, stats: server.stats(), opened, closed, octetsIn, octetsOut };
}
