// Reads answers as a client does that forgives nothing (RFC 9112 §4 to §7), off octets as Latin-1 text. Shares nothing with
// the server; the more trusting reader of the other programs is ../src/read-answers.ts.

export interface Answer {
  readonly status: number;
  readonly statusLine: string;
  /** Field lines as received, names in lower case, Date left out. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Without its chunks. */
  readonly content: string;
  readonly trailers: readonly string[];
  readonly framing: "none" | "length" | "chunked" | "close";
  /** The answer is there to its last octet; content that the close ends never is known to be. */
  readonly complete: boolean;
  /** Exactly one Date, well-formed. */
  readonly dated: boolean;
  /** Offset behind it. */
  readonly end: number;
}

export interface Answers {
  /** Final answers; the last one may not be complete. */
  readonly finals: readonly Answer[];
  readonly interims: number;
  /** Octets of a head that is not all there. */
  readonly rest: string;
  /** What a strict client would refuse, and where it stopped. */
  readonly refused: string | undefined;
}

/** `isHead` tells whether the request of the n-th final answer, counted from 0, was HEAD. */
export function readAnswers(received: string, isHead: (index: number) => boolean): Answers {
  const finals: Answer[] = [];
  let interims = 0;
  let at = 0;
  try {
    while (at < received.length) {
      const headEnd = received.indexOf("\r\n\r\n", at);
      if (headEnd < 0) break;
      const answer = readAnswer(received, at, headEnd, isHead(finals.length));
      if (answer.status < 200) interims++;
      else finals.push(answer);
      at = answer.end;
      if (!answer.complete) break;
    }
  } catch (error) {
    return { finals, interims, rest: received.slice(at), refused: (error as Error).message };
  }
  return { finals, interims, rest: received.slice(at), refused: undefined };
}

/** Reports whether the answer says that the connection closes. */
export function announcesClose({ fields }: Answer): boolean {
  return fields.some(
    ([name, value]) => name === "connection" && /(^|,)\s*close\s*(,|$)/i.test(value),
  );
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

function readAnswer(received: string, from: number, headEnd: number, isHead: boolean): Answer {
  const [statusLine = "", ...lines] = received.slice(from, headEnd).split("\r\n");
  const status = Number(STATUS_LINE.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no status-line: ${JSON.stringify(statusLine)}`);
  const all = lines.map(fieldOf);
  const values = (name: string): string[] =>
    all.filter(([found]) => found === name).map(([, value]) => value);
  const [dates, lengths, codings] = [
    values("date"),
    values("content-length"),
    values("transfer-encoding"),
  ];
  if (lengths.length + codings.length > 1) throw new Error(`framed twice: ${lines.join(" | ")}`);
  if ((status < 200 || status === 204) && lengths.length + codings.length > 0) {
    throw new Error(`${status} has a framing field`);
  }
  const fields = all.filter(([name]) => name !== "date");
  const body =
    isHead || status < 200 || status === 204 || status === 304
      ? { content: "", trailers: [], complete: true, framing: "none" as const, end: headEnd + 4 }
      : readBody(received, headEnd + 4, lengths[0], codings[0]);
  const dated = dates.length === 1 && DATE.test(dates[0]!);
  return { status, statusLine, fields, dated, ...body };
}

function fieldOf(line: string): readonly [string, string] {
  const field = FIELD_LINE.exec(line);
  if (field === null) throw new Error(`no field line: ${JSON.stringify(line)}`);
  return [field[1]!.toLowerCase(), field[2]!.trimEnd()];
}

type Body = Pick<Answer, "content" | "trailers" | "framing" | "complete" | "end">;

function readBody(
  received: string,
  from: number,
  length: string | undefined,
  coding: string | undefined,
): Body {
  if (coding !== undefined) {
    if (coding !== "chunked") throw new Error(`transfer coding ${coding}`);
    return readChunks(received, from);
  }
  if (length === undefined) {
    const end = received.length;
    const content = received.slice(from);
    return { content, trailers: [], framing: "close", complete: true, end };
  }
  if (!/^\d{1,15}$/.test(length)) throw new Error(`Content-Length ${length}`);
  const end = from + Number(length);
  const content = received.slice(from, end);
  const complete = end <= received.length;
  return {
    content,
    trailers: [],
    framing: "length",
    complete,
    end: Math.min(end, received.length),
  };
}

function readChunks(received: string, from: number): Body {
  let content = "";
  let at = from;
  const unfinished = (): Body => {
    return { content, trailers: [], framing: "chunked", complete: false, end: received.length };
  };
  for (;;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd < 0) return unfinished();
    const line = received.slice(at, lineEnd);
    if (!/^[0-9a-f]{1,8}$/i.test(line)) throw new Error(`chunk-size ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) break;
    content += received.slice(at, at + size);
    const behind = received.slice(at + size, at + size + 2);
    if (behind.length < 2) return unfinished();
    if (behind !== "\r\n") throw new Error("chunk-data without CRLF behind it");
    at += size + 2;
  }
  const trailers: string[] = [];
  for (;;) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd < 0) return unfinished();
    const line = received.slice(at, lineEnd);
    at = lineEnd + 2;
    if (line === "") return { content, trailers, framing: "chunked", complete: true, end: at };
    fieldOf(line);
    trailers.push(line);
  }
}
