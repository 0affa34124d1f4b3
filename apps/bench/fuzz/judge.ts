// Judges one run. Pure: what was sent, what came back, what the target recorded; gives findings as texts that begin with
// the row of the invariant (C6, C15), or with HTTP for an answer that no client could read.

import type { FuzzCase } from "./cases.ts";
import type { Played } from "./play.ts";
import { readRequests, type SeenInput, type SeenRequest } from "./reference-reader.ts";
import { beginsFirst, certainContent, mayAskForStatus, readsFirst } from "./routes.ts";
import { type Answer, type Answers, announcesClose, readAnswers } from "./strict-answers.ts";

/** A run with everything that can be read off it. */
export interface Reading {
  readonly played: Played;
  readonly seen: SeenInput;
  readonly answers: Answers;
}

/** Status codes that only the server gives, and always closes behind. */
const CLOSING = [400, 408, 413, 414, 417, 421, 431, 505];

export function readRun(one: FuzzCase, played: Played): Reading {
  const seen = readRequests(one.input.slice(0, played.sentOctets));
  const isHead = (index: number): boolean => seen.requests[index]?.method === "HEAD";
  const answers = readAnswers(played.received, isHead);
  if (isClean(answers)) return { played, seen, answers };
  // Whether a message that was refused had HEAD for its method, its answer tells: it has content or not.
  const last = answers.finals.length - 1;
  const others = readAnswers(played.received, (index) => isHead(index) !== (index === last));
  const isRefused = isClean(others) && isRefusal(others.finals[last]!);
  return { played, seen, answers: isRefused ? others : answers };
}

function isClean({ finals, rest, refused }: Answers): boolean {
  return finals.length > 0 && finals.at(-1)!.complete && rest === "" && refused === undefined;
}

/** What is wrong about one run. */
export function judgeRun(one: FuzzCase, reading: Reading): string[] {
  const { played, seen, answers } = reading;
  const found = [...(played.state?.violations ?? [])];
  if (played.missing !== undefined) found.push(`hang: ${played.missing}`);
  if (one.stalls) return found;
  if (answers.refused !== undefined)
    found.push(`HTTP: no answer a client can read: ${answers.refused}`);
  found.push(...tooMany(reading), ...behindClose(reading));
  for (const [i, answer] of answers.finals.entries()) {
    const wrong = wrongAnswer(one, answer, seen.requests[i]);
    if (wrong !== undefined) found.push(`HTTP: answer ${i + 1}: ${wrong}`);
  }
  if (one.kind === "split") found.push(...badEnd(reading));
  return found;
}

/** C6: nothing more is answered, and no handler runs, than an independent reader can see requests. */
function tooMany({ played, seen, answers }: Reading): string[] {
  const found: string[] = [];
  const most = seen.requests.filter(({ whole }) => whole).length + (seen.rest === "" ? 0 : 1);
  if (answers.finals.length > most) {
    found.push(`C6: ${answers.finals.length} answers, there are ${most} requests at most`);
  }
  const handled = played.state?.requests ?? [];
  if (handled.length > seen.requests.length) {
    found.push(
      `C6: handlers ran for ${handled.length} requests, there are ${seen.requests.length}: ${handled.join(", ")}`,
    );
  }
  return found;
}

/** C6: an answer that closes is the last, and the close follows. */
function behindClose({ played, seen, answers }: Reading): string[] {
  const { finals } = answers;
  const closing = finals.findIndex(announcesClose);
  if (closing < 0) return [];
  const found: string[] = [];
  const behind = finals.length - 1 - closing;
  if (behind > 0 || answers.rest !== "") found.push("C6: something follows an answer that closes");
  const last = finals[closing]!;
  // Content that the close ends is not complete before it.
  const isWhole = last.complete && last.framing !== "close" && last.end <= played.settledOctets;
  const request = seen.requests[closing];
  const readsOn = request !== undefined && !request.whole && beginsFirst(request);
  if (isWhole && !readsOn && !played.endedFirst && !played.wasCut) {
    found.push("C6: the server does not close behind an answer that closes");
  }
  return found;
}

function wrongAnswer(
  one: FuzzCase,
  answer: Answer,
  request: SeenRequest | undefined,
): string | undefined {
  const { status, framing, complete, content, dated } = answer;
  const closes = announcesClose(answer);
  if (request === undefined) {
    return closes ? undefined : `${status} to what is no request, without Connection: close`;
  }
  if (!dated && !mayAskForStatus(request)) return "no Date, or a wrong one";
  if (framing === "chunked" && request.isOld) return "chunked to HTTP/1.0";
  if (framing === "close" && !closes) return "ended by the close that it does not announce";
  if (CLOSING.includes(status) && !closes && !mayAskForStatus(request)) {
    return `${status} without Connection: close`;
  }
  if (one.profile === "hasty" || !complete) return undefined;
  const certain = status === 200 ? certainContent(request) : undefined;
  if (certain !== undefined && certain !== content) {
    return `${request.target} is answered ${JSON.stringify(content.slice(0, 80))}`;
  }
  return undefined;
}

/** Without deadlines a server closes only behind an answer that says so, or one that it could not finish. */
function badEnd(reading: Reading): string[] {
  const { played, seen, answers } = reading;
  const { finals, rest } = answers;
  const last = finals.at(-1);
  const request = seen.requests[finals.length - 1];
  const found: string[] = [];
  if (rest !== "")
    found.push(`HTTP: an answer's head is cut off: ${JSON.stringify(rest.slice(0, 80))}`);
  const mayBeCut = (request !== undefined && beginsFirst(request)) || isLostInReset(reading);
  if (last?.complete === false && !mayBeCut) {
    found.push("HTTP: an answer is cut off that had no reason to be");
  }
  if (
    played.endedFirst &&
    !isLostInReset(reading) &&
    !(last !== undefined && announcesClose(last))
  ) {
    const next = seen.requests[finals.length];
    const cut = [request, next].some(
      (one) => one !== undefined && one.framing !== "none" && !readsFirst(one),
    );
    const fails = [request, next].some((one) => one !== undefined && beginsFirst(one));
    if (!cut && !fails) found.push("HTTP: closed without a word");
  }
  return found;
}

/** An answer that is cut off takes those before it along when the reset overtakes them. */
export function isLostInReset({ played, seen }: Reading): boolean {
  return played.wasReset && seen.requests.some(beginsFirst);
}

/** Reports whether an answer is one with which the server gives up on a connection. */
export function isRefusal(answer: Answer): boolean {
  return answer.status >= 400 && announcesClose(answer);
}
