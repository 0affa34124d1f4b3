// Reads the answers of a server out of collected octets: as much of HTTP/1.1 as our servers and peers send. Trusts what
// it reads; a client's view, not a parser.

export interface Answer {
  readonly statusLine: string;
  readonly status: number;
  /** Field lines in order; names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Buffer;
}

export interface Reading {
  readonly answers: readonly Answer[];
  /** Octets behind the last whole answer. */
  readonly rest: Buffer;
}

/** `methods` of the requests, in order, as far as they matter: HEAD. Interim answers are among the answers. */
export function readAnswers(octets: Buffer, methods: readonly string[] = []): Reading {
  const answers: Answer[] = [];
  let finals = 0;
  let at = 0;
  for (;;) {
    const headEnd = octets.indexOf("\r\n\r\n", at, "latin1");
    if (headEnd === -1) break;
    const [statusLine = "", ...lines] = octets.toString("latin1", at, headEnd).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1] ?? Number.NaN);
    const fields = lines.map(fieldLine);
    const isBare = status < 200 || status === 204 || status === 304 || methods[finals] === "HEAD";
    const content = isBare
      ? { octets: EMPTY, end: headEnd + 4 }
      : read(octets, headEnd + 4, fields);
    if (content === undefined) break;
    answers.push({ statusLine, status, fields, content: content.octets });
    if (status >= 200) finals++;
    at = content.end;
  }
  return { answers, rest: octets.subarray(at) };
}

/** The values of all lines of that name, joined. */
export function fieldValue(answer: Answer, name: string): string | undefined {
  const values = answer.fields.filter(([one]) => one === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

const EMPTY = Buffer.alloc(0);

function fieldLine(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

interface Content {
  readonly octets: Buffer;
  readonly end: number;
}

function read(octets: Buffer, start: number, fields: Answer["fields"]): Content | undefined {
  if (fields.some(([name]) => name === "transfer-encoding")) return readChunks(octets, start);
  const length = Number(fields.find(([name]) => name === "content-length")?.[1] ?? Number.NaN);
  const end = start + length;
  return octets.length >= end ? { octets: octets.subarray(start, end), end } : undefined;
}

function readChunks(octets: Buffer, start: number): Content | undefined {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = octets.indexOf("\r\n", at, "latin1");
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(octets.toString("latin1", at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) {
      const end = octets.indexOf("\r\n", at, "latin1");
      return end === at ? { octets: Buffer.concat(chunks), end: at + 2 } : undefined;
    }
    if (octets.length < at + size + 2) return undefined;
    chunks.push(octets.subarray(at, at + size));
    at += size + 2;
  }
}
