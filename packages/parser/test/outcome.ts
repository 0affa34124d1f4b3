// What comes of octets, once by the package and once by the reference, in the same words, so that
// the two can be compared.

import { FAULTS, INVALID, NEED_MORE, type ParserLimits, type RequestHead } from "../src/index.ts";
import { ChunkedMachine, HeadMachine, judgeHead } from "./machines.ts";
import {
  type ChunkedReading,
  type HeadSpans,
  latin1,
  REFERENCE_LIMITS,
  readChunked,
  readHead,
} from "./reference.ts";
import { type RequestReading, readRequest } from "./reference-request.ts";

export interface HeadConditions {
  readonly limits?: Partial<ParserLimits>;
  readonly behindTls?: boolean;
}

export interface BodyConditions {
  readonly limits?: Partial<ParserLimits>;
  readonly contentLimit?: number;
}

export interface Refusal {
  readonly verdict: "fault";
  readonly code: string;
  readonly offset: number;
  /** Whether octet by octet, or when the whole head was judged. */
  readonly by: "parser" | "judge";
}

export interface ReadHead extends HeadSpans, RequestReading {
  readonly verdict: "complete";
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly highOctets: boolean;
}

export type HeadOutcome = ReadHead | Refusal | { readonly verdict: "need more" };

const FRAMINGS = ["none", "length", "chunked"] as const;

export function headOutcome(octets: Uint8Array, conditions: HeadConditions = {}): HeadOutcome {
  const machine = new HeadMachine(conditions.limits);
  machine.push(octets, 0, 0, octets.length);
  const { parser } = machine;
  if (machine.status === NEED_MORE) return { verdict: "need more" };
  if (machine.status === INVALID) {
    return { ...refusalOf(parser.fault, parser.faultOffset), by: "parser" };
  }
  const head = judgeHead(machine, octets, conditions.behindTls ?? false);
  if (head === undefined) return { ...refusalOf(parser.fault, parser.faultOffset), by: "judge" };
  const { methodStart, methodEnd, targetStart, targetEnd, fieldCount, highOctets } = parser;
  return {
    ...meaningOf(head),
    octets: head.octets,
    methodStart,
    methodEnd,
    targetStart,
    targetEnd,
    minorVersion: head.minorVersion,
    spans: parser.spans.slice(0, 4 * fieldCount),
    highOctets,
  };
}

function refusalOf(fault: number, offset: number): Omit<Refusal, "by"> {
  return { verdict: "fault", code: FAULTS[fault]?.code ?? `row ${fault}`, offset };
}

function meaningOf(
  head: RequestHead,
): RequestReading & Pick<ReadHead, "method" | "target" | "fields"> {
  const { method, target, targetForm, path, query, authority } = head;
  const { contentLength, persistent, keepAliveRequested, expectContinue } = head;
  const framing = FRAMINGS[head.framing];
  const fields = [...head.fields];
  const parts = { method, target, fields, targetForm, path, query, authority, framing };
  return {
    verdict: "complete",
    ...parts,
    contentLength,
    persistent,
    keepAliveRequested,
    expectContinue,
  };
}

export function headReference(octets: Uint8Array, conditions: HeadConditions = {}): HeadOutcome {
  const head = readHead(octets, { ...REFERENCE_LIMITS, ...conditions.limits });
  if (head.verdict === "need more") return head;
  if (head.verdict === "fault") return { ...head, by: "parser" };
  const request = readRequest(octets, head, conditions.behindTls);
  if (request.verdict === "fault") return { ...request, by: "judge" };
  const text = latin1(octets);
  const fields: [string, string][] = [];
  for (let i = 0; i < head.spans.length; i += 4) {
    const [nameStart, nameEnd, valueStart, valueEnd] = head.spans.slice(i, i + 4);
    fields.push([text.slice(nameStart, nameEnd), text.slice(valueStart, valueEnd)]);
  }
  return {
    ...head,
    ...request,
    method: text.slice(head.methodStart, head.methodEnd),
    target: text.slice(head.targetStart, head.targetEnd),
    fields,
    highOctets: fields.some(([, value]) => /[\x80-\xff]/.test(value)),
  };
}

export function chunkedOutcome(
  octets: Uint8Array,
  conditions: BodyConditions = {},
): ChunkedReading {
  const machine = new ChunkedMachine(conditions.limits, conditions.contentLimit);
  // The machine overwrites what it has consumed.
  machine.push(octets.slice(), 0, 0, octets.length);
  const { decoder, content, status } = machine;
  const verdicts = ["need more", "complete", "fault"] as const;
  return {
    verdict: verdicts[status] ?? "fault",
    code: decoder.fault === 0 ? "" : (FAULTS[decoder.fault]?.code ?? ""),
    offset: decoder.faultOffset,
    content,
    octets: decoder.fault === 0 ? decoder.octets : -1,
    trailers: [...decoder.trailers],
  };
}

export function chunkedReference(
  octets: Uint8Array,
  conditions: BodyConditions = {},
): ChunkedReading {
  const limits = { ...REFERENCE_LIMITS, ...conditions.limits };
  return readChunked(octets, limits, conditions.contentLimit);
}

/**
 * Two outcomes as text, for a comparison cheaper than a matcher. Members may stand in any order.
 */
export function outcomeText(outcome: HeadOutcome | ChunkedReading): string {
  const members = Object.entries(outcome).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join("\n");
}
