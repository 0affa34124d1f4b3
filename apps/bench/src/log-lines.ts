// Counts access lines: every request that was answered has exactly one, none is torn, however the server ends. After
// SIGKILL only those of the last interval may be missing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.ts";
import { readLines } from "./log-lines/read-lines.ts";
import { Senders } from "./log-lines/senders.ts";
import { RUNTIMES } from "./runtimes.ts";
import { ServerProcess } from "./server-process.ts";

const ENDS = ["close", "SIGTERM", "exception", "SIGKILL"] as const;
type End = (typeof ENDS)[number];

const INTERVAL_MS = 360;
/** Between a line's place in a batch and its octets in the file, on a machine with other work to do. */
const WRITE_MS = 500;
const CONNECTIONS = 8;

const { requests } = readArguments({ requests: 1_000_000 });

let wrong = 0;
for (const runtime of RUNTIMES) {
  for (const end of ENDS) wrong += await run(runtime.name, runtime.command, end);
}
process.exitCode = wrong === 0 ? 0 : 1;

/** Sends until `requests` are answered, ends the server in the midst of more, and counts. Gives how much is wrong. */
async function run(name: string, command: string, end: End): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "log-lines-"));
  const file = fileURLToPath(new URL("log-lines/server.ts", import.meta.url));
  const server = await ServerProcess.start([command, file, name], { env: { LOG_DIR: dir } });
  try {
    const senders = await Senders.start(server.port, CONNECTIONS);
    await senders.untilAnswered(requests);
    const endedMs = performance.now();
    const exit = await endBy(server, end);
    const sent = await senders.ended();
    const lines = await readLines(dir);
    const missing = sent.filter(({ id }) => !lines.ids.has(id));
    const lateMs = end === "SIGKILL" ? endedMs - INTERVAL_MS - WRITE_MS : Number.POSITIVE_INFINITY;
    const lost = missing.filter(({ answeredMs }) => answeredMs < lateMs);
    const unknown = [...lines.ids].filter((id) => !senders.hasSent(id));
    const bad =
      lost.length + lines.repeated + unknown.length + (end === "SIGKILL" ? 0 : lines.torn);
    console.log(
      `${name.padEnd(5)} ${end.padEnd(9)} ${sent.length} answered, ${lines.ids.size} lines in ${lines.files} files; ` +
        `missing ${missing.length}${end === "SIGKILL" ? ` (${lost.length} older than the last interval)` : ""}, ` +
        `twice ${lines.repeated}, torn ${lines.torn}, of nobody ${unknown.length}; ended with ${exit}` +
        `${bad === 0 ? "" : "  WRONG"}`,
    );
    return bad;
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function endBy(server: ServerProcess, end: End): Promise<string> {
  if (end === "SIGTERM" || end === "SIGKILL") {
    const { code, signal } = await server.stop(end);
    return signal ?? `code ${code}`;
  }
  await fetch(`${server.url}/${end}`).catch(() => {});
  const { code, signal } = await server.exit;
  return signal ?? `code ${code}`;
}
