// The few names of Node and Bun that tests use. The package itself is compiled without the types of
// either, so that using a name of theirs in its sources does not compile; their packages of types
// would bring all of them.

declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function readdirSync(path: string): string[];
}

interface ImportMeta {
  readonly url: string;
}
