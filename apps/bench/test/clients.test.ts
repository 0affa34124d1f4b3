// Real clients against hello on both runtimes. A client that the machine does not have is skipped by name.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bunCommand, RUNTIMES, toolOnPath } from "../src/runtimes.ts";
import { runToEnd, ServerProcess } from "../src/server-process.ts";
import { curl } from "./clients/curl.ts";
import { CURL_CASES } from "./clients/curl-cases.ts";
import { FETCH_EXPECTED } from "./clients/fetch-expected.ts";

const REQUESTS = 2000;

describe.each(RUNTIMES)("hello on $name", ({ name, command }) => {
  const folder = mkdtempSync(join(tmpdir(), "clients-"));
  const content = join(folder, "content");
  let server: ServerProcess;
  beforeAll(async () => {
    writeFileSync(content, Buffer.alloc(3 * 2 ** 20, "content"));
    const hello = fileURLToPath(new URL(`../../hello/src/${name}.ts`, import.meta.url));
    server = await ServerProcess.start([command, hello], {
      env: { PORT: "0", HOST: "127.0.0.1", LOG_DIR: join(folder, "logs") },
    });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  for (const { title, args, input, output, account } of CURL_CASES) {
    withTool("curl", title, async () => {
      const named = args.map((arg) => arg.replace("URL", server.url).replace("CONTENT", content));
      const run = await curl(named, input);
      expect({ code: run.code, output: run.output }, run.account).toEqual({ code: 0, output });
      for (const lines of account ?? []) expect(run.account).toMatch(lines);
    });
  }

  test.each([
    ["Node", process.execPath],
    ["Bun", bunCommand()],
  ])("fetch of %s gets, echoes and reuses", async (_, runtime) => {
    const script = fileURLToPath(new URL("clients/fetch-all.ts", import.meta.url));
    const { code, output } = await runToEnd([runtime, script, server.url]);
    expect(code, output).toBe(0);
    expect(JSON.parse(output)).toEqual(FETCH_EXPECTED);
  });

  test("http.request of Node reuses one connection for 50 requests with a keep-alive agent", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const reused: boolean[] = [];
    for (let i = 0; i < 50; i++) {
      const { text, wasReused } = await exchange(agent, `${server.url}/echo`, `content ${i}`);
      expect(text).toBe(`content ${i}`);
      reused.push(wasReused);
    }
    agent.destroy();
    expect(reused).toEqual([false, ...Array(49).fill(true)]);
  });

  withTool("wrk", "gets answers only, on 8 connections", async () => {
    const { code, output } = await runToEnd(["wrk", "-t1", "-c8", "-d1s", server.url]);
    expect(code, output).toBe(0);
    expect(output).not.toMatch(/Socket errors|Non-2xx/);
    expect(Number(/(\d+) requests in/.exec(output)?.[1])).toBeGreaterThan(0);
  });

  withTool("ab", `-k keeps alive all ${REQUESTS} requests of HTTP/1.0, none fails`, async () => {
    const args = ["-q", "-k", "-c", "8", "-n", `${REQUESTS}`, `${server.url}/`];
    const { code, output } = await runToEnd(["ab", ...args]);
    expect(code, output).toBe(0);
    expect(output).toMatch(new RegExp(`^Complete requests: +${REQUESTS}$`, "m"));
    expect(output).toMatch(new RegExp(`^Keep-Alive requests: +${REQUESTS}$`, "m"));
    expect(output).toMatch(/^Failed requests: +0$/m);
    expect(output).not.toMatch(/Non-2xx|Write errors/);
  });

  withTool("ab", "without -k gets an answer and the end of each connection", async () => {
    const { code, output } = await runToEnd(["ab", "-q", "-c", "8", "-n", "200", `${server.url}/`]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/^Complete requests: +200$/m);
    expect(output).toMatch(/^Failed requests: +0$/m);
  });

  test("autocannon gets answers only", async () => {
    const autocannon = fileURLToPath(import.meta.resolve("autocannon"));
    const args = ["-c", "8", "-a", `${REQUESTS}`, "--json", "--no-progress"];
    const { code, output } = await runToEnd([process.execPath, autocannon, ...args, server.url]);
    expect(code, output).toBe(0);
    const result = JSON.parse(output.slice(output.indexOf("{")));
    const { errors, timeouts, mismatches, non2xx } = result;
    expect({ errors, timeouts, mismatches, non2xx }).toEqual({
      errors: 0,
      timeouts: 0,
      mismatches: 0,
      non2xx: 0,
    });
    expect(result["2xx"]).toBe(REQUESTS);
  });
});

/** A test that needs a tool of the machine. */
function withTool(tool: string, title: string, run: () => Promise<void>): void {
  const isMissing = toolOnPath(tool) === undefined;
  test.skipIf(isMissing)(`${tool} ${title}${isMissing ? `: ${tool} is not installed` : ""}`, run);
}

function exchange(
  agent: Agent,
  url: string,
  content: string,
): Promise<{ text: string; wasReused: boolean }> {
  return new Promise((resolve, reject) => {
    const post = request(url, { method: "POST", agent }, async (answer: IncomingMessage) => {
      let text = "";
      for await (const piece of answer.setEncoding("utf8")) text += piece;
      resolve({ text, wasReused: post.reusedSocket });
    });
    post.on("error", reject);
    post.end(content);
  });
}
