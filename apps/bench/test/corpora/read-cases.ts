// Cases of other projects' test suites, read in place where a checkout of them lies beside the repository.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface ExpectedRequest {
  readonly method?: string;
  readonly target?: string;
  readonly body_base64?: string;
}

export interface CorpusCase {
  readonly id: string;
  readonly bytes_base64: string;
  /** The same with a Host that a server asks for. */
  readonly live_base64?: string;
  /** `either`: only that any split gives the same counts. */
  readonly expect: "accept" | "reject" | "incomplete" | "either";
  readonly requests?: readonly ExpectedRequest[];
  readonly invariant?: string;
  readonly flags: readonly string[];
}

export const folder: string =
  process.env["CORPORA_DIR"] ??
  fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));

/** Names of the files with cases; none where there is no such folder. */
export function caseFiles(): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  } catch {
    return [];
  }
}

/** The cases of a file. Those that are decided otherwise expect `either`. */
export function readCases(file: string): CorpusCase[] {
  const decided = new Set(linesOf("decided.txt").map((line) => line.split("\t")[0]));
  return linesOf(file)
    .map((line): CorpusCase => JSON.parse(line))
    .map((one) => (decided.has(one.id) ? { ...one, expect: "either" } : one));
}

function linesOf(name: string): string[] {
  return readFileSync(join(folder, name), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** What goes over the wire. A suite that stops at the octet it minds leaves its line open; a server sees the rest. */
export function wireOf({ live_base64, bytes_base64, flags }: CorpusCase): Buffer {
  const octets = Buffer.from(live_base64 ?? bytes_base64, "base64");
  return flags.includes("early-error") ? Buffer.concat([octets, Buffer.from("\r\n\r\n")]) : octets;
}
