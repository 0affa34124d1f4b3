// Compiles and runs every example of the READMEs, of docs and of the docstrings, on the Node and the Bun that the
// repository installs; and holds the machinery to examples that it must refuse.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile, type Example, examplesOf, runExample, writeExamples } from "./examples.mjs";
import { developmentRuntimes } from "./runtimes.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
// Beside this file, as imports of the packages resolve from here.
const folder = fileURLToPath(new URL(".results/examples", import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const runtimes = developmentRuntimes();
const consumer = { lib: ["es2023"], types: ["node"] };

function filesIn(path: string, extension: string): string[] {
  if (!existsSync(join(root, path))) return [];
  return readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension) && !name.endsWith(`.test${extension}`))
    .map((name) => join(path, name));
}

const packages = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(group, name)),
);
const documents = [
  "README.md",
  ...packages.map((name) => join(name, "README.md")),
  ...filesIn("docs", ".md"),
  ...packages.flatMap((name) => filesIn(join(name, "src"), ".ts")),
].filter((file) => existsSync(join(root, file)));
const examples = documents.flatMap((file) =>
  examplesOf(relative(root, join(root, file)), readFileSync(join(root, file), "utf8")),
);

describe("examples of the documentation", () => {
  const readmes = ["README.md", ...packages.map((name) => join(name, "README.md"))];
  test.each(readmes.filter((file) => !file.startsWith("apps")))("%s has one", (file) => {
    expect(examples.some(({ title, run }) => run && title.startsWith(`${file}:`))).toBe(true);
  });

  test("compile for a strict consumer", { timeout: 60_000 }, () => {
    writeExamples(join(folder, "all"), examples);
    const titles = examples.map(({ title }, at) => `${at}.mts is ${title}`).join("\n");
    const complaints = examples.length === 0 ? "" : compile(join(folder, "all"), consumer);
    expect(complaints === "" ? "" : `${complaints}\n${titles}`).toBe("");
  });

  const runs = examples.flatMap((example) =>
    runtimes
      .filter(({ kind }) => example.run && example.runtimes.includes(kind))
      .map((runtime) => ({ example, runtime, title: `${example.title} on ${runtime.name}` })),
  );
  test.each(runs)("$title", { timeout: 60_000 }, async ({ example, runtime }) => {
    expect(await runExample(runtime.command, folder, example)).toBe("");
  });
});

describe("examplesOf", () => {
  const markdown = [
    "```ts",
    'import { nodeAdapter } from "@hyperlane-ts/adapter-node"; // or "@hyperlane-ts/adapter-bun"',
    "```",
    "",
    "```text output",
    "done",
    "```",
    "```sh",
    "npm test",
    "```",
    "```ts no-run",
    'import { bunAdapter } from "@hyperlane-ts/adapter-bun";',
    "```",
    "```ts fragment",
    "ctx.send()",
    "```",
  ].join("\n");

  test("reads fences, markers, output and the runtime", () => {
    const found = examplesOf("README.md", markdown);
    expect(found.map(({ title, run, output }) => [title, run, output])).toEqual([
      ["README.md:1", true, "done\n"],
      ["README.md:11", false, undefined],
    ]);
    expect(found.map((example) => example.runtimes)).toEqual([["node"], ["bun"]]);
  });

  test("reads docstrings and nothing else of a source file", () => {
    const text = "/**\n * Says:\n * ```ts\n * f();\n * ```\n */\nf(`\n```ts\ng();\n```\n`);\n";
    expect(examplesOf("src/f.ts", text).map(({ title, source }) => [title, source])).toEqual([
      ["src/f.ts:3", "f();\n"],
    ]);
  });

  test("refuses an unknown marker and an output of nothing", () => {
    expect(() => examplesOf("README.md", "```ts norun\n```")).toThrow("README.md:1");
    expect(() => examplesOf("README.md", "```text output\n```")).toThrow("README.md:1");
  });
});

describe("compile", () => {
  test("complains of wrong types, modules and names", { timeout: 60_000 }, () => {
    const here = join(folder, "wrong");
    const sources = [
      "export const octets: number = 'five';",
      "export * from '@hyperlane-ts/none';",
      "import type { None } from '@hyperlane-ts/core';\nexport type Nothing = None;",
    ];
    writeExamples(here, sources.map(example));
    const complaints = compile(here, consumer).match(/^\d\.mts|TS\d+/gm);
    expect(complaints).toEqual(["0.mts", "TS2322", "1.mts", "TS2307", "2.mts", "TS2305"]);
  });
});

describe("runExample", () => {
  const server = 'import { createServer } from "node:http";\nconst server = createServer(';
  const listening = ").listen(60000, '127.0.0.1');\n";

  test.each([
    ["ends", "console.log('done');", "done\n", ""],
    ["prints something else", "console.log('done');", "end\n", 'printed "done\\n"'],
    ["throws", "throw new Error('no');", undefined, "exit code 1"],
    ["answers", `${server}(_, a) => a.end()${listening}`, undefined, ""],
    ["answers 500", `${server}(_, a) => a.writeHead(500).end()${listening}`, undefined, "500"],
    ["breaks on its request", `${server}() => process.exit(3)${listening}`, undefined, "code 3"],
    [
      "closes on SIGINT",
      `${server}(_, a) => a.end()${listening}process.on("SIGINT", () => server.close());`,
      undefined,
      "",
    ],
    [
      "closes by itself",
      `${server}(_, a) => a.end()${listening}setTimeout(() => server.close(), 300);`,
      undefined,
      "",
    ],
  ])("judges one that %s", { timeout: 60_000 }, async (_, source, output, problem) => {
    for (const { command } of runtimes) {
      const found = await runExample(command, folder, { ...example(source), output });
      if (problem === "") expect(found).toBe("");
      else expect(found).toContain(problem);
    }
  });
});

function example(source: string): Example {
  return { title: "test", source, run: true, output: undefined, runtimes: ["node", "bun"] };
}
