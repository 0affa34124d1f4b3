// Where the programs are that servers and loads run on: Node, Bun, and tools that the machine may or may not have.
// Starts nothing.

import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

/** The Node that runs this process, unless another is asked for. */
export function nodeCommand(asked?: string): string {
  return asked ?? process.execPath;
}

/** The Bun of the workspace; BUN_BINARY names another. */
export function bunCommand(): string {
  const installed = createRequire(import.meta.url).resolve("bun/package.json");
  return process.env["BUN_BINARY"] ?? join(installed, "..", "bin", "bun.exe");
}

/** The Deno of the workspace; `undefined` where its package has no program for the machine. */
export function denoCommand(): string | undefined {
  try {
    const installed = createRequire(import.meta.url).resolve("deno/package.json");
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    const glibc = report.header?.glibcVersionRuntime;
    const libc = process.platform !== "linux" ? "" : glibc === undefined ? "-musl" : "-glibc";
    const name = `${process.platform}-${process.arch}${libc}`;
    // What a package depends on is installed beside it.
    const command = join(installed, "..", "..", "@deno", name, "deno");
    return isExecutable(command) ? command : undefined;
  } catch {
    return undefined;
  }
}

/** The two runtimes that the adapters are for, with the command of each. */
export const RUNTIMES: readonly { readonly name: "node" | "bun"; readonly command: string }[] = [
  { name: "node", command: nodeCommand() },
  { name: "bun", command: bunCommand() },
];

/** The path of a tool of the machine, or `undefined`. */
export function toolOnPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
