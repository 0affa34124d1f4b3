// docs/operating.md lists every number of `server.stats()` and every reason for which connections close, and no other.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Server } from "../src/server.ts";
import { nameIn, rowsOf } from "./markdown-tables.ts";

const page = readFileSync(new URL("../../../docs/operating.md", import.meta.url), "utf8");
const reasons = readFileSync(new URL("../src/close-reason.ts", import.meta.url), "utf8");

function listed(column: string): string[] {
  return rowsOf(page)
    .map(({ cells }) => nameIn(cells.get(column)))
    .filter((name) => name !== "")
    .sort();
}

/** Paths to the numbers; a record that begins empty stands for its members. */
function pathsOf(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    if (typeof member !== "object") return [path];
    return Object.keys(member).length === 0 ? [path] : pathsOf(member, `${path}.`);
  });
}

describe("docs/operating.md", () => {
  test("lists every number of stats()", () => {
    expect(listed("Number")).toEqual(pathsOf(new Server().stats()).sort());
  });

  test("lists every close reason", () => {
    const union = /export type CloseReason =([\s\S]*?);\n\n/.exec(reasons)?.[1] ?? "";
    const names = [...union.matchAll(/^\s*\| "(\w+)"/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(10);
    expect(listed("Reason")).toEqual(names.sort());
  });
});
