// Compares two runs of the same octets (F31): sent whole and sent in pieces they must come to the same answers and the same
// end. Pure. Knows the few differences that lie in time and not in the server: what had arrived when an answer began.

import { isLostInReset, isRefusal, type Reading } from "./judge.ts";
import type { SeenRequest } from "./reference-reader.ts";
import { beginsFirst, readsFirst, stopsEarly } from "./routes.ts";
import type { Answer } from "./strict-answers.ts";

/** How two runs of the same octets differ; `undefined` where they do not, or for a reason that lies in time. */
export function difference(whole: Reading, split: Reading): string | undefined {
  const { requests } = whole.seen;
  const most = Math.max(whole.answers.finals.length, split.answers.finals.length);
  for (let i = 0; i < most; i++) {
    const [one, other] = [textOf(whole.answers.finals[i]), textOf(split.answers.finals[i])];
    if (one === other) continue;
    if (liesInTime(whole, split, i, i === most - 1)) return undefined;
    return `F31: answer ${i + 1} differs: whole ${one}, split ${other}`;
  }
  const last = requests[most - 1];
  if (last !== undefined && !readsFirst(last)) return undefined;
  return (
    differentEnd(whole, split) ?? differentMoment(whole, split) ?? differentRequests(whole, split)
  );
}

/** Reports whether the first answer that differs may do so because octets arrive when they do. */
function liesInTime(whole: Reading, split: Reading, index: number, isLast: boolean): boolean {
  const [one, other] = [whole.answers.finals[index], split.answers.finals[index]];
  const [before, request] = [whole.seen.requests[index - 1], whole.seen.requests[index]];
  if (request !== undefined) {
    if (isLast && isCutApart(request, one, other)) return true;
    if (isLast && isBrokenApart(request, one, other)) return true;
    if (isKeptApart(request, one, other)) return true;
  }
  // The connection was closed behind the answer before, unannounced, because of content that is left.
  const isMissing = one === undefined || other === undefined;
  if (isMissing && before !== undefined && !readsFirst(before)) return true;
  return [whole, split].some((reading) => {
    return isLostInReset(reading) && reading.answers.finals[index]?.complete !== true;
  });
}

function textOf(answer: Answer | undefined): string {
  if (answer === undefined) return "nothing";
  const { statusLine, fields, content, trailers, framing, complete } = answer;
  return JSON.stringify({ statusLine, fields, content, trailers, framing, complete });
}

/** An answer that had begun is cut off when its request turns out to be broken: where, time tells. */
function isCutApart(
  request: SeenRequest,
  one: Answer | undefined,
  other: Answer | undefined,
): boolean {
  if (!beginsFirst(request)) return false;
  if (one === undefined || other === undefined) return true;
  if (one.statusLine !== other.statusLine) return false;
  return one.content.startsWith(other.content) || other.content.startsWith(one.content);
}

/** A message that turns out to be broken: its refusal, or an answer that begins before all is read, may come first. */
function isBrokenApart(
  request: SeenRequest,
  one: Answer | undefined,
  other: Answer | undefined,
): boolean {
  if (one === undefined || other === undefined) return false;
  return (stopsEarly(request) || beginsFirst(request)) && isRefusal(one) !== isRefusal(other);
}

/** Content that nobody reads may have come whole by the time its answer is given, or not: then the connection closes. */
function isKeptApart(
  request: SeenRequest,
  one: Answer | undefined,
  other: Answer | undefined,
): boolean {
  if (readsFirst(request) || one === undefined || other === undefined) return false;
  return textOf(withoutOption(one)) === textOf(withoutOption(other));
}

function withoutOption(answer: Answer): Answer {
  return { ...answer, fields: answer.fields.filter(([name]) => name !== "connection") };
}

function differentEnd({ played: whole }: Reading, { played: split }: Reading): string | undefined {
  if (whole.endedFirst === split.endedFirst) return undefined;
  const [one, other] = [whole, split].map(({ endedFirst }) => (endedFirst ? "closed" : "kept"));
  return `F31: whole the connection is ${one}, split it is ${other}`;
}

/** An answer must not wait for what comes behind its request. */
function differentMoment(whole: Reading, split: Reading): string | undefined {
  const [one, other] = [whole, split].map(
    ({ answers, played }) => answers.finals.filter(({ end }) => end <= played.settledOctets).length,
  );
  if (one === other) return undefined;
  return `F31: whole ${one} answers come before the client ends its side, split ${other}`;
}

function differentRequests(
  { played: whole }: Reading,
  { played: split }: Reading,
): string | undefined {
  const [one, other] = [whole, split].map(({ state }) => (state?.requests ?? []).join(", "));
  if (one === other) return undefined;
  return `F31: whole the handlers are asked for ${one}, split for ${other}`;
}
