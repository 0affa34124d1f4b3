import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { claimLogRoot, isAlive, releaseLogRoot } from "./log-root.ts";

const APP = fileURLToPath(new URL("../test/log-app.ts", import.meta.url));
/** Above the highest number of a process (proc(5), pid_max). */
const NO_PID = 4_194_305;
const PROCESSES = 8;
const ROUNDS = 10;
const isLinux = process.platform === "linux";
const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "hyperlane-root-"));
  dirs.push(dir);
  return dir;
}

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
}

/** The first line that a process writes. */
async function lineOf(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const piece of child.stdout!) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return text;
}

describe("claimLogRoot", () => {
  const holderOf = (dir: string) => JSON.parse(readFileSync(join(dir, ".lock"), "utf8"));

  test("makes the directory and a lock, again and again the same, until it is released", () => {
    const dir = join(tempDir(), "deep", "er");
    for (let n = 0; n < 3; n++) expect(claimLogRoot(dir)).toBe(dir);
    expect(readdirSync(dir)).toEqual([".lock"]);
    const mask = process.umask();
    expect(statSync(dir).mode & 0o777).toBe(0o750 & ~mask);
    expect(statSync(join(dir, ".lock")).mode & 0o777).toBe(0o640 & ~mask);
    releaseLogRoot(dir);
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each([
    ["a process that is gone", { pid: NO_PID, start: "1" }],
    ["an earlier process of our number", { pid: process.pid, start: "another" }],
    ["nobody: no text", ""],
    ["nobody: no JSON", "{"],
    ["nobody: null", "null"],
    // Numbers that kill(2) takes for groups of processes.
    ["process 0", { pid: 0, start: "1" }],
    ["process -1", { pid: -1, start: "1" }],
    ["a number that no process can have", { pid: 2 ** 40, start: "1" }],
    ["a process without a start", { pid: process.ppid }],
  ])("takes over the lock of %s", (_, holder) => {
    const dir = tempDir();
    const text = typeof holder === "string" ? holder : JSON.stringify(holder);
    writeFileSync(join(dir, ".lock"), text);
    // Processes that ended while they did the same.
    writeFileSync(join(dir, ".lock.next"), text);
    writeFileSync(join(dir, ".lock.next.next"), text);
    expect(claimLogRoot(dir)).toBe(dir);
    expect(holderOf(dir).pid).toBe(process.pid);
    expect(readdirSync(dir)).toEqual([".lock"]);
  });

  test.skipIf(!isLinux)("gives a directory beside while another process has the lock", () => {
    const dir = tempDir();
    const holder = { pid: process.ppid, start: startOf(process.ppid) };
    writeFileSync(join(dir, ".lock"), JSON.stringify(holder));
    expect(claimLogRoot(dir)).toBe(join(dir, String(process.pid)));
    releaseLogRoot(dir);
    expect(holderOf(dir)).toEqual(holder);
    expect(readdirSync(dir).toSorted()).toEqual([".lock", String(process.pid)]);
  });

  test("throws when there can be no directory, or no lock", () => {
    const dir = tempDir();
    writeFileSync(join(dir, "file"), "");
    expect(() => claimLogRoot(join(dir, "file", "logs"))).toThrow(/ENOTDIR|EEXIST/);
    mkdirSync(join(dir, ".lock"));
    expect(() => claimLogRoot(dir)).toThrow("EISDIR");
  });

  test("gives one directory to one of several processes that find the same dead lock", async () => {
    const dir = tempDir();
    for (let round = 0; round < ROUNDS; round++) {
      mkdirSync(join(dir, String(round)));
      const dead = JSON.stringify({ pid: NO_PID, start: "1" });
      writeFileSync(join(dir, String(round), ".lock"), dead);
    }
    // Late enough for all to have begun, and a little time for each round.
    const begin = Date.now() + 1500;
    const times = Array.from({ length: ROUNDS }, (_, round) => begin + round * 20).join();
    const args = [APP, dir, "claim", times];
    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] }),
    );
    const exits = children.map((child) => once(child, "exit"));
    const claims = await Promise.all(
      children.map(async (child): Promise<string[]> => JSON.parse(await lineOf(child))),
    );
    for (let round = 0; round < ROUNDS; round++) {
      const own = join(dir, String(round));
      const winners = claims.filter((got) => got[round] === own).length;
      expect([round, winners]).toEqual([round, 1]);
      const expected = claims.flatMap((got, at) =>
        got[round] === own ? [] : [String(children[at]!.pid)],
      );
      expect(readdirSync(own).toSorted()).toEqual([".lock", ...expected].toSorted());
    }
    for (const child of children) child.stdin.end();
    await Promise.all(exits);
  }, 20_000);
});

describe("isAlive", () => {
  test("tells who runs, and who does not or has another start", () => {
    expect([isAlive(process.pid), isAlive(NO_PID)]).toEqual([true, false]);
    if (!isLinux) return;
    expect(isAlive(process.ppid, startOf(process.ppid))).toBe(true);
    expect(isAlive(process.ppid, "another")).toBe(false);
  });

  test.skipIf(!isLinux)("takes a process for alive that it may not send signals to", () => {
    const kill = process.kill;
    process.kill = () => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    };
    try {
      expect(isAlive(process.ppid, startOf(process.ppid))).toBe(true);
    } finally {
      process.kill = kill;
    }
  });

  test.skipIf(!isLinux)(
    "takes a process for gone that has ended and was not asked how",
    async () => {
      // The child ends when sleep has taken the shell's place, which asks nobody.
      const child = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 10"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = Number(await lineOf(child));
      const untilMs = Date.now() + 5000;
      while (isAlive(ended) && Date.now() < untilMs) await new Promise((r) => setTimeout(r, 10));
      expect(isAlive(ended)).toBe(false);
      expect(readFileSync(`/proc/${ended}/stat`, "latin1")).toContain(") Z ");
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  );
});
