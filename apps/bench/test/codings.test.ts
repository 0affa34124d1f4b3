// Real clients decode every coding they know, from servers on both runtimes. A client that the machine does not have is
// skipped by name.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RUNTIMES, toolOnPath } from "../src/runtimes.ts";
import { runToEnd, ServerProcess } from "../src/server-process.ts";
import { CODINGS, KINDS, summary, textOf } from "./codings/texts.ts";

const FETCH = fileURLToPath(new URL("codings/fetch.ts", import.meta.url));
const SERVER = fileURLToPath(new URL("codings/server.ts", import.meta.url));
const BROWSER = ["chromium", "chromium-browser", "google-chrome"].find((name) => toolOnPath(name));

const EXPECTED = KINDS.flatMap((kind) =>
  [...CODINGS, "negotiated"].map((coding) => `${kind} ${coding} ${summary(textOf(kind))}`),
);

describe.each(RUNTIMES)("codings from a server on $name", ({ name, command }) => {
  const folder = mkdtempSync(join(tmpdir(), "codings-"));
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start([command, SERVER, name]);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(RUNTIMES)("are decoded by the fetch of $name", async (client) => {
    const { code, output } = await runToEnd([client.command, FETCH, server.url]);
    expect([code, output.trim().split("\n")]).toEqual([0, EXPECTED]);
  });

  const missingCurl = toolOnPath("curl") === undefined ? ": curl is not installed" : "";
  test.skipIf(missingCurl !== "")(`are decoded by curl${missingCurl}`, async () => {
    const { output: version } = await runToEnd(["curl", "--version"]);
    const known = CODINGS.filter((coding) => {
      const feature = { gzip: "libz", deflate: "libz", br: "brotli", zstd: "zstd" }[coding]!;
      return new RegExp(`^Features:.* ${feature}( |$)`, "m").test(version);
    });
    for (const kind of KINDS) {
      for (const coding of [...known, "negotiated"]) {
        const { output } = await runToEnd([
          "curl",
          "-sS",
          "--compressed",
          `${server.url}/${kind}/${coding}`,
        ]);
        expect(`${coding} ${summary(output)}`).toBe(`${coding} ${summary(textOf(kind))}`);
      }
    }
    const text = textOf("large");
    for (const [coding, content] of [
      ["gzip", gzipSync(text)],
      ["deflate", deflateSync(text)],
      ["br", brotliCompressSync(text)],
    ] as const) {
      const file = join(folder, coding);
      writeFileSync(file, content);
      const upload = [
        "curl",
        "-sS",
        "-H",
        `Content-Encoding: ${coding}`,
        "--data-binary",
        `@${file}`,
      ];
      const { output } = await runToEnd([...upload, `${server.url}/length`]);
      expect([coding, output]).toEqual([coding, `${text.length}`]);
    }
  });

  const missingBrowser = BROWSER === undefined ? ": chromium is not installed" : "";
  test.skipIf(missingBrowser !== "")(`are decoded by a browser${missingBrowser}`, async () => {
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"];
    const own = [`--user-data-dir=${folder}/browser`, "--dump-dom", `${server.url}/page`];
    const { output } = await runToEnd([BROWSER!, ...args, ...own]);
    const seen = /<pre id="seen">([^<]*)<\/pre>/.exec(output)?.[1]?.split("\n");
    expect(seen, output).toEqual(EXPECTED);
  });
});
