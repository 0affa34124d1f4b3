// Adds up what the test runs of the workspace left in their packages' .results: JSON of vitest, JUnit XML of bun test.
// Prints "N passed, N failed" as its last line. Runs on any Node, before any install; must not run a test itself.
//
//   --reset     removes earlier results instead
//   --failed    the test command failed: the line must not say "0 failed", whatever the results say

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = [join(root, ".ci"), ...inside("packages"), ...inside("apps")];
const results = folders.map((folder) => join(folder, ".results"));

if (process.argv.includes("--reset")) {
  for (const folder of results) rmSync(folder, { recursive: true, force: true });
} else {
  report();
}

function report() {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const file of results.flatMap(filesOf)) {
    const text = readFileSync(file, "utf8");
    const total = file.endsWith(".json") ? vitestTotal(JSON.parse(text)) : junitTotal(text);
    console.log(`${relative(root, file)}: ${JSON.stringify(total)}`);
    passed += total.passed;
    failed += total.failed;
    skipped += total.skipped;
  }
  const missing = folders.flatMap(expectedOf).filter((file) => !existsSync(file));
  for (const file of missing) console.log(`${relative(root, file)}: no result`);
  if (failed === 0) failed = missing.length;
  if (failed === 0 && process.argv.includes("--failed")) failed = 1;
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** @param {string} name of a folder of packages */
function inside(name) {
  const folder = join(root, name);
  return readdirSync(folder)
    .map((entry) => join(folder, entry))
    .filter((entry) => existsSync(join(entry, "package.json")));
}

/** @param {string} folder */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.(json|xml)$/.test(name))
    .map((name) => join(folder, name));
}

/** The results that a package's test script says it writes. @param {string} folder */
function expectedOf(folder) {
  const { scripts = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const script = String(scripts.test ?? "");
  const names = [...script.matchAll(/--reporter-outfile=(\S+)/g)].map(([, name]) => String(name));
  if (script.includes("vitest run")) names.push(".results/vitest.json");
  return names.map((name) => join(folder, name));
}

/** @param {any} result */
function vitestTotal(result) {
  /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
  const files = result.testResults;
  const statuses = files.flatMap(({ assertionResults }) => assertionResults.map((a) => a.status));
  const failed = statuses.filter((status) => status === "failed").length;
  // A file that does not load has no tests to fail; an error outside of a test shows in `success` alone.
  const broken = files.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((a) => a.status === "failed"),
  ).length;
  const passed = statuses.filter((status) => status === "passed").length;
  const least = result.success ? 0 : 1;
  return {
    passed,
    failed: Math.max(failed + broken, least),
    skipped: statuses.length - passed - failed,
  };
}

/** @param {string} xml */
function junitTotal(xml) {
  const opening = /<testsuites\b[^>]*>/.exec(xml)?.[0];
  if (opening === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const number = (/** @type {string} */ name) =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(opening)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return {
    passed: number("tests") - failed - number("skipped"),
    failed,
    skipped: number("skipped"),
  };
}
