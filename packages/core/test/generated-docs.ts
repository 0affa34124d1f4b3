// The pages of docs/ that are drawn from tables of the code: connection states and faults. Gives text; knows no files but
// the source whose comments say what a state means.

import { readFileSync } from "node:fs";
import { FAULTS } from "@hyperlane-ts/parser";
import {
  type DeadlineName,
  READING,
  READING_DEADLINES,
  type Transitions,
  WRITING,
  WRITING_DEADLINES,
} from "../src/connection-state.ts";
import { DEFAULT_DEADLINES, type Deadlines } from "../src/deadlines.ts";

const UPDATE = "UPDATE_DOCS=1 pnpm --filter @hyperlane-ts/core exec vitest run test/docs.test.ts";

/** Which members of `deadlines` each deadline of the tables is made of. */
const MEMBERS: Readonly<Record<DeadlineName, readonly (keyof Deadlines)[]>> = {
  firstOctet: ["firstOctetMs"],
  keepAlive: ["keepAliveMs"],
  head: ["headMs"],
  content: ["contentGraceMs", "contentMinRate", "contentIdleMs", "contentMs"],
  drain: ["lingerMs"],
  handler: ["handlerMs"],
  writeStall: ["writeStallMs"],
  linger: ["lingerMs"],
};

const source = readFileSync(new URL("../src/connection-state.ts", import.meta.url), "utf8");

/** What stands between `start` and the next `end` of the source. */
function part(start: string, end: string): string {
  const from = source.indexOf(start);
  const to = source.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`no ${start} in connection-state.ts`);
  return source.slice(from, to);
}

/** The comment above each member of a union of states. */
export function meanings(type: "ReadingState" | "WritingState"): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, text, state] of part(`export type ${type} =`, ";\n").matchAll(
    /\/\*\*\s*([\s\S]*?)\s*\*\/\s*\| "(\w+)"/g,
  )) {
    found.set(state!, text!.replace(/\s*\n\s*\*\s*/g, " "));
  }
  return found;
}

/** The comment above each row of a table of deadlines. */
function reasons(table: "READING_DEADLINES" | "WRITING_DEADLINES"): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let comment = "";
  for (const line of part(`export const ${table}`, "};").split("\n")) {
    const said = /^\s*\/\/ (.*)$/.exec(line);
    if (said !== null) {
      comment = `${comment} ${said[1]!}`.trim();
      continue;
    }
    const row = /^\s*(\w+): \[/.exec(line);
    if (row !== null && comment !== "") found.set(row[1]!, comment);
    comment = "";
  }
  return found;
}

interface Half {
  readonly title: string;
  readonly table: Transitions<string, string>;
  readonly deadlines: Readonly<Record<string, readonly (DeadlineName | "none")[]>>;
  readonly meanings: ReadonlyMap<string, string>;
  readonly reasons: ReadonlyMap<string, string>;
}

const HALVES: readonly Half[] = [
  {
    title: "The reading half",
    table: READING,
    deadlines: READING_DEADLINES,
    meanings: meanings("ReadingState"),
    reasons: reasons("READING_DEADLINES"),
  },
  {
    title: "The writing half",
    table: WRITING,
    deadlines: WRITING_DEADLINES,
    meanings: meanings("WritingState"),
    reasons: reasons("WRITING_DEADLINES"),
  },
];

function exits(row: Readonly<Partial<Record<string, string>>>): string {
  const all = Object.entries(row).map(([event, next]) => `${event} → **${next}**`);
  return all.length === 0 ? "none" : all.join("<br>");
}

function deadlineText(half: Half, state: string): string {
  const names = half.deadlines[state]!.map((name) => (name === "none" ? name : `\`${name}\``));
  const reason = half.reasons.get(state);
  if (reason === undefined) return names.join(" or ");
  // A comment that begins with `"none":` says when there is none; any other stands for itself.
  const [, when] = /^"none": (.*)$/.exec(reason) ?? [];
  return names.join(" or ") + (when === undefined ? `. ${reason}` : `: ${when}`);
}

function halfSection(half: Half): string[] {
  const states = Object.keys(half.table);
  return [
    `## ${half.title}`,
    "",
    "| State | Meaning | Exits | Final | Deadline |",
    "| --- | --- | --- | --- | --- |",
    ...states.map((state) => {
      const row = half.table[state]!;
      const final = Object.keys(row).length === 0 ? "yes" : "no";
      const meaning = half.meanings.get(state)!;
      return `| **${state}** | ${meaning} | ${exits(row)} | ${final} | ${deadlineText(half, state)} |`;
    }),
    "",
    "```mermaid",
    "stateDiagram-v2",
    `  [*] --> ${states[0]}`,
    ...states.flatMap((state) =>
      Object.entries(half.table[state]!)
        .filter(([event]) => event !== "lost")
        .map(([event, next]) => `  ${state} --> ${next}: ${event}`),
    ),
    "  closed --> [*]",
    "```",
    "",
  ];
}

/** docs/connection-states.md. */
export function connectionStatesPage(): string {
  return [
    "# States of a connection",
    "",
    "<!-- Drawn from packages/core/src/connection-state.ts by a test; write it anew with",
    `     ${UPDATE} -->`,
    "",
    "A connection has two halves, each in one state at a time. An event moves a half along its table; an event a state has",
    "no row for is an error of the server and closes the connection. Each half has at most one deadline, and the",
    'connection is closed at the earlier of the two. A half that waits for the peer always has one; "none" stands only',
    "where the server waits for itself or where the other half's deadline covers both.",
    "",
    "The drawings leave out one event: `lost` (the connection is gone) leads from every state to **closed**.",
    "",
    ...HALVES.flatMap(halfSection),
    "## Deadlines",
    "",
    "Defaults in ms (`contentMinRate`: octets per second), see `deadlines` of the server's options.",
    "",
    "| Deadline | Members and defaults |",
    "| --- | --- |",
    ...Object.entries(MEMBERS).map(
      ([name, members]) =>
        `| \`${name}\` | ${members.map((member) => `\`${member}\` ${DEFAULT_DEADLINES[member] ?? "off"}`).join(", ")} |`,
    ),
    "",
  ].join("\n");
}

/** docs/faults.md. */
export function faultsPage(): string {
  return [
    "# Faults",
    "",
    "<!-- Drawn from FAULTS in packages/parser/src/faults.ts by a test of packages/core; write it anew with",
    `     ${UPDATE} -->`,
    "",
    "Every reason for which the parser refuses a request. The code is stable: it stands in `ParseError.code`, in the log",
    "line of a refused request and in `server.stats().faults`. The server answers with the status, a small fixed text and",
    "`Connection: close`, unless an answer has begun: then the connection is cut. Nothing behind a fault is parsed.",
    "",
    "| Code | Status | Source | What was found |",
    "| --- | --- | --- | --- |",
    ...FAULTS.slice(1).map(
      ({ code, status, section, message }) =>
        `| \`${code}\` | ${status} | ${section} | ${message} |`,
    ),
    "",
  ].join("\n");
}
