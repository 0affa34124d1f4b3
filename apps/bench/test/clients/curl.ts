// Runs curl and gives what it wrote and its account of what went over the wire.

import { spawn } from "node:child_process";
import { once } from "node:events";

export interface CurlRun {
  readonly code: number | null;
  readonly output: string;
  readonly account: string;
}

export async function curl(args: readonly string[], input = ""): Promise<CurlRun> {
  const child = spawn("curl", ["-sS", "-v", "--max-time", "60", ...args]);
  const texts = { output: "", account: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    texts.output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    texts.account += text;
  });
  // A curl that has its answer may not read on.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, output: texts.output, account: texts.account.replaceAll("\r\n", "\n") };
}
