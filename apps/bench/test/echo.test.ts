// Content that is larger than what anybody buffers comes back octet for octet to a client that reads in bursts, and the
// server holds little of it. `echo-memory` measures the memory of the whole process.

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echo } from "../src/echo-memory/slow-reader.ts";
import { RUNTIMES } from "../src/runtimes.ts";
import { ServerProcess } from "../src/server-process.ts";

const PLAN = { http: true, octets: 64 * 2 ** 20 + 1, burstOctets: 4 * 2 ** 20, restMs: 10 };
/** What a connection may hold of its own, and what the runtime may bring with one read (Bun). */
const HELD_MOST = (256 + 512) * 1024;

describe.each(RUNTIMES)("an echo of 64 MiB on $name", ({ name, command }) => {
  let server: ServerProcess;
  beforeAll(async () => {
    const peer = new URL(`../peers/ours-${name}.ts`, import.meta.url);
    server = await ServerProcess.start([command, fileURLToPath(peer), "watch"]);
  });
  afterAll(() => server.stop());

  test("comes back unchanged to two slow readers at once, with little of it held meanwhile", async () => {
    const readers = Array.from({ length: 2 }, () => echo({ ...PLAN, port: server.port }));
    await expect(Promise.all(readers)).resolves.toBeDefined();
    const most = Number(await (await fetch(`${server.url}/most-buffered`)).text());
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2 * HELD_MOST);
  }, 60_000);
});
