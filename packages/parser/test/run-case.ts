// Plays one case: in every split, against the reference, and against what it says itself.

import { expect } from "vitest";
import { FAULTS, type FaultCode } from "../src/index.ts";
import { type ChunkedCase, type HeadCase, isRefused, type Refused } from "./cases/case.ts";
import { ChunkedMachine, HeadMachine } from "./machines.ts";
import {
  chunkedOutcome,
  chunkedReference,
  headOutcome,
  headReference,
  outcomeText,
} from "./outcome.ts";
import { runEverySplit } from "./split.ts";
import { readMarked } from "./wire.ts";

/** Runs a case of a head. Returns the code of the fault it produced, if any. */
export function runHeadCase(headCase: HeadCase): FaultCode | undefined {
  const { octets, mark } = readMarked(headCase.wire);
  const { octetsUntilDone } = runEverySplit(() => new HeadMachine(headCase.limits), octets);
  const outcome = headOutcome(octets, headCase);
  expect(outcomeText(outcome)).toBe(outcomeText(headReference(octets, headCase)));
  const expected = headCase.expect;
  if (expected === "need more") {
    expect(outcome.verdict).toBe("need more");
    return undefined;
  }
  if (isRefused(expected)) {
    expectRefusal(outcome, expected, mark);
    const isJudged = "by" in outcome && outcome.by === "judge";
    if (!isJudged) expect(octetsUntilDone).toBe((expected.knownAt ?? mark) + 1);
    return expected.fault;
  }
  expect(outcome).toMatchObject({ verdict: "complete", ...expected });
  return undefined;
}

/** Runs a case of a chunked message body. Returns the code of the fault it produced, if any. */
export function runChunkedCase(chunkedCase: ChunkedCase): FaultCode | undefined {
  const { octets, mark } = readMarked(chunkedCase.wire);
  const { limits, contentLimit, expect: expected } = chunkedCase;
  const start = () => new ChunkedMachine(limits, contentLimit);
  const { octetsUntilDone } = runEverySplit(start, octets);
  const outcome = chunkedOutcome(octets, chunkedCase);
  expect(outcomeText(outcome)).toBe(outcomeText(chunkedReference(octets, chunkedCase)));
  if (expected === "need more") {
    expect(outcome.verdict).toBe("need more");
    return undefined;
  }
  if (isRefused(expected)) {
    expectRefusal(outcome, expected, mark);
    expect(octetsUntilDone).toBe((expected.knownAt ?? mark) + 1);
    return expected.fault;
  }
  expect(outcome).toMatchObject({ verdict: "complete", ...expected });
  return undefined;
}

function expectRefusal(outcome: object, expected: Refused, mark: number): void {
  const row = FAULTS.find(({ code }) => code === expected.fault);
  expect(row?.status).toBe(expected.status);
  expect(outcome).toMatchObject({ verdict: "fault", code: expected.fault, offset: mark });
}
