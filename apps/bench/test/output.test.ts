import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chart } from "../src/output/chart.ts";
import { figuresOf, isMet } from "../src/output/figures.ts";
import { markdownReport } from "../src/output/markdown.ts";
import { Progress } from "../src/output/progress.ts";
import { updateReadme } from "../src/output/readme-section.ts";
import { number, ratioText, remarks, scenarioTable } from "../src/output/scenario-table.ts";
import { terminalTable } from "../src/output/terminal-table.ts";
import { writeResult } from "../src/output/write-result.ts";
import type { BenchResult, Round, Row, ScenarioResult } from "../src/result.ts";

const ROUND: Round = {
  requests: 1000,
  cpuUsPerRequest: 10,
  requestsPerSecond: 50_000,
  p50Ms: 1,
  p99Ms: 2,
  p999Ms: 3,
  errors: 0,
  serverShare: 0.5,
  loadShare: 0.95,
};

function row(peer: string, cpuUs: readonly number[], more: Partial<Row> = {}): Row {
  return {
    peer,
    title: `the ${peer}`,
    group: "node",
    isAgain: false,
    caveats: [],
    rounds: cpuUs.map((cpuUsPerRequest) => ({ ...ROUND, cpuUsPerRequest })),
    residentOctets: 64 * 2 ** 20,
    ...more,
  };
}

function scenario(rows: readonly Row[], more: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    name: "keep-alive",
    title: "64 connections, kept",
    tool: "wrk",
    connections: 64,
    notes: ["a note"],
    rows,
    ratios: [],
    ...more,
  };
}

function result(
  scenarios: readonly ScenarioResult[],
  startedAt = "2026-11-23T10:00:00.000Z",
): BenchResult {
  return {
    schema: 1,
    startedAt,
    finishedAt: "2026-11-23T10:07:10.000Z",
    command: "npm run bench -- --all",
    commit: "0123456789ab",
    machine: {
      name: "some-cpu-2",
      processor: "Some | CPU",
      processors: 2,
      memoryOctets: 8 * 2 ** 30,
      kernel: "Linux 6.1",
      descriptors: 1024,
      acceptQueue: 4096,
      isPinned: true,
    },
    versions: { Node: "26.10.0", Bun: "1.4.5" },
    rounds: 3,
    roundSeconds: 1,
    scenarios,
    missing: [{ peer: "rocket", reason: "not built", howToGet: "npm run bench -- --build" }],
  };
}

const TWO = scenario([
  row("slow", [20, 30, 40], { caveats: ["does not parse"] }),
  row("ours-node", [9, 10, 11], { group: "ours" }),
  row("broken", [], { error: "it ended with code 1" }),
  row("node-net", [8, 8, 8], { caveats: ["does not parse"] }),
]);

