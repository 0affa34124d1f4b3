// Puts load on a server: by wrk (connections that are kept) and ab (a connection for each request), or by autocannon
// where the machine has neither. Gives what the tool counted. Knows nothing of the server.

import { fileURLToPath } from "node:url";
import { toolOnPath } from "./runtimes.ts";
import { runToEnd } from "./server-process.ts";

/** How requests reach the server; each over `CONNECTIONS` connections at a time. */
export type Manner = "keep-alive" | "pipelined" | "connection";

export const CONNECTIONS = 64;
export const PIPELINED = 16;

export interface Load {
  readonly requests: number;
  /** What went wrong, in the tool's words; "" when nothing did. */
  readonly errors: string;
}

interface Tool {
  readonly name: string;
  command(manner: Manner, url: string, seconds: number): string[];
  read(output: string): Load;
}

const PIPELINE = fileURLToPath(new URL("load/pipeline.lua", import.meta.url));

const WRK: Tool = {
  name: "wrk",
  command(manner, url, seconds) {
    const load = ["wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, url];
    return manner === "pipelined" ? [...load, "-s", PIPELINE, "--", `${PIPELINED}`] : load;
  },
  read: (output) => ({
    requests: Number(/(\d+) requests in/.exec(output)?.[1] ?? 0),
    errors: lines(output, /^ *(Socket errors|Non-2xx).*$/gm),
  }),
};

const AB: Tool = {
  name: "ab",
  // The time ends it; the count behind it lifts the limit of 50000 requests that comes with it.
  command: (_, url, seconds) =>
    `ab -q -r -c ${CONNECTIONS} -t ${seconds} -n 10000000 ${url}/`.split(" "),
  read: (output) => ({
    requests: Number(/^Complete requests: +(\d+)$/m.exec(output)?.[1] ?? 0),
    errors: lines(output, /^(Failed requests: +[1-9]|Non-2xx|Write errors).*$/gm),
  }),
};

const AUTOCANNON: Tool = {
  name: "autocannon",
  command(manner, url, seconds) {
    const program = [process.execPath, fileURLToPath(import.meta.resolve("autocannon"))];
    const load = `-c ${CONNECTIONS} -d ${seconds} --json --no-progress`.split(" ");
    if (manner === "pipelined") load.push("-p", `${PIPELINED}`);
    if (manner === "connection") load.push("-H", "Connection=close");
    return [...program, ...load, url];
  },
  read(output) {
    const result = JSON.parse(output.slice(output.indexOf("{")));
    const { errors, timeouts, non2xx } = result;
    const failed = errors + timeouts + non2xx;
    return { requests: result.requests.total, errors: failed === 0 ? "" : `${failed} failed` };
  },
};

/** The tool that this machine uses for a manner. */
export function loadTool(manner: Manner): string {
  return toolFor(manner).name;
}

/** Puts load on `url` for some seconds. `pinned` is what the command is run through, or nothing. */
export async function load(
  manner: Manner,
  url: string,
  seconds: number,
  pinned: readonly string[],
): Promise<Load> {
  const tool = toolFor(manner);
  const command = [...pinned, ...tool.command(manner, url, seconds)];
  const { code, output } = await runToEnd(command);
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${output}`);
  const result = tool.read(output);
  if (result.requests === 0) throw new Error(`${tool.name} got no answer: ${output}`);
  return result;
}

function toolFor(manner: Manner): Tool {
  const tool = manner === "connection" ? AB : WRK;
  return toolOnPath(tool.name) === undefined ? AUTOCANNON : tool;
}

function lines(output: string, pattern: RegExp): string {
  return (output.match(pattern) ?? []).map((line) => line.trim().replace(/ +/g, " ")).join("; ");
}
