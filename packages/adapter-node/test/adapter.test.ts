// The Node adapter against the cases of the seam, then what only Node can get wrong.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nodeAdapter } from "../src/index.ts";
import { seamTests } from "./fixture/seam-tests.ts";

seamTests([process.execPath, fileURLToPath(new URL("node-host.ts", import.meta.url))]);

describe("nodeAdapter", () => {
  test("nodeAdapter names its runtime", () => {
    expect(nodeAdapter().runtime).toBe("node");
  });
});
