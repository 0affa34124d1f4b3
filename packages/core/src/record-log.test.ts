import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { levelOfEnvironment } from "./record-log.ts";

const APP = fileURLToPath(new URL("../test/stdout-app.ts", import.meta.url));

/** Runs the app on this runtime; `onData` sees its stdout. */
async function run(onData: (text: string, close: () => void) => void) {
  const child = spawn(process.execPath, [APP], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    onData(text, () => child.stdout.destroy());
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code] = await once(child, "exit");
  return { code, errors };
}

describe("records without a log directory", () => {
  test("are JSON lines on stdout when that is no terminal", async () => {
    let output = "";
    const { code } = await run((text) => {
      output += text;
    });
    expect(code).toBe(0);
    const records = output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(records.length).toBe(40);
    expect(records[39]).toMatchObject({ level: "info", requestId: "a", records: 39, msg: "said" });
    expect(Math.abs(Date.parse(records[39].time) - Date.now())).toBeLessThan(60_000);
  });

  test("do not end the process when nobody reads stdout any more", async () => {
    const { code, errors } = await run((_, close) => close());
    expect([code, errors]).toEqual([0, "still runs\n"]);
  });
});

describe.skipIf(process.platform !== "linux")("the end of a process", () => {
  test("does not wait for a full disk", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [APP], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("does not wait for a pipe that nobody drains", async () => {
    // The other end is held, and full long before the records end.
    const child = spawn("sh", ["-c", `"$0" "$1" 3000 | sleep 30`, process.execPath, APP], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    try {
      const untilMs = performance.now() + 15_000;
      while (!errors.includes("ends") && performance.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(errors).toBe("still runs\nends\n");
    } finally {
      process.kill(-child.pid!, "SIGKILL");
    }
  });
});

describe("LOG_LEVEL", () => {
  const before = process.env["LOG_LEVEL"];
  afterEach(() => {
    if (before === undefined) delete process.env["LOG_LEVEL"];
    else process.env["LOG_LEVEL"] = before;
  });

  test.each([
    ["debug", "debug"],
    ["WARN", "warn"],
    ["silent", "silent"],
    ["verbose", "info"],
    ["", "info"],
  ] as const)("of %j is level %s", (value, level) => {
    process.env["LOG_LEVEL"] = value;
    expect(levelOfEnvironment()).toBe(level);
  });
});
