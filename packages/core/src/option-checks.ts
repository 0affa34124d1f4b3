// Checks of option values that several options share. An error names the option, the value and what is allowed.

export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}

export function wrongType(option: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`Cannot set option ${option}: it is ${shown(value)}, allowed is ${allowed}`);
}

export function noSuchOption(option: string, allowed: string): RangeError {
  return new RangeError(
    `Cannot set option ${option}: there is no such option, allowed are ${allowed}`,
  );
}

export function checkNumber(
  option: string,
  value: unknown,
  min: number,
  max: number,
  or = "",
): number {
  const allowed = `${or}a whole number from ${min} to ${max}`;
  if (typeof value !== "number") throw wrongType(option, value, allowed);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot set option ${option}: it is ${value}, allowed is ${allowed}`);
  }
  return value;
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(option, value, "true or false");
  return value;
}

export function checkText(option: string, value: unknown): string {
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw wrongType(option, value, "a string that is not empty");
  }
  return value;
}

export function checkMembers<T extends object>(
  option: string,
  value: unknown,
  ranges: Readonly<Record<string, readonly [number, number]>>,
  or = "",
): Partial<T> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(option, value, `${or}an object`);
  }
  const checked: Record<string, number> = {};
  for (const [name, member] of Object.entries(value)) {
    const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined;
    if (range === undefined) {
      throw noSuchOption(`${option}.${name}`, Object.keys(ranges).join(", "));
    }
    if (member === undefined) continue;
    checked[name] = checkNumber(`${option}.${name}`, member, range[0], range[1]);
  }
  return checked as Partial<T>;
}
