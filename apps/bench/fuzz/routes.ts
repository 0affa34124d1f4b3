// What the fuzzer knows of the application: which requests have read all their content before their answer begins, which
// begin it before, and what some of them are answered for certain.

import { type SeenRequest, valuesOf } from "./reference-reader.ts";

const READ_FIRST = ["/echo", "/count", "/trailers", "/read-late", "/json"];
const BEGIN_FIRST = [
  "/stream",
  "/early",
  "/early-then-read",
  "/early-then-stop",
  "/begin-then-read",
  "/throw-after-send",
  "/throw-while-sending",
  "/respond",
];

/** The path of a target, as far as it can be told simply. */
function pathOf(target: string): string {
  return target.replace(/^http:\/\/[^/?]*/i, "").replace(/\?.*$/s, "") || "/";
}

/** The answer never depends on how much of the content has come: it is given when all is read, or there is none. */
export function readsFirst(request: SeenRequest): boolean {
  if (request.framing === "none") return true;
  const { method, target } = request;
  return method === "POST" && READ_FIRST.includes(target) && valuesOf(request, "show").length === 0;
}

/** The answer may have begun when the content turns out to be broken: it is then cut off, at any octet or the first. */
export function beginsFirst({ target }: SeenRequest): boolean {
  return BEGIN_FIRST.includes(pathOf(target));
}

/** The answer is given when the first piece of the content is there, whatever becomes of the rest. */
export function stopsEarly({ target }: SeenRequest): boolean {
  return ["/first-piece", "/early-then-stop"].includes(pathOf(target));
}

/** Status codes that the application gives for its own reasons too. */
export function mayAskForStatus({ target }: SeenRequest): boolean {
  const path = pathOf(target);
  if (/^\/(respond|http-error|param|json|count-stream)\b/.test(path)) return true;
  return /^\/(octets|slow)\//.test(path) && !isDecodable(path);
}

/** A parameter that cannot be decoded is answered 400, and the connection kept. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

const CONTENTS: Readonly<Record<string, string>> = {
  "/hello": "hello",
  "/probe": "probe",
  "/slow/1": "slow 1",
  "/slow/9": "slow 9",
  "/octets/5": "xxxxx",
};

/** What a plain GET is answered for certain, so that an answer in another's place shows. */
export function certainContent(request: SeenRequest): string | undefined {
  const { method, target, whole } = request;
  if (method !== "GET" || !whole || valuesOf(request, "show").length > 0) return undefined;
  return Object.hasOwn(CONTENTS, target) ? CONTENTS[target] : undefined;
}
