// What docs/defaults.md must say of each option: default, allowed values, value under the preset "strict". Taken from the
// server itself, from the values it resolves and from what it answers to a value that is not allowed; the reasons are
// written by hand and only looked for.

import { readFileSync } from "node:fs";
import {
  defaultSettings,
  resolveDeadlines,
  resolveLimits,
  resolveShedding,
  type ServerOptions,
  type Settings,
} from "../src/options.ts";
import { Server } from "../src/server.ts";
import { lineOf, nameIn, type Row, rowsOf } from "./markdown-tables.ts";

/** One heading of the page: the options it has to list, and what the code says of each. */
export interface OptionGroup {
  readonly heading: string;
  readonly names: readonly string[];
  readonly default: (name: string) => unknown;
  readonly allowed: (name: string) => string;
  /** Without it the preset changes nothing, and the table has no such column. */
  readonly strict?: (name: string) => unknown;
}

/** What stands for a default that is no value. */
const UNSET: Readonly<Record<string, string>> = {
  connections: "from the descriptors",
  connectionsPerPeer: "off",
  handlers: "off",
  handlerMs: "off",
  backlog: "the runtime's",
  path: "none",
  pathMode: "none",
  live: "none",
  ready: "none",
  logger: "the files of `logDir`, else stdout",
  logDir: "none",
  logLevel: "LOG_LEVEL, else `info`",
};

/** What stands for a default that is an object or a function. */
const OWN: Readonly<Record<string, string>> = {
  logKeep: "14 days",
  access: '`"json"`',
  clock: "the system's",
  random: "`Math.random`",
};

const POWERS: ReadonlyMap<number, string> = new Map([
  [Number.MAX_SAFE_INTEGER, "2^53 - 1"],
  [2 ** 31 - 1, "2^31 - 1"],
  [2 ** 30, "2^30"],
  [2 ** 20, "2^20"],
]);

/** A number as one writes it in TypeScript. */
function digits(value: number): string {
  return value < 10_000 ? String(value) : String(value).replace(/\B(?=(\d{3})+$)/g, "_");
}

function shown(name: string, value: unknown): string {
  if (value === undefined) return UNSET[name] ?? `no word for the missing ${name}`;
  if (typeof value === "object" || typeof value === "function") {
    return OWN[name] ?? `no word for ${name}`;
  }
  return `\`${typeof value === "number" ? digits(value) : JSON.stringify(value)}\``;
}

/** What the error says is allowed. */
function allowedBy(set: () => unknown): string {
  try {
    set();
  } catch (error) {
    return (error as Error).message.replace(/^.*?, allowed (?:is|are) /, "");
  }
  throw new Error("what is not allowed was taken");
}

/** "a whole number from 1 to 1048576" as "1 to 2^20"; anything else as it is. */
function range(allowed: string): string {
  return allowed.replace(/a whole number from (\d+) to (\d+)/, (_, min: string, max: string) => {
    const most = Number(max);
    return `${digits(Number(min))} to ${POWERS.get(most) ?? digits(most)}`;
  });
}

/** -1 is allowed nowhere. */
function allowedFor(...path: readonly string[]): string {
  const options = path.reduceRight<unknown>((value, name) => ({ [name]: value }), -1);
  return range(allowedBy(() => new Server(undefined, options as ServerOptions)));
}

/** Names that `option` takes, or the server. */
function namesOf(option?: string): string[] {
  const inner = { nameless: 1 };
  const options = option === undefined ? inner : { [option]: inner };
  return allowedBy(() => new Server(undefined, options as ServerOptions)).split(", ");
}

const settings = defaultSettings();
const strict: Settings = { ...settings, preset: "strict" };
const GROUPS_OF_OPTIONS = ["limits", "deadlines", "shedding", "health"];
const LOGGING = ["logger", "access", ...namesOf().filter((name) => /^log[A-Z]/.test(name))];
const TESTING = ["clock", "random"];
const NOT_LISTENING = [...LOGGING, ...TESTING];

function membersOf(heading: string, option: string, resolve: (from: Settings) => object) {
  const values = resolve(settings) as Record<string, unknown>;
  return {
    heading,
    names: Object.keys(values),
    default: (name: string) => values[name],
    allowed: (name: string) => allowedFor(option, name),
  };
}

function settingsNamed(heading: string, names: readonly string[]): OptionGroup {
  return {
    heading,
    names,
    default: (name) => settings[name as keyof Settings],
    allowed: (name) => allowedFor(name),
  };
}

const drain = readFileSync(new URL("../src/drain.ts", import.meta.url), "utf8");

/** The options of `close` have their defaults where they are used; their docstrings tell them. */
function closeDefault(name: string): number | undefined {
  const before = drain.slice(0, drain.indexOf(`readonly ${name}?:`));
  const said = /default\s+(?:\* )?(\d+)/.exec(before.slice(before.lastIndexOf("/**")))?.[1];
  return said === undefined ? undefined : Number(said);
}

function refusedByClose(options: object): string {
  return range(allowedBy(() => new Server().handleSignals(options)));
}

const listening = namesOf().filter(
  (name) => !GROUPS_OF_OPTIONS.includes(name) && !NOT_LISTENING.includes(name),
);
const strictLimits = resolveLimits(strict);
const strictDeadlines = resolveDeadlines(strict);

export const OPTION_GROUPS: readonly OptionGroup[] = [
  settingsNamed("Listening", listening),
  {
    ...membersOf("Limits", "limits", resolveLimits),
    strict: (name) => strictLimits[name as keyof typeof strictLimits],
  },
  {
    ...membersOf("Deadlines", "deadlines", resolveDeadlines),
    strict: (name) => strictDeadlines[name as keyof typeof strictDeadlines],
  },
  membersOf("Shedding", "shedding", (from) => resolveShedding(from) ?? {}),
  {
    heading: "Health",
    names: namesOf("health"),
    default: () => undefined,
    allowed: (name) => allowedFor("health", name),
  },
  {
    heading: "Closing",
    names: refusedByClose({ nameless: 1 }).split(", "),
    default: closeDefault,
    allowed: (name) => refusedByClose({ [name]: -1 }),
  },
  settingsNamed("Logging", LOGGING),
  settingsNamed("Tests", TESTING),
];

/** The rows that list options, with the group whose heading they stand under. */
export function optionRows(
  page: string,
): readonly { readonly group: OptionGroup; readonly name: string; readonly row: Row }[] {
  return rowsOf(page).flatMap((row) => {
    const group = OPTION_GROUPS.find(({ heading }) => heading === row.heading);
    const name = nameIn(row.cells.get("Option"));
    return group === undefined || name === "" ? [] : [{ group, name, row }];
  });
}

/** The page with the cells that follow from the code as the code has them. */
export function withPresentValues(page: string): string {
  const lines = page.split("\n");
  for (const { group, name, row } of optionRows(page)) {
    if (!group.names.includes(name)) continue;
    const cells = new Map(row.cells);
    const usual = group.default(name);
    cells.set("Default", shown(name, usual));
    cells.set("Allowed", group.allowed(name));
    if (group.strict !== undefined) {
      const value = group.strict(name);
      cells.set("Strict", value === usual ? "" : shown(name, value));
    }
    lines[row.line] = lineOf(cells);
  }
  return lines.join("\n");
}
