// The peers that npm does not bring, the systems of the page this project began with among them: what they are called, where
// their programs are once built, and what a reader of a table must know of each. Builds nothing (build-peers.ts does).

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printedVersion } from "./load/printed-version.ts";
import { nodeCommand, toolOnPath } from "./runtimes.ts";

export type Toolchain = "cargo" | "go" | "apache2";

export interface NativePeer {
  /** As `--peers` takes it. */
  readonly name: string;
  readonly title: string;
  /** What makes it, or for Apache what it is. */
  readonly toolchain: Toolchain;
  readonly command: readonly string[];
  readonly version: string;
  readonly caveats: readonly string[];
  readonly isCanned: boolean;
  /** Names of scenarios it has no answer for. */
  readonly without: readonly string[];
  /** The command starts the server as a child of its own and is not measured itself. */
  readonly isLauncher: boolean;
}

/** Folders of the sources; programs and `built-with`, which a build leaves beside them, lie below. */
export const RUST: string = fileURLToPath(new URL("../peers/rust", import.meta.url));
export const GO: string = fileURLToPath(new URL("../peers/go", import.meta.url));
const RUST_PROGRAMS = `${RUST}/target/release`;
const GO_PROGRAMS = `${GO}/bin`;
export const BUILT_WITH: Readonly<Record<"cargo" | "go", string>> = {
  cargo: `${RUST_PROGRAMS}/built-with`,
  go: `${GO_PROGRAMS}/built-with`,
};
const APACHE = fileURLToPath(new URL("../peers/apache.ts", import.meta.url));
/** Where Debian puts what peers/apache/httpd.conf loads. */
const APACHE_MODULES = "/usr/lib/apache2/modules";
const CANNED = [
  "canned: finds the end of the head, parses nothing",
  "has no limits and no deadlines",
  "its echo takes 1024 octets and no other number",
];
const HOW_TO_GET: Readonly<Record<Toolchain, string>> = {
  cargo: "Get Rust (https://rustup.rs), then npm run bench -- --build",
  go: "Get Go (https://go.dev/dl), then npm run bench -- --build",
  apache2: "On Debian: apt-get install apache2-bin",
};

/** All of them, whether they are there or not. */
export function nativePeers(): NativePeer[] {
  return [
    rust("tokio", "Tokio, canned", "peer-tokio", "tokio", { isCanned: true, caveats: CANNED }),
    rust("rust-std", "Rust std::net, canned", "peer-std", undefined, {
      isCanned: true,
      caveats: [...CANNED, "a thread for each connection"],
    }),
    rust("rocket", "Rocket", "peer-rocket", "rocket"),
    rust("hyperlane-3.6.8", "hyperlane 3.6.8", "peer-hyperlane-seed", "hyperlane@3", {
      caveats: ["takes one request for each connection, whatever was asked"],
      without: ["pipelined", "routes", "upload", "idle", "connections-10000"],
    }),
    rust("hyperlane", "hyperlane, newest", "peer-hyperlane-newest", "hyperlane", {
      // It resets the connection on chunked content.
      without: ["upload"],
    }),
    go("go", "Go net/http", "nethttp"),
    go("gin", "Gin", "gin", "github.com/gin-gonic/gin"),
    {
      name: "apache",
      title: "Apache httpd",
      toolchain: "apache2",
      command: [nodeCommand(), APACHE],
      version: printedVersion([apacheProgram() ?? "apache2", "-v"], /Apache\/(\d[\d.]*)/),
      caveats: ["answers from files", "two processes of 512 threads"],
      isCanned: false,
      // It leaves 5 octets uncompressed, and its files know no routes and read no content.
      without: ["gzip", "routes", "upload"],
      isLauncher: true,
    },
  ];
}

/** Apache's program, or `undefined`: some users have no folder for it on their PATH. */
export function apacheProgram(): string | undefined {
  return toolOnPath("apache2") ?? ["/usr/sbin/apache2"].find((file) => existsSync(file));
}

export function isBuilt(peer: NativePeer): boolean {
  if (peer.toolchain === "apache2") {
    return apacheProgram() !== undefined && existsSync(APACHE_MODULES);
  }
  return existsSync(peer.command[0]!);
}

/** Of a peer that is not built. */
export function whyMissing({ toolchain }: NativePeer): { reason: string; howToGet: string } {
  if (toolchain === "apache2") {
    return { reason: "Apache httpd is not installed", howToGet: HOW_TO_GET.apache2 };
  }
  if (toolOnPath(toolchain) === undefined) {
    return { reason: `not built, and there is no ${toolchain}`, howToGet: HOW_TO_GET[toolchain] };
  }
  return { reason: "not built", howToGet: "npm run bench -- --build" };
}

type More = Partial<Pick<NativePeer, "caveats" | "without" | "isCanned">>;

function rust(
  name: string,
  title: string,
  program: string,
  crate: string | undefined,
  more: More = {},
): NativePeer {
  const command = [`${RUST_PROGRAMS}/${program}`];
  const version = [crateVersion(crate), builtWith("cargo")]
    .filter((text) => text !== "")
    .join(", ");
  return { ...PLAIN, name, title, toolchain: "cargo", command, version, ...more };
}

function go(name: string, title: string, program: string, module?: string): NativePeer {
  const command = [`${GO_PROGRAMS}/${program}`];
  const version = [moduleVersion(module), builtWith("go")].filter((text) => text !== "").join(", ");
  return { ...PLAIN, name, title, toolchain: "go", command, version };
}

const PLAIN = { caveats: [], isCanned: false, without: [], isLauncher: false };

/** The compiler that made the programs, "" before. */
function builtWith(toolchain: "cargo" | "go"): string {
  const file = BUILT_WITH[toolchain];
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}

/** `crate` is its name, with "@" and the beginning of a version where the lock file has several; else the last counts. */
function crateVersion(crate: string | undefined): string {
  if (crate === undefined) return "";
  const [name = "", beginning = ""] = crate.split("@");
  const lock = readFileSync(`${RUST}/Cargo.lock`, "utf8");
  const entries = lock.matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm);
  const versions = [...entries].filter(([, found]) => found === name).map(([, , is = ""]) => is);
  return versions.filter((version) => version.startsWith(beginning)).at(-1) ?? "";
}

function moduleVersion(module: string | undefined): string {
  if (module === undefined) return "";
  const lines = readFileSync(`${GO}/go.mod`, "utf8").split("\n");
  const line = lines.find((text) => text.includes(`${module} v`)) ?? "";
  return / v(\S+)/.exec(line)?.[1] ?? "";
}
