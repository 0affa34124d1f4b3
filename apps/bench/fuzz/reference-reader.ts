// Reads requests off a whole input, slowly and without sharing anything with the parser: how many there can be at most, and
// what each asks for. Where a message's framing is in doubt it stops: a server has to refuse there, or earlier.
//
// More lenient than the server in everything but framing, so that it never counts too few.

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly isOld: boolean;
  /** Field lines, names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly framing: "none" | "length" | "chunked";
  /** The message is there to its last octet. */
  readonly whole: boolean;
}

export interface SeenInput {
  /** Requests whose head is there and whose framing is beyond doubt. Only the last may not be whole. */
  readonly requests: readonly SeenRequest[];
  /** Octets behind the last whole request that may make one more answer: a broken or unfinished message. */
  readonly rest: string;
}

/** `input` is Latin-1 text. */
export function readRequests(input: string): SeenInput {
  const requests: SeenRequest[] = [];
  let at = 0;
  for (;;) {
    const start = skipEmptyLines(input, at);
    const headEnd = input.indexOf("\r\n\r\n", start);
    if (headEnd < 0) return { requests, rest: input.slice(at) };
    const [line = "", ...fieldLines] = input.slice(start, headEnd).split("\r\n");
    const parts = /^([^ ]+) ([^ ]+) HTTP\/1\.(\d)$/.exec(line);
    if (parts === null) return { requests, rest: input.slice(at) };
    const fields = fieldLines.map(fieldOf);
    const framing = framingOf(fields);
    if (framing === undefined) return { requests, rest: input.slice(at) };
    const end = endOf(input, headEnd + 4, framing);
    const [, method = "", target = "", minor] = parts;
    const kind = typeof framing === "number" ? "length" : framing;
    const head = { method, target, isOld: minor === "0", fields, framing: kind } as const;
    requests.push({ ...head, whole: end !== undefined });
    if (end === undefined) return { requests, rest: input.slice(at) };
    at = end;
  }
}

/** The values of all lines of a field. */
export function valuesOf({ fields }: SeenRequest, name: string): string[] {
  return fields.filter(([found]) => found === name).map(([, value]) => value);
}

function skipEmptyLines(input: string, from: number): number {
  let at = from;
  while (input.startsWith("\r\n", at)) at += 2;
  return at;
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1);
  return [name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, "")];
}

/** A length, or `undefined` where two readers might not agree. */
function framingOf(fields: SeenRequest["fields"]): "none" | "chunked" | number | undefined {
  const values = (name: string): string[] =>
    fields.filter(([found]) => found === name).map(([, value]) => value);
  const [lengths, codings] = [values("content-length"), values("transfer-encoding")];
  if (lengths.length === 0 && codings.length === 0) return "none";
  if (lengths.length + codings.length > 1) return undefined;
  const [length] = lengths;
  if (length !== undefined) return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  return codings[0]?.toLowerCase() === "chunked" ? "chunked" : undefined;
}

/** The offset behind the message body; `undefined` when it is not all there, or broken. */
function endOf(
  input: string,
  from: number,
  framing: "none" | "chunked" | number,
): number | undefined {
  if (framing === "none") return from;
  if (framing === "chunked") return endOfChunks(input, from);
  return from + framing <= input.length ? from + framing : undefined;
}

function endOfChunks(input: string, from: number): number | undefined {
  let at = from;
  for (;;) {
    const line = /^([0-9a-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n/i.exec(input.slice(at, at + 20_000));
    if (line === null) return undefined;
    at += line[0].length;
    const size = Number.parseInt(line[1]!, 16);
    if (size === 0) break;
    if (input.slice(at + size, at + size + 2) !== "\r\n") return undefined;
    at += size + 2;
  }
  for (;;) {
    const lineEnd = input.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    if (lineEnd === at) return at + 2;
    at = lineEnd + 2;
  }
}
