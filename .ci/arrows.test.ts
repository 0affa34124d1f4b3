// Holds every src of the repository to arrows.ts, and arrows.ts to the breaches it must see.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { RULES, type SourceFile, violations } from "./arrows.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => `${group}/${name}`),
);

function packageJson(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

function dependencies(folder: string, kind: string): string[] {
  return Object.keys(packageJson(folder)[kind] ?? {}).sort();
}

function sourceFiles(folder: string): SourceFile[] {
  const listed = dependencies(folder, "dependencies");
  if (folder.startsWith("apps/")) listed.push(...dependencies(folder, "devDependencies"));
  const source = join(root, folder, "src");
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
    .map((name) => join(source, name))
    .map((file) => ({
      path: relative(root, file).split(sep).join("/"),
      text: readFileSync(file, "utf8"),
      listed,
    }));
}

describe("arrows", () => {
  test("every package has a rule", () => {
    expect(folders.filter((folder) => RULES[folder] === undefined)).toEqual([]);
    expect(Object.keys(RULES).filter((folder) => !folders.includes(folder))).toEqual([]);
  });

  test.each(folders)("%s/src imports and names what its rule allows", (folder) => {
    const files = sourceFiles(folder);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap(violations)).toEqual([]);
  });

  test.each([
    ["packages/parser", []],
    ["packages/adapter-node", ["@hyperlane-ts/core"]],
    ["packages/adapter-bun", ["@hyperlane-ts/core"]],
  ])("%s depends on nothing more than %j", (folder, expected) => {
    expect(dependencies(folder, "dependencies")).toEqual(expected);
    expect(dependencies(folder, "peerDependencies")).toEqual([]);
    expect(dependencies(folder, "optionalDependencies")).toEqual([]);
  });
});

describe("violations", () => {
  const listed = ["@hyperlane-ts/parser", "rou3"];
  const inspect = (path: string, text: string): string[] => violations({ path, text, listed });

  test.each([
    ["packages/parser/src/head.ts", 'import { scan } from "./octets.ts";'],
    ["packages/parser/src/head.ts", "export const row = { process: 1 }.process;"],
    ["packages/parser/src/head.test.ts", 'import { join } from "node:path";'],
    ["packages/core/src/server.ts", 'export { HeadParser } from "@hyperlane-ts/parser";'],
    ["packages/core/src/router.ts", 'import { createRouter } from "rou3";'],
    ["packages/core/src/testing/index.ts", 'import { Server } from "../server.ts";'],
    ["packages/core/src/log.ts", 'import { open } from "node:fs/promises";'],
    ["packages/adapter-node/src/socket.ts", 'import { Socket } from "node:net";'],
    ["packages/adapter-bun/src/socket.ts", 'import type { Socket } from "bun";\nBun.gc(true);'],
    ["apps/hello/src/node.ts", 'import { env } from "node:process";'],
    ["apps/bench/src/bench.ts", 'import { HeadParser } from "@hyperlane-ts/parser";'],
  ])("%s may hold %s", (path, text) => {
    expect(inspect(path, text)).toEqual([]);
  });

  test.each([
    ["packages/parser/src/head.ts", 'import { join } from "node:path";', "imports node:path"],
    ["packages/parser/src/head.ts", 'import type { A } from "rou3";', "imports rou3"],
    ["packages/parser/src/head.ts", "process.hrtime();", "names process"],
    ["packages/parser/src/head.ts", "globalThis.setTimeout(f);", "names setTimeout"],
    ["packages/parser/src/head.ts", 'import "./head.test.ts";', "imports ./head.test.ts"],
    ["packages/parser/src/head.ts", 'import "../test/wire.ts";', "imports ../test/wire.ts"],
    ["packages/core/src/server.ts", 'import net from "node:net";', "imports node:net"],
    ["packages/core/src/server.ts", 'export * from "node:http";', "imports node:http"],
    ["packages/core/src/server.ts", 'await import("node:http2");', "imports node:http2"],
    ["packages/core/src/server.ts", "await import(name);", "imports <computed>"],
    ["packages/core/src/server.ts", 'const n = require("net");', "imports net"],
    ["packages/core/src/server.ts", 'import n = require("net");', "imports net"],
    ["packages/core/src/server.ts", 'type S = import("node:tls").TLSSocket;', "imports node:tls"],
    ["packages/core/src/server.ts", 'process.getBuiltinModule("net");', "imports net"],
    ["packages/core/src/server.ts", 'import "pino";', "imports pino"],
    ["packages/core/src/server.ts", "if (typeof Bun === 'object') f();", "names Bun"],
    ["packages/adapter-node/src/socket.ts", 'import "@hyperlane-ts/parser";', "imports @hyperlane"],
    ["packages/adapter-node/src/socket.ts", 'import "@hyperlane-ts/core/testing";', "imports @"],
    ["packages/adapter-node/src/socket.ts", 'import "node:_http_server";', "imports node:_http_"],
    ["packages/adapter-node/src/socket.ts", "socket._handle.close();", "names _handle"],
    ["packages/adapter-node/src/socket.ts", 'socket["_handle"].close();', "names _handle"],
    ["packages/adapter-node/src/socket.ts", "const { _handle } = socket;", "names _handle"],
    ["packages/adapter-node/src/socket.ts", 'process.binding("tcp");', "names process.binding"],
    ["packages/adapter-bun/src/socket.ts", 'import "@hyperlane-ts/parser";', "imports @hyperlane"],
    ["packages/adapter-bun/src/socket.ts", 'import "node:cluster";', "imports node:cluster"],
    ["apps/hello/src/app.ts", 'import "@hyperlane-ts/parser";', "imports @hyperlane-ts/parser"],
    ["apps/new/src/app.ts", "", "no rule for apps/new"],
    ["packages/core/src/utils.ts", "", "a drawer"],
    ["packages/core/src/string-helpers.test.ts", "", "a drawer"],
    ["packages/core/src/common/date.ts", "", "a drawer"],
    ["packages/core/src/server.ts", '/// <reference types="bun" />', "references bun"],
  ])("%s may not hold %j: %s", (path, text, finding) => {
    const found = inspect(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(finding);
  });

  test.each([
    [400, 0],
    [401, 1],
  ])("a file of %i lines: %i", (lines, count) => {
    expect(inspect("packages/core/src/server.ts", "//\n".repeat(lines))).toHaveLength(count);
  });
});
