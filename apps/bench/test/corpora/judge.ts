// Judges how a live server took a case: whole and octet by octet must have come to the same, and to what the case
// expects. `decided.txt` of the corpora lists what it does not apply to.

import { type Answer, fieldValue } from "../../src/read-answers.ts";
import { PATIENCE_MS, type Played, play, type Script } from "./play.ts";
import { type CorpusCase, wireOf } from "./read-cases.ts";

/** Methods that a server may refuse whatever the request. */
const REFUSED_METHODS = ["CONNECT", "TRACE"];

/** Plays a case whole and octet by octet; returns its id and what is wrong, or "". */
export async function judge(
  port: number,
  one: CorpusCase,
  patienceMs: number = PATIENCE_MS,
): Promise<string> {
  const script = scriptOf(one, patienceMs);
  const whole = await play(port, { ...script, singly: false });
  const singly = await play(port, { ...script, singly: true });
  const wrong = [wrongOf(one, whole), wrongOf(one, singly), difference(whole, singly)];
  const said = [...new Set(wrong.filter((text) => text !== ""))].join("; ");
  return said === "" ? "" : `${one.id} (${one.expect}): ${said}`;
}

function scriptOf(one: CorpusCase, patienceMs: number): Omit<Script, "singly"> {
  const octets = wireOf(one);
  return { octets, methods: methodsOf(one, octets), until: untilOf(one), patienceMs };
}

function untilOf({ expect, requests }: CorpusCase): Script["until"] {
  if (expect === "accept") return { answers: requests?.length ?? 1 };
  return expect === "reject" ? "end" : "quiet";
}

function methodsOf({ requests }: CorpusCase, octets: Buffer): string[] {
  const first = /^(?:\r\n)*([!-~]+) /.exec(octets.toString("latin1"))?.[1] ?? "";
  return requests?.map(({ method }) => method ?? first) ?? [first];
}

function wrongOf(one: CorpusCase, played: Played): string {
  if (played.missing !== undefined) return `missing: ${played.missing}`;
  if (played.rest.length > 0) return `octets behind the answers: ${text(played.rest)}`;
  if (one.invariant === "exactly-1-response" && played.answers.length !== 1) {
    return `${played.answers.length} answers`;
  }
  switch (one.expect) {
    case "accept":
      return notAccepted(one, played);
    case "reject":
      return notRejected(played);
    case "incomplete":
      return notAwaited(one, played);
    default:
      return "";
  }
}

function notAccepted(one: CorpusCase, { answers }: Played): string {
  const [method = ""] = methodsOf(one, wireOf(one));
  if (REFUSED_METHODS.includes(method)) return answers[0]?.status === 501 ? "" : statuses(answers);
  if (answers.some(({ status }) => status !== 200)) return statuses(answers);
  const { requests } = one;
  if (requests === undefined) return "";
  if (requests.length !== answers.length) return `${answers.length} answers`;
  return requests.map((request, i) => misread(request, answers[i]!)).join("");
}

function misread(request: NonNullable<CorpusCase["requests"]>[number], answer: Answer): string {
  const target = fieldValue(answer, "x-target");
  if (request.target !== undefined && target !== request.target) return `target ${target}`;
  if (request.body_base64 === undefined || request.method === "HEAD") return "";
  const content = Buffer.from(request.body_base64, "base64");
  return answer.content.equals(content) ? "" : `content ${text(answer.content)}`;
}

function notRejected({ answers, endedFirst }: Played): string {
  if (!endedFirst) return "the connection stays open";
  const last = answers.at(-1);
  if (last !== undefined && last.status < 400) return `accepted: ${statuses(answers)}`;
  return last === undefined || fieldValue(last, "connection") === "close"
    ? ""
    : "no Connection: close";
}

/** A prefix of a legal message: the server waits, and does not take the end of the connection for the end of it. */
function notAwaited({ flags }: CorpusCase, { whileOpen, answers, endedFirst }: Played): string {
  if (endedFirst) return `the server does not wait: ${statuses(answers)}`;
  const before = flags.includes("pipelined")
    ? whileOpen.filter(({ status }) => status >= 400)
    : whileOpen;
  if (before.length > 0) return `answered before the end: ${statuses(whileOpen)}`;
  const behind = answers.slice(whileOpen.length);
  return behind.some(({ status }) => status < 400)
    ? `a part was accepted: ${statuses(answers)}`
    : "";
}

/** Interim answers depend on what arrives when, and the last answer's Connection on when FIN does. */
function difference(whole: Played, singly: Played): string {
  const [one, other] = [whole, singly].map(({ received }) =>
    received
      .toString("latin1")
      .replaceAll("HTTP/1.1 100 Continue\r\n\r\n", "")
      .replaceAll(/^(date|connection): [^\r]*\r\n/gim, ""),
  );
  return one === other
    ? ""
    : `octet by octet: ${text(singly.received)}, whole: ${text(whole.received)}`;
}

function statuses(answers: readonly Answer[]): string {
  return `answered ${answers.map(({ status }) => status).join(", ") || "nothing"}`;
}

function text(octets: Buffer): string {
  return JSON.stringify(octets.toString("latin1").slice(0, 200));
}
