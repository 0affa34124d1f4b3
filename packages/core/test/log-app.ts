// A process that logs, for tests of how one ends. Arguments: directory, what to do, and its own.
//
// claim <round>,<ms>...: claims the directory below it named after each round at that time, and tells what it got.
// exit|throw|caught <lines>: logs so many lines and ends in that way right after, or goes on behind an error.
// log: logs lines until it is killed, and tells when it begins.

import { join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { LogDirectory } from "../src/log-directory.ts";
import { DEFAULT_FILE_OPTIONS } from "../src/log-options.ts";
import { claimLogRoot } from "../src/log-root.ts";

const [dir, what, count] = process.argv.slice(2) as [string, string, string];

function claim(): void {
  const got: string[] = [];
  for (const [round, ms] of count.split(",").entries()) {
    while (Date.now() < Number(ms)) {}
    got.push(claimLogRoot(join(dir, String(round))));
  }
  // Who ends now gives the others a dead lock.
  process.stdin.on("end", () => process.exit()).resume();
  process.stdout.write(`${JSON.stringify(got)}\n`);
}

function log(lines: number): void {
  const options = { ...DEFAULT_FILE_OPTIONS, intervalMs: 5 };
  const directory = LogDirectory.use(dir, options, { clock: systemClock });
  let line = 0;
  const add = () => {
    const text = `line ${line++} ${"x".repeat(80)}\n`;
    directory.append("access", text, text.length, Date.now());
  };
  if (what === "log") {
    process.stdout.write("logs\n");
    setInterval(() => {
      for (let n = 0; n < 200; n++) add();
    }, 1);
    return;
  }
  while (line < lines / 2) add();
  // A write of the first half may be under way.
  setTimeout(() => {
    while (line < lines) add();
    if (what === "exit") process.exit(7);
    if (what === "caught") process.on("uncaughtException", () => directory.release());
    throw new Error("the end");
  }, line % 4);
}

if (what === "claim") claim();
else log(Number(count));
