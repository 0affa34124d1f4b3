// The examples of the documentation: finds them, type-checks them, runs them. Knows Markdown fences and how a server
// is asked and ended; must not know which runtimes there are, nor where the packages under test come from.
//
//   ```ts            compiled and run: to its end, or until it has answered GET / and taken a SIGINT. 60000 in its text
//                    becomes a free port. One that calls close() and names no signal has to end by itself.
//   ```ts no-run     compiled only
//   ```ts fragment   neither: does not stand alone
//   ```text output   straight after an example: what it has to print

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import ts from "typescript";
import { root, userEnvironment } from "./runtimes.mjs";

const RUN_MS = 20_000;
const END_MS = 5_000;
const RUNTIME_OF_ADAPTER = { "adapter-node": "node", "adapter-bun": "bun" };

/**
 * @typedef {object} Example
 * @property {string} title where it stands, as file:line
 * @property {string} source
 * @property {boolean} run
 * @property {string | undefined} output
 * @property {("node" | "bun")[]} runtimes those whose adapter it imports; both, when it imports none
 */

/**
 * @param {string} file for titles
 * @param {string} text Markdown, or TypeScript with Markdown in its docstrings
 * @returns {Example[]}
 */
export function examplesOf(file, text) {
  /** @type {Example[]} */
  const examples = [];
  /** @type {Example | undefined} */
  let previous;
  for (const block of fencedBlocks(file.endsWith(".ts") ? docstringsOf(text) : text)) {
    if (block.language === "text" && block.marker === "output") {
      if (previous === undefined) throw new Error(`${file}:${block.line}: output of no example`);
      previous.output = block.source;
    }
    previous = undefined;
    if (block.language !== "ts" || block.marker === "fragment") continue;
    const title = `${file}:${block.line}`;
    if (block.marker !== "" && block.marker !== "no-run") {
      throw new Error(`${title}: "ts ${block.marker}" is not known`);
    }
    const { source } = block;
    const run = block.marker === "";
    previous = { title, source, run, output: undefined, runtimes: runtimesOf(source) };
    examples.push(previous);
  }
  return examples;
}

