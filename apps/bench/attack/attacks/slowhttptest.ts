// The same slow peers by another hand: slowhttptest's modes -H, -B and -X, all three at once, 500 connections each. The tool
// counts each second which of its connections the server has closed; a slow reader does not see that, the server counts it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolOnPath } from "../../src/runtimes.ts";
import { runToEnd } from "../../src/server-process.ts";
import type { AttackCase } from "../attack-case.ts";
import { attempts } from "../attempt.ts";
import { GaugeWatch, judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "../good-traffic.ts";
import { judgeCloses } from "../slow-part.ts";
import type { Target } from "../target.ts";
import { Verdict } from "../verdict.ts";

const CONNECTIONS = 500;
/** Shorter than its default, so that all modes end within the time of the longest other one. */
const WRITE_STALL_MS = 10_000;
/** Those that are closed it opens over two seconds, and it counts whole ones. */
const TOOL_SECONDS = 4;

interface Mode {
  readonly name: string;
  readonly args: string;
  readonly path: string;
  readonly seconds: number;
  /** Connections opened in a second. */
  readonly rate: number;
  /** The deadline after which all must be closed; undefined where the tool does not see it. */
  readonly closedAfterSeconds: number | undefined;
}

const MODES: readonly Mode[] = [
  { name: "-H", args: "-H -i 1 -x 8", path: "/", seconds: 16, rate: 250, closedAfterSeconds: 10 },
  {
    name: "-B",
    args: "-B -i 1 -x 2 -s 100000 -t POST",
    path: "/upload",
    seconds: 27,
    rate: 250,
    closedAfterSeconds: 20,
  },
  // Some get room in the kernel's queues only when the first are gone, and then have their time anew. The rate and the windows
  // are not the smallest: a kernel cuts 4 MiB into pieces of half a window, which takes a processor to itself.
  {
    name: "-X",
    args: "-X -w 16384 -y 32768 -n 5 -z 32",
    path: "/big",
    seconds: 50,
    rate: 25,
    closedAfterSeconds: undefined,
  },
];

const CLOSES: Readonly<Record<string, number>> = {
  requestTimeout: 2 * CONNECTIONS,
  writeStall: CONNECTIONS,
};

/** What the tool counted in one second of a mode. */
interface Row {
  readonly second: number;
  readonly closed: number;
  readonly connected: number;
  readonly isAvailable: boolean;
}

export const slowhttptest: AttackCase = {
  name: "slowhttptest",
  says: "slowhttptest -H, -B and -X at once, 500 connections each",
  async run(kind) {
    const tool = toolOnPath("slowhttptest");
    if (tool === undefined) {
      const verdict = new Verdict(kind);
      verdict.note("skipped: slowhttptest is not installed (Debian: apt-get install slowhttptest)");
      return verdict.outcome("skipped: no slowhttptest");
    }
    const server = { deadlines: { writeStallMs: WRITE_STALL_MS } };
    return attempts(kind, (attempt) =>
      attempt.on({ server }, (target) => runModes(tool, attempt.verdict, target)),
    );
  },
};

async function runModes(tool: string, verdict: Verdict, target: Target): Promise<string> {
  await warmUp(target, CONNECTIONS * MODES.length);
  const before = await readGauges(target);
  const good = await GoodTraffic.start(target);
  const watch = new GaugeWatch(target);
  const results = await Promise.all(MODES.map((mode) => runMode(tool, mode, target.port)));
  await watch.stop();
  const report = await good.stop();
  const cells = MODES.map((mode, i) => judgeMode(verdict, mode, results[i]!));
  if (target.isOurs) await judgeCloses(verdict, target, before.stats, CLOSES);
  watch.note(verdict);
  judgeGood(verdict, report, good.quiet);
  await judgeGauges(verdict, target, before);
  return [...cells, goodSummary(report)].join("; ");
}

async function runMode(tool: string, mode: Mode, port: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "slowhttptest-"));
  try {
    const file = join(folder, "statistics");
    const many = `-c ${CONNECTIONS} -r ${mode.rate} -l ${mode.seconds} -p 3 -g -o ${file}`;
    const url = `http://127.0.0.1:${port}${mode.path}`;
    await runToEnd([tool, ...`${mode.args} ${many} -u ${url}`.split(" ")]);
    return readRows(readFileSync(`${file}.csv`, "latin1"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lines of "seconds,closed,pending,connected,service available" under a line of names. */
function readRows(csv: string): readonly Row[] {
  return csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [second = 0, closed = 0, , connected = 0, available = 0] = line.split(",").map(Number);
      return { second, closed, connected, isAvailable: available > 0 };
    });
}

/** The tool stops as soon as all are closed: its last row is then the second before. */
function judgeMode(verdict: Verdict, mode: Mode, rows: readonly Row[]): string {
  const { name, seconds, closedAfterSeconds } = mode;
  const away = rows.filter(({ isAvailable }) => !isAvailable).length;
  verdict.judge(
    `slowhttptest ${name}: seconds in which its probe got no answer`,
    "0",
    `${away} of ${rows.length}`,
    away === 0 && rows.length > 0,
  );
  const last = rows.at(-1);
  if (closedAfterSeconds === undefined) return `${name} by the server's count`;
  const most = closedAfterSeconds + TOOL_SECONDS;
  const isClosed = last !== undefined && last.second < seconds;
  const opened = rows.reduce((sum, row) => Math.max(sum, row.connected + row.closed), 0);
  verdict.judge(
    `slowhttptest ${name}: all closed`,
    `${CONNECTIONS} within ${most} s`,
    isClosed ? `${opened} in second ${last.second}` : `${last?.connected} open after ${seconds} s`,
    isClosed && opened === CONNECTIONS && last.second <= most,
  );
  return isClosed ? `${name} ${last.second} s` : `${name} ${last?.connected} still open`;
}