describe("figures", () => {
  it("are medians with the interval from 10 to 90 %", () => {
    const { cpuUs } = figuresOf(row("a", [5, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]));
    expect(cpuUs).toEqual({ median: 6, low: 2, high: 10 });
  });

  it.each([
    { serverShare: 1, loadShare: 0.5, limit: "server" },
    { serverShare: 0.5, loadShare: 0.95, limit: "load" },
    { serverShare: 0.99, loadShare: 0.95, limit: "server" },
    { serverShare: 0.5, loadShare: 0.5, limit: "neither" },
    { serverShare: 0.99, loadShare: Number.NaN, limit: "server" },
  ])(
    "name the limit: $serverShare and $loadShare give $limit",
    ({ serverShare, loadShare, limit }) => {
      const rounds = [{ ...ROUND, serverShare, loadShare }];
      expect(figuresOf({ ...row("a", []), rounds }).limit).toBe(limit);
    },
  );

  it.each([
    { goal: 1.1, met: true },
    { goal: 1, met: false },
    { goal: undefined, met: undefined },
  ])("goal $goal against 1.05 to 1.30 is met: $met", ({ goal, met }) => {
    const perRound = [1.05, 1.05, 1.2, 1.3, 1.3];
    const ratio = { of: "a", to: ["b"], perRound, ...(goal === undefined ? {} : { goal }) };
    expect(isMet(ratio)).toBe(met);
  });

  it.each([
    [0.1234, "0.12"],
    [12.34, "12.3"],
    [123.4, "123"],
    [123_456.7, "123,457"],
    [Number.NaN, "–"],
    [null, "–"],
  ])("%s is written %s", (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe("the table of a scenario", () => {
  it("has the cheapest first, what failed last, and no column without figures", () => {
    const { header, rows } = scenarioTable(TWO);
    expect(rows.map(([title]) => title)).toEqual([
      "the node-net",
      "the ours-node",
      "the slow",
      "the broken",
    ]);
    expect(header).not.toContain("KiB/connection");
    expect(rows[1]!.slice(1, 3)).toEqual(["10.0", "9.20–10.8"]);
    expect(new Set(rows[3]!.slice(1))).toEqual(new Set(["–"]));
  });

  it("says under it what rows leave out, what failed, and when the machine was too restless", () => {
    const again = row("node-net-again", [9, 9, 9], { isAgain: true });
    const said = remarks({ ...TWO, rows: [...TWO.rows, again] });
    expect(said).toContain("the slow, the node-net: does not parse.");
    expect(said).toContain("the broken failed: it ended with code 1");
    expect(said).toContainEqual(expect.stringContaining("differs by 12.5 %"));
    expect(remarks(TWO)).not.toContainEqual(expect.stringContaining("differs by"));
  });

  it("writes a ratio with its interval and its goal", () => {
    const ratio = {
      of: "ours-node",
      to: ["node-net", "node-net-again"],
      perRound: [1.2, 1.2],
      goal: 1.1,
    };
    expect(ratioText(ratio)).toBe(
      "ours-node / node-net (both): 1.20 [1.20–1.20]; goal 1.1, not met",
    );
  });

  it("stands in line in a terminal", () => {
    const lines = terminalTable(TWO).split("\n");
    const table = lines.slice(3, 6);
    expect(new Set(table.map((line) => line.search(/ {2,}/) > 0))).toEqual(new Set([true]));
    expect(new Set(table.map((line) => line.length)).size).toBe(1);
  });
});

describe("the chart", () => {
  it("has a bar for each row with figures, and escapes titles", () => {
    const svg = chart({ ...TWO, title: "a < b & c" });
    expect(svg.match(/<rect class="(ours|peer)"/g)).toHaveLength(3);
    expect(svg).toContain("<title>a &lt; b &amp; c</title>");
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).not.toContain("NaN");
  });

  it("is drawn when nothing was measured", () => {
    expect(chart(scenario([]))).not.toMatch(/NaN|Infinity/);
  });
});

describe("the Markdown report", () => {
  it("keeps text from being read as markup", () => {
    const text = markdownReport(result([TWO]));
    expect(text).toContain("Some \\| CPU, 2 processors");
    expect(text).toContain("![64 connections, kept: processor time per request](keep-alive.svg)");
    expect(text).toContain("* rocket: not built. npm run bench -- --build");
    expect(text).toContain("It took 8 min.");
  });
});

describe("results", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-output-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are written into folders of their own", () => {
    const results = join(folder, "results");
    const first = writeResult(result([TWO]), results);
    const second = writeResult(result([TWO]), results);
    expect(first).toBe(join(results, "2026-11-23-some-cpu-2"));
    expect(second).toBe(`${first}-2`);
    expect(readdirSync(first).sort()).toEqual(["keep-alive.svg", "result.json", "result.md"]);
    expect(JSON.parse(readFileSync(join(first, "result.json"), "utf8"))).toEqual(result([TWO]));
  });

  it("stand beside each other on one page, newest first; what cannot be read is left out aloud", () => {
    mkdirSync(join(folder, "damaged"));
    writeFileSync(join(folder, "damaged", "result.json"), "{");
    mkdirSync(join(folder, "newer"));
    writeFileSync(join(folder, "newer", "result.json"), '{"schema":99}');
    const said: string[] = [];
    const title = "</script><b>";
    writeResult(result([TWO], "2026-11-22T09:00:00.000Z"), folder, (text) => said.push(text));
    writeResult(result([scenario([row("node-net", [7], { title })])]), folder, () => {});
    const page = readFileSync(join(folder, "index.html"), "utf8");
    expect(page.indexOf("2026-11-23 10:00")).toBeLessThan(page.indexOf("2026-11-22 09:00"));
    expect(page).toContain("10.0<small>9.20–10.8, ×1.25</small>");
    expect(page).toContain('<span title="it ended with code 1">failed</span>');
    expect(page).not.toContain(title);
    expect(said).toHaveLength(2);
    expect(said).toContainEqual(expect.stringContaining("its schema is 99, this is 1"));
  });
});

describe("the README's section", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "bench-readme-")), "README.md");
  });
  afterEach(() => rmSync(join(file, ".."), { recursive: true, force: true }));

  it("replaces what is between the markers, and only that", () => {
    writeFileSync(file, "before\n<!-- bench:begin -->old<!-- bench:end -->\nafter\n");
    updateReadme(file, result([TWO, scenario([], { name: "idle" })]), join(file, "../results/run"));
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^before\n<!-- bench:begin -->\n\n.*\n\n<!-- bench:end -->\nafter\n$/s);
    expect(text).toContain("(results/run/keep-alive.svg)");
    expect(text).toContain("Node 26.10.0, Bun 1.4.5");
    expect(text).not.toMatch(/old|idle/);
  });

  it.each(["", "<!-- bench:end --><!-- bench:begin -->", "<!-- bench:begin -->"])(
    "is refused without both markers in order: %j",
    (text) => {
      writeFileSync(file, text);
      expect(() => updateReadme(file, result([]), file)).toThrow(/must have <!-- bench:begin -->/);
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );
});

describe("progress", () => {
  const PARTS = [
    { name: "a", seconds: 60 },
    { name: "b", seconds: 120 },
  ];

  it("is a line for each step where there is no terminal", () => {
    let written = "";
    let now = 0;
    const progress = new Progress(PARTS, { write: (text) => (written += text) }, () => now);
    progress.begin("a");
    progress.step("one");
    now += 20_000;
    progress.step("two");
    expect(written).toBe("[1/2, 3 min left] one\n[1/2, 3 min left] two\n");
  });

  it("expects the rest to go as the parts before did", () => {
    let written = "";
    let now = 0;
    const progress = new Progress(PARTS, { write: (text) => (written = text) }, () => now);
    progress.begin("a");
    now += 20_000;
    progress.end("a");
    progress.begin("b");
    progress.step("half of the time");
    expect(written).toBe("[2/2, 40 s left] half of the time\n");
    now += 100_000;
    progress.step("longer than expected");
    expect(written).toBe("[2/2, 0 s left] longer than expected\n");
  });

  it("is one line in a terminal, no longer than it is wide", () => {
    let written = "";
    const output = { isTTY: true, columns: 20, write: (text: string) => (written = text) };
    const progress = new Progress(PARTS, output, () => 0);
    progress.begin("a");
    progress.step("a step with a long name");
    expect(written).toBe("\r\u001b[K[1/2, 3 min left] a");
  });
});
