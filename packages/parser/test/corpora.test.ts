// Cases of other projects' test suites, read in place where a checkout of them lies beside the
// repository. They are not part of it, and the project's own cases cover the same ground: without
// them this file has one skipped test.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConnectionMachine, type ReadRequest, type Verdict } from "./connection-machine.ts";
import { runTwoWaySplits } from "./split.ts";
import { octetsOf } from "./wire.ts";

/** What a case says of a request; what it leaves out it does not know. */
interface ExpectedRequest {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body_base64?: string;
  readonly trailers?: readonly (readonly [name: string, value: string])[];
}

interface CorpusCase {
  readonly id: string;
  readonly bytes_base64: string;
  /** The same with a Host that a server asks for. */
  readonly live_base64?: string;
  readonly expect: Verdict | "either";
  readonly requests?: readonly ExpectedRequest[];
  readonly flags: readonly string[];
}

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
declare const atob: (base64: string) => string;
declare const URL: new (path: string, base: string) => { readonly pathname: string };

const beside = new URL("../../../../shared/corpora", import.meta.url);
const folder = process.env["CORPORA_DIR"] ?? decodeURIComponent(beside.pathname);
const files = filesIn(folder);

function filesIn(path: string): readonly string[] {
  try {
    return readdirSync(path).filter((name) => name.endsWith(".jsonl"));
  } catch {
    return [];
  }
}

function linesOf(name: string): string[] {
  return readFileSync(`${folder}/${name}`, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Plays a case; returns its id and what is wrong, "" if nothing is. */
function judge(corpusCase: CorpusCase): string {
  const wrong = findWrong(corpusCase);
  return wrong === "" ? "" : `${corpusCase.id}: ${wrong}`;
}

function findWrong(corpusCase: CorpusCase): string {
  const { flags, live_base64, bytes_base64 } = corpusCase;
  // A suite that stops at the octet it minds leaves its line open; a server sees the rest.
  const rest = flags.includes("early-error") ? "\r\n\r\n" : "";
  const wire = octetsOf(atob(live_base64 ?? bytes_base64) + rest);
  const start = () => new ConnectionMachine(wire, flags.includes("head-only"));
  try {
    runTwoWaySplits(start, wire);
  } catch (error) {
    return String(error);
  }
  const machine = start();
  machine.push(wire.slice(), 0, 0, wire.length);
  if (corpusCase.expect === "either") return "";
  if (machine.verdict !== corpusCase.expect) return `${machine.verdict}: ${machine.trace()}`;
  if (corpusCase.expect !== "accept") return "";
  const expected = corpusCase.requests ?? [];
  if (expected.length > machine.requests.length) return `${machine.requests.length} requests`;
  return expected
    .map((request, index) => difference(corpusCase, request, machine.requests[index]))
    .join("");
}

function difference(
  { flags }: CorpusCase,
  expected: ExpectedRequest,
  request: ReadRequest | undefined,
): string {
  if (request === undefined) return "no request";
  const { method, target, version, content, trailers } = request;
  // The Host that was added stands right behind the request-line.
  const fields = flags.includes("no-host") ? request.fields.slice(1) : request.fields;
  const named = (lines: readonly (readonly [string, string])[]) =>
    lines.map(([name, value]) => [name.toLowerCase(), value]);
  const pairs: readonly (readonly [what: string, expected: unknown, actual: unknown])[] = [
    ["method", expected.method, method],
    ["target", expected.target, target],
    ["version", expected.version, version],
    ["fields", expected.headers && named(expected.headers), named(fields)],
    ["content", expected.body_base64 && atob(expected.body_base64), content],
    ["trailers", expected.trailers && named(expected.trailers), named(trailers)],
  ];
  return pairs
    .filter(([, one, other]) => one !== undefined && JSON.stringify(one) !== JSON.stringify(other))
    .map(([what, one, other]) => `${what}: ${JSON.stringify(other)} is not ${JSON.stringify(one)}`)
    .join(", ");
}

if (files.length === 0) {
  test.skip(`corpora: no cases of other projects in ${folder}`, () => {});
} else {
  const decided = new Set(linesOf("decided.txt").map((line) => line.split("\t")[0]));
  describe("cases of other projects get the verdict of wire behaviour at every two-way split", () => {
    for (const file of files) {
      const cases = linesOf(file).map((line): CorpusCase => JSON.parse(line));
      const judged = cases.filter(({ id }) => !decided.has(id));
      const others = cases.filter(({ id }) => decided.has(id));
      test(`${file}: ${judged.length} cases, ${others.length} decided otherwise`, () => {
        expect(judged.map(judge).filter((wrong) => wrong !== "")).toEqual([]);
        // Whatever their verdict, it is one and the same.
        const anyVerdict = others.map((other): CorpusCase => ({ ...other, expect: "either" }));
        expect(anyVerdict.map(judge).filter((wrong) => wrong !== "")).toEqual([]);
      });
    }
  });
}
