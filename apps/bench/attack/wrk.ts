// Load by wrk, where the machine has it: connections that are kept, requests one behind the other or pipelined. Gives what
// wrk counted as gone wrong.

import { fileURLToPath } from "node:url";
import { toolOnPath } from "../src/runtimes.ts";
import { runToEnd } from "../src/server-process.ts";

export interface WrkReport {
  readonly requests: number;
  readonly connect: number;
  readonly read: number;
  /** wrk learns at its first write that a connection was refused: when nobody listens, these are many. */
  readonly write: number;
  readonly timeout: number;
  /** Answers that were neither 2xx nor 3xx. */
  readonly status: number;
}

export interface WrkPlan {
  readonly connections: number;
  readonly seconds: number;
  /** Requests in one write; default 1. */
  readonly pipelined?: number;
}

const PIPELINE = fileURLToPath(new URL("pipeline.lua", import.meta.url));

/** `undefined` where the machine has no wrk. */
export async function runWrk(url: string, plan: WrkPlan): Promise<WrkReport | undefined> {
  const wrk = toolOnPath("wrk");
  if (wrk === undefined) return undefined;
  const { connections, seconds, pipelined = 1 } = plan;
  const load = [wrk, "-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", url];
  if (pipelined > 1) load.push("-s", PIPELINE, "--", `${pipelined}`);
  const { output } = await runToEnd(load);
  const errors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output) ?? [];
  const [, connect = 0, read = 0, write = 0, timeout = 0] = errors;
  return {
    requests: Number(/(\d+) requests in/.exec(output)?.[1] ?? 0),
    connect: Number(connect),
    read: Number(read),
    write: Number(write),
    timeout: Number(timeout),
    status: Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0),
  };
}

/** What counts when the server has stopped: refused connections do not. */
export function wrkErrors({ read, timeout, status }: WrkReport): number {
  return read + timeout + status;
}

export function wrkText(report: WrkReport | undefined): string {
  if (report === undefined) return "no wrk here (Debian package wrk): its part is left out";
  const { requests, connect, read, write, timeout, status } = report;
  return (
    `${requests} requests; read ${read}, timeout ${timeout}, status ${status}; ` +
    `connect ${connect}, write ${write}`
  );
}
