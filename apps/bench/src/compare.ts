// Judges two commits of this repository: both are checked out beside each other, built, and their servers measured in the
// same interleaved rounds. The programs of the servers are today's; the packages they use are each commit's own.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contenders.ts";
import { ratioPerRound } from "./ratios.ts";
import type { RatioResult, Row } from "./result.ts";
import { runToEnd } from "./server-process.ts";

const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));
const PEERS: string = fileURLToPath(new URL("../peers", import.meta.url));

export interface Checkout {
  readonly commit: string;
  readonly folder: string;
}

/** Runs `work` with both commits built, and removes them behind it. Rejects with what git or a build printed. */
export async function withCheckouts<T>(
  commits: readonly [string, string],
  work: (checkouts: readonly Checkout[]) => Promise<T>,
): Promise<T> {
  const above = mkdtempSync(join(tmpdir(), "bench-compare-"));
  const checkouts: Checkout[] = [];
  try {
    for (const [at, asked] of commits.entries()) {
      const folder = join(above, at === 0 ? "a" : "b");
      const commit = (await run(["git", "rev-parse", "--short=12", `${asked}^{commit}`])).trim();
      console.log(`checks out and builds ${asked} (${commit})`);
      await run(["git", "worktree", "add", "--detach", folder, commit]);
      checkouts.push({ commit, folder });
      await build(folder);
    }
    return await work(checkouts);
  } finally {
    for (const { folder } of checkouts) await run(["git", "worktree", "remove", "--force", folder]);
    rmSync(above, { recursive: true, force: true });
  }
}

async function build(folder: string): Promise<void> {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const pnpm = ["npx", "-y", packageManager, "--dir", folder];
  await run([...pnpm, "install", "--frozen-lockfile"]);
  await run([...pnpm, "exec", "turbo", "run", "build", "--filter=./packages/*"]);
  const peers = join(folder, "apps/bench/peers");
  if (existsSync(peers)) rmSync(peers, { recursive: true });
  cpSync(PEERS, peers, { recursive: true, filter: (name) => !/\/(rust|go|apache)$/.test(name) });
}

async function run(command: readonly string[]): Promise<string> {
  const { code, output } = await runToEnd(command, { cwd: ROOT });
  if (code !== 0) throw new Error(`${command.join(" ")} failed:\n${output}`);
  return output;
}

/** Our servers of a checkout. `label` is A or B. */
export function ofCheckout(
  { commit, folder }: Checkout,
  label: string,
  contenders: readonly Contender[],
): Contender[] {
  const peers = join(folder, "apps/bench/peers");
  return contenders
    .filter(({ group }) => group === "ours")
    .map((contender) => ({
      ...contender,
      name: `${contender.name}-${label}`,
      title: `${contender.title}, ${label} ${commit.slice(0, 7)}`,
      command: contender.command.map((part) => part.replace(PEERS, peers)),
    }));
}

/** B by A, for each of our servers. */
export function commitRatios(rows: readonly Row[]): RatioResult[] {
  return rows.flatMap((row) => {
    const before = rows.find(({ peer }) => peer === row.peer.replace(/-B$/, "-A"));
    if (!row.peer.endsWith("-B") || before === undefined) return [];
    return [{ of: row.peer, to: [before.peer], perRound: ratioPerRound(row, [before]) }];
  });
}
