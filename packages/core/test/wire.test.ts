// Every transcript in memory, whole, octet by octet and at every two-way split; and that no row of wire/README.md is
// without one.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { conformance, listenInMemory, readTranscripts } from "../src/testing/index.ts";

const transcripts = readTranscripts();

describe("wire transcripts", () => {
  conformance(test, listenInMemory, { splits: "every", transcripts });
});

describe("wire/README.md", () => {
  const readme = readFileSync(new URL("../wire/README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| `([a-z0-9.-]+)` \|/gm)].map(([, row]) => row!);

  test("the table of rows is read", () => {
    expect(rows.length).toBeGreaterThan(29);
    expect(new Set(rows).size).toBe(rows.length);
  });

  test("every row has a transcript", () => {
    const shown = new Set(transcripts.flatMap((transcript) => transcript.rows));
    expect(rows.filter((row) => !shown.has(row))).toEqual([]);
  });

  test("every transcript names rows of the table", () => {
    const strangers = transcripts.filter(
      ({ rows: named }) => !named.every((row) => rows.includes(row)),
    );
    expect(strangers.map(({ file, line, rows: named }) => `${file}:${line} ${named}`)).toEqual([]);
  });
});
