// The peers that npm brings: what they are called, what runs them, and what a reader of a table must know of each. Data,
// and the versions that are installed; starts nothing.

import { readFileSync } from "node:fs";

export interface NpmPeer {
  /** As `--peers` takes it. */
  readonly name: string;
  readonly title: string;
  readonly runtime: "node" | "bun" | "deno";
  /** Its file in peers. */
  readonly file: string;
  /** Those that `versionOf` knows and whose versions say what is measured, besides the runtime. */
  readonly packages: readonly string[];
  /** What it leaves out or does differently, a phrase each; not what its answers show by themselves. */
  readonly caveats: readonly string[];
}

const CANNED = [
  "canned: finds the end of the head, parses nothing",
  "has no limits and no deadlines",
  "its echo takes 1024 octets and no other number",
];
const BY_HAND = "has no router: paths are compared by hand";
const CLOSES_AT_1000 = "closes a connection after 900 to 1000 requests, as it does by default";

export const NPM_PEERS: readonly NpmPeer[] = [
  {
    name: "ours-node",
    title: "ours on Node",
    runtime: "node",
    file: "ours-node.ts",
    packages: ["@hyperlane-ts/core", "@hyperlane-ts/adapter-node"],
    caveats: [CLOSES_AT_1000],
  },
  {
    name: "ours-bun",
    title: "ours on Bun",
    runtime: "bun",
    file: "ours-bun.ts",
    packages: ["@hyperlane-ts/core", "@hyperlane-ts/adapter-bun"],
    caveats: [CLOSES_AT_1000],
  },
  {
    name: "node-net",
    title: "node:net, canned",
    runtime: "node",
    file: "raw-net.ts",
    packages: [],
    caveats: CANNED,
  },
  {
    name: "node-http",
    title: "node:http",
    runtime: "node",
    file: "node-http.ts",
    packages: [],
    caveats: [BY_HAND, "is told to leave out the Connection and Keep-Alive fields of its own"],
  },
  {
    name: "bun-listen",
    title: "Bun.listen, canned",
    runtime: "bun",
    file: "raw-bun.ts",
    packages: [],
    caveats: CANNED,
  },
  {
    name: "bun-serve",
    title: "Bun.serve",
    runtime: "bun",
    file: "bun-serve.ts",
    packages: [],
    caveats: ["keeps no HTTP/1.0 connection", "closes without saying so"],
  },
  {
    name: "fastify",
    title: "Fastify",
    runtime: "node",
    file: "fastify.ts",
    packages: ["fastify"],
    caveats: ["makes JSON by a function compiled from a schema"],
  },
  {
    name: "hono",
    title: "Hono on @hono/node-server",
    runtime: "node",
    file: "hono.ts",
    packages: ["hono", "@hono/node-server"],
    caveats: [],
  },
  {
    name: "express",
    title: "Express",
    runtime: "node",
    file: "express.ts",
    packages: ["express"],
    caveats: ["without ETag, which it makes by default"],
  },
  {
    name: "koa",
    title: "Koa",
    runtime: "node",
    file: "koa.ts",
    packages: ["koa", "@koa/router", "raw-body"],
    caveats: ["with @koa/router, and raw-body for its echo"],
  },
  {
    name: "h3",
    title: "h3 on srvx",
    runtime: "node",
    file: "h3.ts",
    packages: ["h3"],
    caveats: ["sends no reason phrase"],
  },
  {
    name: "elysia",
    title: "Elysia",
    runtime: "bun",
    file: "elysia.ts",
    packages: ["elysia"],
    caveats: ["leaves routing to Bun.serve, and closes as that does"],
  },
  {
    name: "deno",
    title: "Deno.serve",
    runtime: "deno",
    file: "deno-serve.ts",
    packages: [],
    caveats: [BY_HAND, "answers HTTP/1.0 with HTTP/1.0"],
  },
];

/** The installed version of a package that the bench depends on. Throws `Error` where there is none. */
export function versionOf(packageName: string): string {
  const file = new URL(`../node_modules/${packageName}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}
