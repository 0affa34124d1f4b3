// How much memory a large echo to a slow reader takes: our servers beside a bare echo of the same runtime, in the same
// run, by the same client. Fails when ours breaks the rule: it grows at most 1.25 times as much as the bare echo does,
// and stays flat over the second half.

import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.ts";
import { echo } from "./echo-memory/slow-reader.ts";
import { type Memory, watchMemory } from "./echo-memory/watch-memory.ts";
import { RUNTIMES } from "./runtimes.ts";
import { ServerProcess } from "./server-process.ts";
import { median, shuffled } from "./statistics.ts";

const GROWTH_MOST = 1.25;
/** Mean of the last quarter to that of the third: a bare echo on Node rises as much until its heap has settled. */
const FLAT_MOST = 1.05;
const MIB = 2 ** 20;

const { mib, burst, rest, rounds } = readArguments({ mib: 1024, burst: 4, rest: 40, rounds: 1 });

console.log(
  `${mib} MiB there and back, read in bursts of ${burst} MiB with ${rest} ms of rest. MiB resident:`,
);
console.log("echo              before    most  growth   means of four quarters          seconds");
let isBroken = false;
for (const { name, command } of RUNTIMES) {
  const growths: number[] = [];
  const rises: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const taken: Record<string, Memory> = {};
    for (const who of shuffled(["bare", "ours"])) {
      taken[who] = await measure(`${who} on ${name}`, [command, ...serverOf(who, name)]);
    }
    const [, , third = 0, fourth = 0] = taken["ours"]!.quarters;
    growths.push(growthOf(taken["ours"]!) / growthOf(taken["bare"]!));
    rises.push(fourth / third);
  }
  const [growth, rise] = [median(growths), median(rises)];
  const keeps = growth <= GROWTH_MOST && rise <= FLAT_MOST;
  isBroken ||= !keeps;
  console.log(
    `${name}: ours grows ${growth.toFixed(2)} times as much as the bare echo (rule: ${GROWTH_MOST}), ` +
      `last quarter to third ${rise.toFixed(3)} (rule: ${FLAT_MOST}): ${keeps ? "kept" : "broken"}`,
  );
}
process.exitCode = isBroken ? 1 : 0;

function serverOf(who: string, runtime: "node" | "bun"): string[] {
  const bare = runtime === "node" ? "echo-net" : "echo-bun";
  const name = who === "bare" ? bare : `ours-${runtime}`;
  return [fileURLToPath(new URL(`../peers/${name}.ts`, import.meta.url)), "watch"];
}

async function measure(title: string, command: readonly string[]): Promise<Memory> {
  const http = title.startsWith("ours");
  const server = await ServerProcess.start(command);
  const plan = {
    port: server.port,
    http,
    octets: mib * MIB,
    burstOctets: burst * MIB,
    restMs: rest,
  };
  const memory = await watchMemory(server.pid, () => echo(plan));
  const most = http ? await (await fetch(`${server.url}/most-buffered`)).text() : "";
  await server.stop();
  const { before, quarters, seconds } = memory;
  const resident = [before, memory.most, growthOf(memory)].map(mibs).join("");
  const buffered = http ? `   most buffered by us: ${Math.round(Number(most) / 1024)} KiB` : "";
  console.log(
    `${title.padEnd(16)}${resident}   ${quarters.map(mibs).join("")}${seconds.toFixed(1).padStart(7)}${buffered}`,
  );
  return memory;
}

function growthOf({ before, most }: Memory): number {
  return most - before;
}

function mibs(octets: number): string {
  return (octets / MIB).toFixed(1).padStart(8);
}
