// Packs the packages as they would be published, installs the tarballs with plain npm into an empty project, and there
// compiles a consumer, imports and requires every entry, and runs the examples of the READMEs on every runtime.
// Knows packing and the consumer's folder; must not know how an example is judged (examples.mjs).

import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, examplesOf, runExample, writeExamples } from "./examples.mjs";
import {
  developmentRuntimes,
  matrixRuntimes,
  root,
  systemNode,
  userEnvironment,
} from "./runtimes.mjs";

const manifests = fs
  .readdirSync(join(root, "packages"))
  .map((name) => readJson(join(root, "packages", name, "package.json")));
/** Every specifier that a consumer may import. */
const entries = manifests.flatMap(({ name, exports }) =>
  Object.keys(exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => name + entry.slice(1)),
);
const examples = ["README.md", ...manifests.map((m) => `${m.repository.directory}/README.md`)]
  .filter((file) => fs.existsSync(join(root, file)))
  .flatMap((file) => examplesOf(file, fs.readFileSync(join(root, file), "utf8")));

let passed = 0;
let failed = 0;
const consumer = fs.mkdtempSync(join(tmpdir(), "hyperlane-ts-consumer-"));
try {
  await tryEverything();
} finally {
  fs.rmSync(consumer, { recursive: true, force: true });
}
console.log(`pack: ${passed} checks passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function tryEverything() {
  pack();
  install();
  compileConsumers();
  const [, newestBun] = developmentRuntimes();
  for (const runtime of [systemNode(), ...matrixRuntimes(), newestBun]) await tryOn(runtime);
}

function pack() {
  const { packageManager } = readJson(join(root, "package.json"));
  const folder = join(consumer, "tarballs");
  fs.mkdirSync(folder);
  const args = ["-r", "--filter=./packages/*", "pack", "--pack-destination", folder];
  run("npx", ["-y", packageManager, ...args], root);
  const count = fs.readdirSync(folder).length;
  check("pack", count === manifests.length ? "" : `${count} tarballs, not ${manifests.length}`);
}

function install() {
  const manifest = { name: "consumer", version: "1.0.0", private: true, type: "module" };
  fs.writeFileSync(join(consumer, "package.json"), JSON.stringify(manifest));
  const tarballs = fs.readdirSync(join(consumer, "tarballs")).map((file) => `./tarballs/${file}`);
  const { version } = readJson(join(root, "node_modules/@types/node/package.json"));
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", ...tarballs];
  run("npm", [...args, `@types/node@${version}`], consumer);
  for (const { name } of manifests) check(`${name}: content`, contentProblem(name));
}

/** @param {string} name */
function contentProblem(name) {
  const folder = join(consumer, "node_modules", name);
  const { files, dependencies = {} } = readJson(join(folder, "package.json"));
  const expected = ["LICENSE", "README.md", "package.json", ...files].sort().join(" ");
  const content = fs.readdirSync(folder).sort().join(" ");
  if (content !== expected) return `holds ${content}, not ${expected}`;
  const ranges = Object.values(dependencies).map(String);
  return ranges.filter((range) => /^(workspace|catalog):/.test(range)).join(", ");
}

/** Neither has @types/bun; one has Node's types, the other the DOM's. */
function compileConsumers() {
  const names = entries.map((_, at) => `entry${at}`);
  const imports = entries.map((entry, at) => `import * as entry${at} from "${entry}";\n`).join("");
  const source = `${imports}export const entries: readonly object[] = [${names.join(", ")}];\n`;
  const withNode = join(consumer, "with-node");
  const withDom = join(consumer, "with-dom");
  writeExamples(withNode, examples);
  fs.mkdirSync(withDom);
  for (const folder of [withNode, withDom]) fs.writeFileSync(join(folder, "entries.mts"), source);
  check("types, with @types/node", compile(withNode, { lib: ["es2023"], types: ["node"] }));
  const lib = ["es2023", "dom", "dom.iterable", "dom.asynciterable"];
  check("types, with lib dom", compile(withDom, { lib, types: [] }));
}

/** @param {import("./runtimes.mjs").Runtime | undefined} runtime */
async function tryOn(runtime) {
  if (runtime === undefined) return;
  const on = `${runtime.name} (${runtime.version})`;
  const load = `(name, module) => {
    if (Object.keys(module).length === 0) throw new Error(name + " exports nothing");
  }`;
  const list = JSON.stringify(entries);
  fs.writeFileSync(
    join(consumer, "imports.mjs"),
    `const load = ${load};\nfor (const name of ${list}) load(name, await import(name));\n`,
  );
  fs.writeFileSync(
    join(consumer, "requires.cjs"),
    `const load = ${load};\nfor (const name of ${list}) load(name, require(name));\n`,
  );
  for (const file of ["imports.mjs", "requires.cjs"]) {
    const { status, stderr } = spawnSync(runtime.command, [file], {
      cwd: consumer,
      env: userEnvironment(),
      encoding: "utf8",
    });
    check(`${on}: ${file}`, status === 0 ? "" : stderr);
  }
  const folder = join(consumer, "examples");
  for (const example of examples) {
    if (!example.run || !example.runtimes.includes(runtime.kind)) continue;
    check(`${on}: ${example.title}`, await runExample(runtime.command, folder, example));
  }
}

/**
 * @param {string} title
 * @param {string} problem "" if there is none
 */
function check(title, problem) {
  console.log(problem === "" ? `ok    ${title}` : `FAIL  ${title}\n${problem}`);
  if (problem === "") passed++;
  else failed++;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  const env = userEnvironment();
  execFileSync(command, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(fs.readFileSync(file, "utf8"));
}