/** @param {string} text */
function* fencedBlocks(text) {
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const opening = /^( *)(`{3,})(\w+)[ ]*(.*)$/.exec(/** @type {string} */ (lines[at]));
    if (opening === null) continue;
    const [, indent = "", fence = "", language, marker = ""] = opening;
    const line = at + 1;
    const from = at + 1;
    do at++;
    while (at < lines.length && lines[at]?.trim() !== fence);
    const inside = lines.slice(from, at).map((text) => text.slice(indent.length));
    yield { language, marker: marker.trim(), source: `${inside.join("\n")}\n`, line };
  }
}

/** Keeps the lines where they are, so that a line's number stays true. @param {string} text */
function docstringsOf(text) {
  let inside = false;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*\/\*\*/.test(line)) inside = !line.includes("*/");
      else if (line.includes("*/")) inside = false;
      else if (inside) return line.replace(/^\s*\* ?/, "");
      return "";
    })
    .join("\n");
}

/**
 * @param {string} source
 * @returns {("node" | "bun")[]}
 */
function runtimesOf(source) {
  const imported = /** @type {("node" | "bun")[]} */ (
    ts
      .preProcessFile(source)
      .importedFiles.map(({ fileName }) => fileName.replace(/^@[^/]+\//, ""))
      .map((name) => Reflect.get(RUNTIME_OF_ADAPTER, name))
      .filter((kind) => kind !== undefined)
  );
  return imported.length === 0 ? ["node", "bun"] : imported;
}

/**
 * Compiles every .mts file of a folder as a strict consumer of the packages would, libraries checked too.
 * @param {string} folder
 * @param {{ lib: string[], types: string[], include?: string[] }} consumer
 * @returns {string} the compiler's complaints, "" if it has none
 */
export function compile(folder, { lib, types, include = ["*.mts"] }) {
  const project = join(folder, "tsconfig.json");
  const compilerOptions = {
    target: "es2023",
    lib,
    types,
    module: "nodenext",
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(project, JSON.stringify({ compilerOptions, include }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const run = spawnSync(process.execPath, [compiler, "-p", project, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  return run.status === 0 ? "" : `${run.stdout}${run.stderr}`.trim();
}

/**
 * Writes examples as 0.mts, 1.mts, ... for `compile`.
 * @param {string} folder
 * @param {Example[]} examples
 */
export function writeExamples(folder, examples) {
  mkdirSync(folder, { recursive: true });
  for (const [at, { source }] of examples.entries())
    writeFileSync(join(folder, `${at}.mts`), source);
}

/**
 * Runs an example from a folder in which its imports resolve.
 * @param {string} command the runtime
 * @param {string} folder
 * @param {Example} example
 * @returns {Promise<string>} what went wrong, "" if nothing did
 */
export async function runExample(command, folder, example) {
  const port = await freePort();
  const source = example.source
    .replaceAll("60000", String(port))
    .replaceAll("60_000", String(port));
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const file = join(folder, `${port}.mjs`);
  mkdirSync(folder, { recursive: true });
  // Plain JavaScript, as the oldest Node that the packages run on strips no types.
  writeFileSync(file, ts.transpileModule(source, { compilerOptions: options }).outputText);
  const endsItself = /\.close\(/.test(source) && !/SIG(INT|TERM)/.test(source);
  const { problem, stdout, stderr } = await play(command, file, port, endsItself);
  if (problem !== "") return `${problem}\n${stdout}${stderr}`.trim();
  if (example.output === undefined || stdout === example.output) return "";
  return `printed ${JSON.stringify(stdout)}, expected ${JSON.stringify(example.output)}`;
}

/**
 * @param {string} command
 * @param {string} file
 * @param {number} port
 * @param {boolean} endsItself
 */
async function play(command, file, port, endsItself) {
  const environment = { ...userEnvironment(), PORT: String(port), HOST: "127.0.0.1" };
  const child = spawn(command, [file], {
    cwd: dirname(file),
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  /** @type {string | undefined} */
  let end;
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(String(error)));
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).then((how) => {
    end = String(how);
  });

  /** @type {number | undefined} */
  let status;
  const deadline = Date.now() + RUN_MS;
  while (end === undefined && status === undefined && Date.now() < deadline) {
    status = await statusOf(port);
    if (status === undefined) await Promise.race([ended, delay(50)]);
  }
  if (endsItself) await Promise.race([ended, delay(deadline - Date.now(), null, { ref: false })]);
  const interrupted = end === undefined;
  if (interrupted) {
    child.kill("SIGINT");
    await Promise.race([ended, delay(END_MS, null, { ref: false })]);
  }
  const killed = end === undefined;
  if (killed) {
    child.kill("SIGKILL");
    await ended;
  }
  return { problem: judge(), stdout, stderr };

  function judge() {
    if (killed) return `did not end within ${END_MS} ms of SIGINT`;
    if (interrupted && status === undefined) return `neither ended nor answered in ${RUN_MS} ms`;
    if (interrupted && endsItself) return `did not end by itself within ${RUN_MS} ms`;
    if (status !== undefined && status >= 500) return `answered GET / with ${status}`;
    // 130: a runtime that turns the signal into an exit code.
    const ends = interrupted ? ["SIGINT", "exit code 0", "exit code 130"] : ["exit code 0"];
    return ends.includes(String(end)) ? "" : `ended with ${end}`;
  }
}

/**
 * @param {number} port
 * @returns {Promise<number | undefined>} undefined while nobody answers
 */
function statusOf(port) {
  return new Promise((resolve) => {
    const asked = request({ port, host: "127.0.0.1", agent: false, timeout: 1_000 }, (answer) => {
      answer.resume().on("error", () => {});
      resolve(answer.statusCode);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

/** Below 32768, where Linux takes no port for an outgoing connection. @returns {Promise<number>} */
function freePort() {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(freePort()));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}
