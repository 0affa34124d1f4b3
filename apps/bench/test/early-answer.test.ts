// A client that uploads without stopping sees the answer that came early, however often. `early-answer` counts it out.

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Framing, Uploads } from "../src/early-answer/upload.ts";
import { RUNTIMES, toolOnPath } from "../src/runtimes.ts";
import { ServerProcess } from "../src/server-process.ts";

const OCTETS = 64 * 2 ** 20;
const TIMES = 3;
const FRAMINGS: readonly Framing[] = ["content-length", "chunked"];
const CLIENTS = ["node", "curl"] as const;

describe.each(RUNTIMES)("413 for 64 MiB on $name", ({ name, command }) => {
  const uploads = new Uploads(OCTETS);
  let server: ServerProcess;
  beforeAll(async () => {
    const peer = new URL(`../peers/ours-${name}.ts`, import.meta.url);
    server = await ServerProcess.start([command, fileURLToPath(peer)]);
  });
  afterAll(async () => {
    await server.stop();
    uploads.close();
  });

  for (const client of CLIENTS) {
    const isMissing = client === "curl" && toolOnPath("curl") === undefined;
    for (const framing of FRAMINGS) {
      for (const path of ["/bytes", "/at-once"]) {
        const title = `${client} sees it ${TIMES} times of ${TIMES}, ${framing} to ${path} (9112 9.6)`;
        test.skipIf(isMissing)(isMissing ? `${title}: curl is not installed` : title, async () => {
          for (let i = 0; i < TIMES; i++) {
            const { saw, octets } = await uploads.run(client, server.url + path, framing);
            expect(saw).toBe("413");
            expect(octets).toBeLessThan(OCTETS);
          }
        });
      }
    }
  }
});
