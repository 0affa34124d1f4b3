// The peers that npm does not bring answer what is measured, wherever they are built; elsewhere they are skipped by name,
// and the list says why and how to get them.

import { describe, expect, test } from "vitest";
import { checkAnswers } from "../src/answer-check.ts";
import { isBuilt, nativePeers, whyMissing } from "../src/native-peers.ts";
import { SCENARIOS } from "../src/scenarios.ts";
import { ServerProcess } from "../src/server-process.ts";

/** What their answers have otherwise, in one scenario or another. */
const DIFFERENCES: Readonly<Record<string, RegExp>> = {
  apache: /^adds server: Apache(, keep-alive: timeout=5, connection: Keep-Alive)?$/,
  hyperlane: /^adds connection: keep-alive$/,
  "hyperlane-3.6.8": /^adds connection: close$/,
};

describe("native peers", () => {
  test("have names of their own, and a version where they are built", () => {
    const names = nativePeers().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const peer of nativePeers().filter(isBuilt)) expect(peer.version).toMatch(/\d+\.\d+/);
  });

  test("that are not there say why and what to do", () => {
    const nowhere = { ...nativePeers()[0]!, command: ["/nowhere/peer"] };
    expect(isBuilt(nowhere)).toBe(false);
    const { reason, howToGet } = whyMissing(nowhere);
    expect(reason).toContain("not built");
    expect(howToGet).toContain("--build");
  });
});

for (const peer of nativePeers()) {
  const scenarios = SCENARIOS.filter(
    ({ name, isCanned, isLogging }) =>
      !peer.without.includes(name) && (isCanned || !peer.isCanned) && !isLogging,
  );
  describe.skipIf(!isBuilt(peer))(isBuilt(peer) ? peer.name : `${peer.name}: not built`, () => {
    test.each(scenarios)("$name", async (scenario) => {
      const server = await ServerProcess.start(peer.command, {
        env: {
          PEER_PORT: "0",
          ...(scenario.closes ? { PEER_CLOSES: "1" } : {}),
          ...(scenario.routes === undefined ? {} : { PEER_ROUTES: String(scenario.routes) }),
        },
      });
      try {
        const told = await checkAnswers(server.port, scenario);
        expect(told.filter((text) => !DIFFERENCES[peer.name]?.test(text))).toEqual([]);
      } finally {
        await server.stop(peer.isLauncher ? "SIGTERM" : "SIGKILL");
      }
    });
  });
}
