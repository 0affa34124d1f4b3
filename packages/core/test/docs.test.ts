// The pages of docs/ that are drawn from tables must match them. UPDATE_DOCS=1 writes them anew.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { READING, WRITING } from "../src/connection-state.ts";
import { connectionStatesPage, faultsPage, meanings } from "./generated-docs.ts";

const PAGES = [
  ["connection-states.md", connectionStatesPage],
  ["faults.md", faultsPage],
] as const;

describe("docs", () => {
  for (const [name, draw] of PAGES) {
    test(`${name} matches its table`, () => {
      const file = new URL(`../../../docs/${name}`, import.meta.url);
      const drawn = draw();
      if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, drawn);
      expect(readFileSync(file, "utf8")).toBe(drawn);
    });
  }

  test("every state has its meaning written above it", () => {
    expect([...meanings("ReadingState").keys()]).toEqual(Object.keys(READING));
    expect([...meanings("WritingState").keys()]).toEqual(Object.keys(WRITING));
    for (const text of [
      ...meanings("ReadingState").values(),
      ...meanings("WritingState").values(),
    ]) {
      expect(text).toMatch(/^[^|]+\.$/);
    }
  });
});
