// Reads responses off octets as a strict client does (RFC 9112 §4 to §7), slow and obvious, sharing nothing with core.

export interface ReceivedResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Field lines as received, OWS around the value removed. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Uint8Array;
  readonly trailers: readonly (readonly [name: string, value: string])[];
  readonly framing: "none" | "length" | "chunked" | "close";
  /** Every octet of the message body arrived. */
  readonly complete: boolean;
}

export interface ReadOptions {
  /** Methods of the requests in order; GET for those not named. */
  readonly methods?: readonly string[];
  /** The server has closed: a message body may end by that. */
  readonly ended?: boolean;
}

/** All values of a field, without case. */
export function fieldsOf(response: ReceivedResponse, name: string): string[] {
  return response.fields
    .filter(([found]) => found.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}

/** The one value of a field; throws when there is more than one line. */
export function fieldOf(response: ReceivedResponse, name: string): string | undefined {
  const values = fieldsOf(response, name);
  if (values.length > 1) throw new Error(`${name} has ${values.length} lines`);
  return values[0];
}

/** The content as UTF-8 text; throws when it is none. */
export function contentText(response: ReceivedResponse): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(response.content);
}

/** Reads every response; interim responses are entries of their own. Throws on anything a strict client refuses. */
export function readResponses(
  octets: Uint8Array,
  options: ReadOptions = {},
): { responses: ReceivedResponse[]; rest: Uint8Array } {
  const responses: ReceivedResponse[] = [];
  let at = 0;
  let finals = 0;
  while (at < octets.length) {
    const headEnd = endOfHead(octets, at);
    if (headEnd < 0) break;
    const method = options.methods?.[finals] ?? "GET";
    const { response, end } = readResponse(octets, at, headEnd, method, options.ended === true);
    responses.push(response);
    if (response.status >= 200) finals++;
    at = end;
    if (!response.complete) break;
  }
  return { responses, rest: octets.subarray(at) };
}

function endOfHead(octets: Uint8Array, from: number): number {
  for (let i = from; i + 3 < octets.length; i++) {
    if (octets[i] === 13 && octets[i + 1] === 10 && octets[i + 2] === 13 && octets[i + 3] === 10) {
      return i + 4;
    }
  }
  return -1;
}

function text(octets: Uint8Array): string {
  let all = "";
  for (const octet of octets) all += String.fromCharCode(octet);
  return all;
}

function readLines(lines: readonly string[]): [string, string][] {
  return lines.map((line) => {
    const found = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/s.exec(line);
    if (found === null || !/^[\t\x20-\x7e\x80-\xff]*$/.test(found[2]!)) {
      throw new Error(`not a field line: ${JSON.stringify(line)}`);
    }
    return [found[1]!, found[2]!];
  });
}

function readResponse(
  octets: Uint8Array,
  from: number,
  headEnd: number,
  method: string,
  ended: boolean,
): { response: ReceivedResponse; end: number } {
  const lines = text(octets.subarray(from, headEnd - 4)).split("\r\n");
  const start = /^(HTTP\/\d\.\d) (\d{3}) ([\t\x20-\x7e\x80-\xff]*)$/.exec(lines[0]!);
  if (start === null) throw new Error(`not a status-line: ${JSON.stringify(lines[0])}`);
  const status = Number(start[2]);
  const fields = readLines(lines.slice(1));
  const values = (name: string) =>
    fields.filter(([found]) => found.toLowerCase() === name).map(([, value]) => value);
  const [lengths, codings] = [values("content-length"), values("transfer-encoding")];
  if (lengths.length > 1 || codings.length > 1 || (lengths.length === 1 && codings.length === 1)) {
    throw new Error(`message is framed twice: ${lines.join(" | ")}`);
  }
  const base = { version: start[1]!, status, reason: start[3]!, fields };
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    const response = { ...base, content: new Uint8Array(0), trailers: [], complete: true };
    return { response: { ...response, framing: "none" }, end: headEnd };
  }
  if (codings.length === 1) {
    if (codings[0] !== "chunked") throw new Error(`transfer coding ${codings[0]}`);
    const { content, trailers, end, complete } = readChunks(octets, headEnd);
    return { response: { ...base, content, trailers, complete, framing: "chunked" }, end };
  }
  if (lengths.length === 1) {
    if (!/^\d{1,15}$/.test(lengths[0]!)) throw new Error(`Content-Length ${lengths[0]}`);
    const end = headEnd + Number(lengths[0]);
    const content = octets.subarray(headEnd, end);
    const complete = end <= octets.length;
    return {
      response: { ...base, content, trailers: [], complete, framing: "length" },
      end: Math.min(end, octets.length),
    };
  }
  const content = octets.subarray(headEnd);
  return {
    response: { ...base, content, trailers: [], complete: ended, framing: "close" },
    end: octets.length,
  };
}

function readChunks(
  octets: Uint8Array,
  from: number,
): {
  content: Uint8Array;
  trailers: [string, string][];
  end: number;
  complete: boolean;
} {
  const pieces: Uint8Array[] = [];
  let at = from;
  const joined = () => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
  for (;;) {
    const lineEnd = indexOfCrlf(octets, at);
    if (lineEnd < 0)
      return { content: joined(), trailers: [], end: octets.length, complete: false };
    const line = text(octets.subarray(at, lineEnd));
    if (!/^[0-9a-f]{1,8}$/i.test(line)) throw new Error(`chunk line ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) break;
    if (at + size + 2 > octets.length) {
      pieces.push(octets.subarray(at));
      return { content: joined(), trailers: [], end: octets.length, complete: false };
    }
    pieces.push(octets.subarray(at, at + size));
    at += size;
    if (octets[at] !== 13 || octets[at + 1] !== 10) throw new Error("no CRLF behind chunk-data");
    at += 2;
  }
  const lines: string[] = [];
  for (;;) {
    const lineEnd = indexOfCrlf(octets, at);
    if (lineEnd < 0)
      return { content: joined(), trailers: [], end: octets.length, complete: false };
    const line = text(octets.subarray(at, lineEnd));
    at = lineEnd + 2;
    if (line === "") break;
    lines.push(line);
  }
  return { content: joined(), trailers: readLines(lines), end: at, complete: true };
}

function indexOfCrlf(octets: Uint8Array, from: number): number {
  for (let i = from; i + 1 < octets.length; i++) {
    if (octets[i] === 13 && octets[i + 1] === 10) return i;
  }
  return -1;
}
