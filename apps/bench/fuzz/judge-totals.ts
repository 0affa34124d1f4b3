// Judges what a target's servers count about themselves (C16), at any moment and when nothing is open any more. Pure.

import type { Totals } from "./target.ts";

/** What cannot be at any moment. */
export function impossible({ profile, stats, opened, closed }: Totals): string[] {
  const { connections, handlers, waiting, bufferedOctets, accepted, dropped, closes } = stats;
  const found: string[] = [];
  const gauges = { ...connections, handlers, waiting, bufferedOctets };
  for (const [name, value] of Object.entries(gauges)) {
    if (!(value >= 0)) found.push(`C16: ${name} is ${value}, profile ${profile}`);
  }
  const ends = sum(closes) + sum(dropped);
  if (accepted !== ends + connections.open) {
    found.push(
      `C16: accepted ${accepted} is not closed ${sum(closes)} + dropped ${sum(dropped)} + open ${connections.open}, profile ${profile}`,
    );
  }
  if (accepted !== opened) {
    found.push(`C16: accepted ${accepted}, the adapter announced ${opened}, profile ${profile}`);
  }
  if (closed > opened) {
    found.push(`C16: ${closed} closes of ${opened} connections, profile ${profile}`);
  }
  if ((closes.internal ?? 0) > 0) {
    found.push(
      `C15: core itself threw (closes.internal is ${closes.internal}), profile ${profile}`,
    );
  }
  return found;
}

/** What is not back to nothing although every client has gone. */
export function leftOver(totals: Totals): string[] {
  const { profile, stats, opened, closed, octetsIn, octetsOut } = totals;
  const { connections, handlers, waiting, bufferedOctets } = stats;
  const found: string[] = [];
  const { open } = connections;
  const gauges = { open, handlers, waiting, bufferedOctets, unclosed: opened - closed };
  for (const [name, value] of Object.entries(gauges)) {
    if (value > 0) found.push(`C15: ${name} stays at ${value}, profile ${profile}`);
  }
  if (open > 0) return found;
  if (stats.octetsIn !== octetsIn) {
    found.push(
      `C16: octetsIn is ${stats.octetsIn}, the adapter gave ${octetsIn}, profile ${profile}`,
    );
  }
  if (stats.octetsOut !== octetsOut) {
    found.push(
      `C16: octetsOut is ${stats.octetsOut}, the adapter took ${octetsOut}, profile ${profile}`,
    );
  }
  return found;
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
}
