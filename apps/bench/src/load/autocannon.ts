// Load by autocannon, in a process of its own (autocannon-process.ts) that can be pinned and reports as JSON.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { runToEnd } from "../server-process.ts";
import type { LoadFigures, LoadPlan, LoadTool } from "./load.ts";

const PROGRAM = fileURLToPath(new URL("autocannon-process.ts", import.meta.url));

export const AUTOCANNON: LoadTool = {
  name: "autocannon",
  debianPackage: "",
  version: () => {
    const file = createRequire(import.meta.url).resolve("autocannon/package.json");
    return JSON.parse(readFileSync(file, "utf8")).version;
  },
  run,
};

async function run(plan: LoadPlan): Promise<LoadFigures> {
  const command = [...plan.pin, process.execPath, PROGRAM, JSON.stringify(plan)];
  const { code, output } = await runToEnd(command);
  const line = /^\{.*\}$/m.exec(output)?.[0];
  if (code !== 0 || line === undefined) {
    throw new Error(`autocannon failed: ${/^.*error.*$/im.exec(output)?.[0] ?? output}`);
  }
  return JSON.parse(line, (_, value) => (value === null ? Number.NaN : value));
}
