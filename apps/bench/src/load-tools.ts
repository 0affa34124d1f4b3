// Which tool makes the load of a scenario, and whether it is there.

import type { LoadChoice } from "./bench-arguments.ts";
import { AB } from "./load/ab.ts";
import { AUTOCANNON } from "./load/autocannon.ts";
import type { LoadTool } from "./load/load.ts";
import { OWN_LOAD } from "./load/own-load.ts";
import { WRK } from "./load/wrk.ts";
import { toolOnPath } from "./runtimes.ts";
import type { Scenario } from "./scenarios.ts";

export function toolFor(scenario: Scenario, choice: LoadChoice): LoadTool {
  if (scenario.ratePerSecond !== undefined) return OWN_LOAD;
  if (choice === "wrk") return scenario.closes ? AB : WRK;
  return scenario.request.chunkOctets === undefined ? AUTOCANNON : OWN_LOAD;
}

/** What is missing on this machine for that choice, in a sentence; "" when nothing is. */
export function whatIsMissing(choice: LoadChoice): string {
  if (choice !== "wrk") return "";
  const missing = [WRK, AB].filter(({ name }) => toolOnPath(name) === undefined);
  if (missing.length === 0) return "";
  const names = missing.map(({ name }) => name).join(" and ");
  const packages = missing.map(({ debianPackage }) => debianPackage).join(" ");
  return `--load wrk needs ${names} on the PATH (Debian: apt-get install ${packages})`;
}

/** Versions of the tools of that choice. */
export function toolVersions(choice: LoadChoice): Record<string, string> {
  const tools = choice === "wrk" ? [WRK, AB] : [AUTOCANNON];
  return Object.fromEntries(tools.map((tool) => [tool.name, tool.version()]));
}
