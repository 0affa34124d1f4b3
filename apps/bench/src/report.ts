// Prints measurements as tables: each contender's figures, and the ratios that matter. Knows no servers.

import type { Ratio } from "./contenders.ts";
import type { Series } from "./rounds.ts";
import { median, quantile } from "./statistics.ts";

/** The two entries of the same raw socket may differ by so much; above it the rounds resolve nothing. */
const NOISE_MOST = 0.03;

export function printSeries(title: string, all: readonly Series[]): void {
  console.log(`\n${title}`);
  console.log(row("", "CPU us", "min to max", "requests/s"));
  for (const { name, cpuUsPerRequest: cpu, requestsPerSecond, errors } of all) {
    const spread = `${us(Math.min(...cpu))} to ${us(Math.max(...cpu))}`;
    const rate = Math.round(median(requestsPerSecond)).toString();
    console.log(row(name, us(median(cpu)), spread, rate), [...errors].join("; "));
  }
}

/** Ratios are taken round by round; shown are their median and the interval that holds 80 % of them. */
export function printRatios(ratios: readonly Ratio[], all: readonly Series[]): void {
  console.log(row("ratio of CPU per request", "median", "10 % to 90 %", ""));
  for (const { of, to } of ratios) {
    const values = perRound(of, to, all);
    const isNoise = of.endsWith("again");
    const name = `${of} : ${to[0]}`;
    const spread = `${two(quantile(values, 0.1))} to ${two(quantile(values, 0.9))}`;
    const isLoud = isNoise && Math.abs(median(values) - 1) > NOISE_MOST;
    console.log(row(name, two(median(values)), spread, ""), isLoud ? "noise above 3 %" : "");
  }
}

function perRound(of: string, to: readonly string[], all: readonly Series[]): number[] {
  const cpuOf = (name: string) => all.find((one) => one.name === name)?.cpuUsPerRequest ?? [];
  const others = to.map(cpuOf);
  return cpuOf(of).map((own, round) => {
    const sum = others.reduce((total, cpu) => total + (cpu[round] ?? Number.NaN), 0);
    return own / (sum / others.length);
  });
}

function row(name: string, first: string, second: string, third: string): string {
  return `  ${name.padEnd(40)}${first.padStart(8)}${second.padStart(18)}${third.padStart(12)}`;
}

function us(value: number): string {
  return value.toFixed(value < 2 ? 3 : 2);
}

function two(value: number): string {
  return value.toFixed(2);
}
