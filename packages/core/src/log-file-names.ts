// How log files are named: `<level>/<YYYY-MM-DD>/<YYYY-MM-DD>.<n>.log`, days in UTC, n from 1 on; `.log.gz` once
// compressed. Text only.

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** `2026-01-31` of ms since 1970. */
export function dayOf(dateMs: number): string {
  return new Date(dateMs).toISOString().slice(0, 10);
}

/** The first day that is kept of `days`, today included. */
export function firstDayKept(today: string, days: number): string {
  return dayOf(Math.max(0, Date.parse(today) - (days - 1) * DAY_MS));
}

export function isDay(name: string): boolean {
  return DAY.test(name);
}

export function fileName(day: string, number: number): string {
  return `${day}.${number}.log`;
}

/** The n of a file of `day`, compressed or not; `undefined` when it is none. */
export function fileNumber(name: string, day: string): number | undefined {
  if (!name.startsWith(`${day}.`)) return undefined;
  const match = /^([1-9]\d{0,8})\.log(?:\.gz)?$/.exec(name.slice(day.length + 1));
  return match === null ? undefined : Number(match[1]);
}

/** Reports whether a file of `day` is one whose compression has not ended. */
export function isPart(name: string, day: string): boolean {
  return (
    name.endsWith(".log.gz.part") && fileNumber(name.slice(0, -".part".length), day) !== undefined
  );
}

/** The highest n among the names of a day's directory; 0 when there is none. */
export function highestNumber(names: readonly string[], day: string): number {
  let highest = 0;
  for (const name of names) highest = Math.max(highest, fileNumber(name, day) ?? 0);
  return highest;
}
