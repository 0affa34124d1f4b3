// Who is measured: our servers and their peers, with the command that starts each, what it cannot do, and why one that was
// asked for is not there. Starts nothing but what tells a version.

import { fileURLToPath } from "node:url";
import { printedVersion } from "./load/printed-version.ts";
import { isBuilt, type NativePeer, nativePeers, whyMissing } from "./native-peers.ts";
import { NPM_PEERS, type NpmPeer, versionOf } from "./npm-peers.ts";
import type { MissingPeer, Row } from "./result.ts";
import { bunCommand, denoCommand } from "./runtimes.ts";
import type { Scenario } from "./scenarios.ts";

export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly group: Row["group"];
  readonly isAgain: boolean;
  readonly caveats: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** It answers only what a canned peer can. */
  readonly isCanned: boolean;
  /** Names of scenarios it has no answer for, or that make no sense with it. */
  readonly without: readonly string[];
  /** The command starts the server as a child of its own and is not measured itself. */
  readonly isLauncher: boolean;
}

/** Where the commands of the runtimes are. */
export interface Runtimes {
  readonly node: string;
  /** Another Node: our server and the raw socket get rows of their own on it. */
  readonly otherNode?: string;
}

/** Asked for when nothing is asked for; native peers join them when they are built. */
const DEFAULT_PEERS = [
  "ours-node",
  "ours-bun",
  "node-http",
  "node-net",
  "fastify",
  "hono",
  "bun-serve",
  "bun-listen",
];
const RAW_SOCKETS = ["node-net", "bun-listen"];
const ON_OTHER_NODE = ["ours-node", "node-net", "node-http"];

export interface Chosen {
  readonly contenders: readonly Contender[];
  readonly missing: readonly MissingPeer[];
}

/** All names that `--peers` takes. */
export function peerNames(): string[] {
  const names = [...NPM_PEERS, ...nativePeers()].map((peer) => peer.name);
  return ["default", "npm", "native", "all", ...names];
}

/** `asked` holds names of `peerNames`. Native peers that are not built are missing, unless nobody named them. */
export function chooseContenders(asked: readonly string[], runtimes: Runtimes): Chosen {
  const wanted = (name: string, kind: "npm" | "native"): boolean =>
    asked.includes(name) || asked.includes(kind) || asked.includes("all");
  const isDefault = (name: string): boolean =>
    asked.includes("default") && DEFAULT_PEERS.includes(name);
  const npm = NPM_PEERS.filter(({ name }) => wanted(name, "npm") || isDefault(name));
  const native = nativePeers().filter(
    ({ name }) => wanted(name, "native") || asked.includes("default"),
  );
  const contenders: Contender[] = [];
  const missing: MissingPeer[] = [];
  for (const peer of npm) contenders.push(...onRuntime(peer, runtimes));
  for (const peer of native) {
    if (isBuilt(peer)) contenders.push(compiled(peer));
    else missing.push({ peer: peer.name, ...whyMissing(peer) });
  }
  return { contenders, missing };
}

/** Those that a scenario has rows for. */
export function contendersOf(scenario: Scenario, all: readonly Contender[]): Contender[] {
  if (scenario.isLogging) return all.filter(({ group }) => group === "ours").flatMap(withLog);
  return all.filter(
    ({ isCanned, without }) => (scenario.isCanned || !isCanned) && !without.includes(scenario.name),
  );
}

/** Versions of the runtimes and of what the peers are made with. */
export function versionsOf(runtimes: Runtimes): Record<string, string> {
  const versions: Record<string, string> = { Node: nodeVersion(runtimes.node) };
  if (runtimes.otherNode !== undefined) versions["another Node"] = nodeVersion(runtimes.otherNode);
  versions["Bun"] = printedVersion([bunCommand(), "--version"], /(\d[\d.]*)/);
  const deno = denoCommand();
  if (deno !== undefined) versions["Deno"] = printedVersion([deno, "--version"], /deno (\d[\d.]*)/);
  for (const { packages } of NPM_PEERS) {
    for (const name of packages)
      if (!name.startsWith("@hyperlane-ts/")) versions[name] = versionOf(name);
  }
  for (const peer of nativePeers()) if (isBuilt(peer)) versions[peer.title] = peer.version;
  return versions;
}

function nodeVersion(command: string): string {
  return printedVersion([command, "--version"], /v(\d[\d.]*)/);
}

function onRuntime(peer: NpmPeer, runtimes: Runtimes): Contender[] {
  const first = onNode(peer, runtimes.node);
  const again = {
    ...first,
    name: `${peer.name}-again`,
    title: `${peer.title}, again`,
    isAgain: true,
  };
  const all = RAW_SOCKETS.includes(peer.name) ? [first, again] : [first];
  if (runtimes.otherNode !== undefined && ON_OTHER_NODE.includes(peer.name)) {
    const version = nodeVersion(runtimes.otherNode);
    const other = onNode(peer, runtimes.otherNode);
    all.push({
      ...other,
      name: `${peer.name}-${version}`,
      title: `${peer.title}, Node ${version}`,
    });
  }
  return all;
}

function onNode(peer: NpmPeer, node: string): Contender {
  const file = fileURLToPath(new URL(`../peers/${peer.file}`, import.meta.url));
  const commands = {
    node: [node, file],
    bun: [bunCommand(), file],
    deno: [denoCommand() ?? "deno", "run", "--allow-net", "--allow-env", file],
  };
  return {
    name: peer.name,
    title: peer.title,
    group: peer.name.startsWith("ours") ? "ours" : peer.runtime,
    isAgain: false,
    caveats: peer.caveats,
    command: commands[peer.runtime],
    env: {},
    isCanned: RAW_SOCKETS.includes(peer.name),
    without: [],
    isLauncher: false,
  };
}

function compiled(peer: NativePeer): Contender {
  return {
    name: peer.name,
    title: peer.title,
    group: "native",
    isAgain: false,
    caveats: peer.caveats,
    command: peer.command,
    env: {},
    isCanned: peer.isCanned,
    without: peer.without,
    isLauncher: peer.isLauncher,
  };
}

function withLog(contender: Contender): Contender[] {
  const { name, title, env } = contender;
  // The folder is made by who measures.
  const logged = { ...env, PEER_LOG_DIR: "access-log" };
  return [
    contender,
    { ...contender, name: `${name}-log`, title: `${title}, access log`, env: logged },
  ];
}
