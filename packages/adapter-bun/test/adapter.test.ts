// The Bun adapter against the cases of the seam, then what only Bun can get wrong. Runs on Node; BUN_BINARY names
// another Bun than the installed one.

import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { RemoteHost } from "../../adapter-node/test/fixture/remote.ts";
import { seamTests } from "../../adapter-node/test/fixture/seam-tests.ts";
import { bunAdapter } from "../src/index.ts";

const installed = createRequire(import.meta.url).resolve("bun/package.json");
const bun = process.env["BUN_BINARY"] ?? join(installed, "..", "bin", "bun.exe");
const launch = [bun, fileURLToPath(new URL("bun-host.ts", import.meta.url))];

seamTests(launch);

describe("bunAdapter", () => {
  const host = new RemoteHost(launch);
  afterAll(() => host.finish());

  test("bunAdapter names its runtime", () => {
    expect(bunAdapter().runtime).toBe("bun");
  });

  test("Adapter.listen says on Node which adapter to take", async () => {
    const options = {
      address: { host: "127.0.0.1", port: 0 },
      pathMode: undefined,
      backlog: undefined,
      reusePort: false,
      tcpKeepAliveMs: undefined,
    };
    const listening = bunAdapter().listen(options, () => {
      throw new Error("no connection is expected");
    });
    await expect(listening).rejects.toThrow("adapter-node");
  });

  test("Adapter.listen takes a backlog of 512 and refuses another", async () => {
    const listener = await host.listen({ backlog: 512 });
    await host.stop(listener);
    const { name, message } = await host.listenFailure({ backlog: 511 });
    expect(name).toBe("RangeError");
    expect(message).toBe("backlog must be 512 or undefined on Bun, got 511");
  });
});
