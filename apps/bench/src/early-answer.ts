// Counts how often a client sees the 413 that is sent while it still uploads: both runtimes, two clients, two framings,
// a handler that reads until there is too much and one that answers at once.

import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.ts";
import { type Framing, Uploads } from "./early-answer/upload.ts";
import { RUNTIMES, toolOnPath } from "./runtimes.ts";
import { ServerProcess } from "./server-process.ts";

const { runs, mib } = readArguments({ runs: 100, mib: 64 });

const CLIENTS =
  toolOnPath("curl") === undefined ? (["node"] as const) : (["node", "curl"] as const);
const FRAMINGS: readonly Framing[] = ["content-length", "chunked"];
const PATHS = ["/bytes", "/at-once"];

if (CLIENTS.length === 1) console.log("curl is not on PATH: left out");
console.log(`uploads of ${mib} MiB, refused with 413 by a server on loopback`);
let missed = 0;
const uploads = new Uploads(mib * 1024 * 1024);
for (const { name, command } of RUNTIMES) {
  const file = fileURLToPath(new URL(`../peers/ours-${name}.ts`, import.meta.url));
  const server = await ServerProcess.start([command, file]);
  for (const path of PATHS) {
    for (const framing of FRAMINGS) {
      for (const client of CLIENTS) {
        const row = `server on ${name}, ${client} uploads to ${path}, ${framing}`;
        missed += await count(row, () => uploads.run(client, server.url + path, framing));
      }
    }
  }
  await server.stop();
}
uploads.close();
process.exitCode = missed === 0 ? 0 : 1;

/** Prints how often the answer was seen; gives how often it was not. */
async function count(row: string, upload: () => ReturnType<Uploads["run"]>): Promise<number> {
  const others = new Map<string, number>();
  let seen = 0;
  let sentOctets = 0;
  for (let i = 0; i < runs; i++) {
    const { saw, octets } = await upload();
    sentOctets += octets;
    if (saw === "413") seen++;
    else others.set(saw, (others.get(saw) ?? 0) + 1);
  }
  const instead = [...others].map(([saw, times]) => `, ${times} times ${saw}`).join("");
  const sentMib = (sentOctets / runs / 1024 / 1024).toFixed(1);
  console.log(`${row.padEnd(58)} ${seen} of ${runs}, ${sentMib} MiB sent${instead}`);
  return runs - seen;
}
