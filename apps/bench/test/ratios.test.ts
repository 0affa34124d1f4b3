// Ratios, noise and the guard's judgement on made-up rows.

import { describe, expect, test } from "vitest";
import { breaches } from "../src/guard.ts";
import { noise } from "../src/noise.ts";
import { ratioPerRound, ratiosOf } from "../src/ratios.ts";
import type { Row } from "../src/result.ts";

function row(peer: string, ...cpuUs: number[]): Row {
  const rounds = cpuUs.map((cpuUsPerRequest) => ({
    requests: 1000,
    cpuUsPerRequest,
    requestsPerSecond: 1000,
    p50Ms: 1,
    p99Ms: 2,
    p999Ms: 3,
    errors: 0,
    serverShare: 1,
    loadShare: 0.5,
  }));
  const isAgain = peer.endsWith("-again");
  return { peer, title: peer, group: "ours", isAgain, caveats: [], rounds, residentOctets: 0 };
}

describe("a ratio", () => {
  test("is taken within each round, to the mean of the others", () => {
    const ratios = ratioPerRound(row("a", 10, 30), [row("b", 10, 20), row("c", 30, 40)]);
    expect(ratios).toEqual([0.5, 1]);
  });

  test("leaves out rounds that somebody did not have", () => {
    expect(ratioPerRound(row("a", 10, 30), [row("b", 5)])).toEqual([2]);
  });

  test("is only made when all its rows are there", () => {
    const rows = [row("ours-node", 11), row("node-net", 10), row("node-http", 20)];
    expect(ratiosOf("keep-alive", rows, true).map(({ to }) => to)).toEqual([["node-http"]]);
  });

  test.each([
    ["keep-alive", true, 0.75],
    ["pipelined", true, 0.12],
    ["pipelined", false, undefined],
    ["json", true, undefined],
  ])("in %s, judged %j, has the goal %j", (scenario, isJudged, goal) => {
    const rows = [row("ours-node", 11), row("node-http", 20)];
    expect(ratiosOf(scenario, rows, isJudged)[0]?.goal).toBe(goal);
  });
});

describe("noise", () => {
  test("is the larger difference of the raw sockets entered twice", () => {
    const node = [row("node-net", 10, 10, 10), row("node-net-again", 10.1, 10.2, 10.3)];
    const bun = [row("bun-listen", 10), row("bun-listen-again", 9.5)];
    expect(noise(node)).toBeCloseTo(0.02);
    expect(noise([...node, ...bun])).toBeCloseTo(0.05);
  });

  test("is nothing without them", () => {
    expect(noise([row("ours-node", 10)])).toBe(0);
  });
});

describe("the guard", () => {
  const recorded = { "keep-alive": { "ours-node": 1.2 }, pipelined: { "ours-node": 2 } };

  test.each([
    [1.2, 2, []],
    [1.37, 2.29, []],
    [1.39, 2, ["ours-node, keep-alive"]],
    [1.39, 2.31, ["ours-node, keep-alive", "ours-node, pipelined"]],
    [Number.NaN, 2, ["ours-node, keep-alive"]],
  ])("measures %d and %d: %j", (keepAlive, pipelined, above) => {
    const measured = {
      "keep-alive": { "ours-node": keepAlive },
      pipelined: { "ours-node": pipelined },
    };
    expect(breaches(measured, recorded)).toEqual(above);
  });

  test("fails on what was not measured", () => {
    expect(breaches({}, recorded)).toHaveLength(2);
  });
});
