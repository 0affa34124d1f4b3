// Runs the tests of the packages that run on Node under every Node of node-matrix, or under those named: npm run
// test:matrix -- node22. Knows how a test run is started; must not know what is tested.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { matrixRuntimes, root } from "./runtimes.mjs";

const PACKAGES = ["parser", "core", "adapter-node"];
const wanted = process.argv.slice(2);
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const failed = [];

for (const { name, kind, command, version } of matrixRuntimes()) {
  if (kind !== "node" || (wanted.length > 0 && !wanted.includes(name))) continue;
  for (const title of PACKAGES) {
    console.log(`\n${title} on ${name} (${version})`);
    const result = `--outputFile.json=.results/${name}.json`;
    const args = [vitest, "run", "--config", "../../vitest.config.ts", "--root", ".", result];
    const { status } = spawnSync(command, args, {
      cwd: join(root, "packages", title),
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) failed.push(`${title} on ${name}`);
  }
}
console.log(failed.length === 0 ? "matrix: all ok" : `matrix: failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
