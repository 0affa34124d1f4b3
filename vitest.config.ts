import { defineConfig } from "vitest/config";

// Each run leaves its result in its package's .results, where .ci/totals.mjs adds them up.
export default defineConfig({
  test: {
    reporters: ["default", "json"],
    outputFile: { json: ".results/vitest.json" },
    // Long enough for a busy machine: only what hangs is to fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
