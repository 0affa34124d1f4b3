// Reads a program's arguments: "--name value", numbers or texts by their default. Unknown names and wrong values end the
// program with what is allowed.

import { parseArgs } from "node:util";

type Value = number | string;

/** `defaults` names the arguments; a number's default makes it a number above 0. */
export function readArguments<T extends Readonly<Record<string, Value>>>(
  defaults: T,
): { [K in keyof T]: T[K] extends number ? number : string } {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: "string" as const, default: String(value) },
    ]),
  );
  // A package manager hands over the "--" that was meant for itself.
  const args = process.argv.slice(2).filter((arg, i) => i > 0 || arg !== "--");
  try {
    const { values } = parseArgs({ args, options });
    const read = Object.entries(values).map(([name, text]) => [
      name,
      typeof defaults[name] === "number" ? positive(name, String(text)) : text,
    ]);
    return Object.fromEntries(read);
  } catch (error) {
    const allowed = Object.entries(defaults).map(([name, value]) => `--${name} ${value}`);
    console.error(
      `${(error as Error).message}\nArguments and their defaults: ${allowed.join(" ")}`,
    );
    process.exit(2);
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new RangeError(`--${name} must be a number above 0, got ${text}`);
}
