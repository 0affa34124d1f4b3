// docs/defaults.md lists every option with what the server makes of it. UPDATE_DOCS=1 writes default, allowed and strict
// values anew; rows and reasons are written by hand.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defaultSettings, resolveShedding } from "../src/options.ts";
import { OPTION_GROUPS, optionRows, withPresentValues } from "./defaults-page.ts";

const file = new URL("../../../docs/defaults.md", import.meta.url);

describe("docs/defaults.md", () => {
  const page = readFileSync(file, "utf8");
  const rows = optionRows(page);

  test.each(OPTION_GROUPS.map(({ heading, names }) => [heading, names] as const))(
    "%s: every option has a row, and every row an option",
    (heading, names) => {
      const listed = rows.filter(({ group }) => group.heading === heading);
      expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort());
    },
  );

  test("defaults, allowed values and strict values are the server's", () => {
    const present = withPresentValues(page);
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, present);
    expect(readFileSync(file, "utf8")).toBe(present);
  });

  test("every option has a reason", () => {
    const missing = rows.filter(({ row }) => !/^[^ ].*[.)]$/.test(row.cells.get("Why") ?? ""));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  test("the preset changes no threshold of shedding", () => {
    const settings = defaultSettings();
    expect(resolveShedding({ ...settings, preset: "strict" })).toEqual(resolveShedding(settings));
  });
});
