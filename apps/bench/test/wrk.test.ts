// What is read from wrk's report.

import { expect, test } from "vitest";
import { readReport } from "../src/load/wrk.ts";

const COUNTS =
  '"requests":1000,"durationUs":500000,"connect":0,"read":2,"write":0,"timeout":1,"status":0';
const OUTPUT = `Running 1s test\n{"p50Us":500,"p99Us":2500,"p999Us":7000,${COUNTS}}\n`;

test("requests, times and errors are those of the report", () => {
  expect(readReport(OUTPUT, 0.5, 1)).toEqual({
    requests: 1000,
    requestsPerSecond: 2000,
    p50Ms: 0.5,
    p99Ms: 2.5,
    p999Ms: 7,
    errors: 3,
    errorText: "read 2, timeout 1",
    loadShare: 0.5,
  });
});

test("pipelined requests have no percentiles", () => {
  const { requests, p50Ms, p99Ms, p999Ms } = readReport(OUTPUT, 0.5, 16);
  expect([requests, p50Ms, p99Ms, p999Ms]).toEqual([1000, Number.NaN, Number.NaN, Number.NaN]);
});

test("no report is an error with what wrk said", () => {
  expect(() => readReport("unable to connect", 0, 1)).toThrow(
    "wrk gave no report: unable to connect",
  );
});
