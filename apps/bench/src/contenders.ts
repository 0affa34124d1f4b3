// Who is measured: our server and its peers on each runtime, and who is compared with whom.

import { fileURLToPath } from "node:url";
import type { Manner } from "./load.ts";

export interface Contender {
  readonly name: string;
  readonly runtime: "node" | "bun";
  /** Its file in peers. */
  readonly file: string;
  /** It writes access lines. */
  readonly logs?: boolean;
}

export interface Ratio {
  readonly of: string;
  /** The mean of these. */
  readonly to: readonly string[];
}

/** The raw socket is entered twice: what the two differ by is noise. */
export const CONTENDERS: readonly Contender[] = [
  { name: "ours on Node", runtime: "node", file: "ours-node" },
  { name: "ours, logging", runtime: "node", file: "ours-node", logs: true },
  { name: "node:net, canned", runtime: "node", file: "raw-net" },
  { name: "node:net, again", runtime: "node", file: "raw-net" },
  { name: "node:http", runtime: "node", file: "node-http" },
  { name: "ours on Bun", runtime: "bun", file: "ours-bun" },
  { name: "ours, logging, Bun", runtime: "bun", file: "ours-bun", logs: true },
  { name: "Bun.listen, canned", runtime: "bun", file: "raw-bun" },
  { name: "Bun.listen, again", runtime: "bun", file: "raw-bun" },
  { name: "Bun.serve", runtime: "bun", file: "bun-serve" },
];

export const RATIOS: readonly Ratio[] = [
  { of: "ours on Node", to: ["node:net, canned", "node:net, again"] },
  { of: "ours on Node", to: ["node:http"] },
  { of: "ours, logging", to: ["ours on Node"] },
  { of: "ours on Bun", to: ["Bun.listen, canned", "Bun.listen, again"] },
  { of: "ours on Bun", to: ["Bun.serve"] },
  { of: "ours, logging, Bun", to: ["ours on Bun"] },
  { of: "node:net, again", to: ["node:net, canned"] },
  { of: "Bun.listen, again", to: ["Bun.listen, canned"] },
];

/** The command line that runs a contender for a manner of load. */
export function commandOf(
  { runtime, file, logs }: Contender,
  manner: Manner,
  commands: Readonly<Record<"node" | "bun", string>>,
): string[] {
  const program = fileURLToPath(new URL(`../peers/${file}.ts`, import.meta.url));
  return [commands[runtime], program, manner, ...(logs ? ["log"] : [])];
}
