// The text of one line of a transcript and the octets it stands for: escapes, repetition, placeholders. Knows nothing of
// steps or of who sends.
//
// A character stands for itself when it is printable ASCII. Everything else is written out: \r \n \t \\ \{ \} \xNN.

/** Octets written out. */
export interface LiteralPart {
  readonly kind: "octets";
  readonly octets: Uint8Array;
}

/** An HTTP-date of the server's choice: 29 octets of IMF-fixdate (RFC 9110 §5.6.7). */
export interface DatePart {
  readonly kind: "date";
}

/** Content in one or more chunks, cut wherever the server likes; the last-chunk is not part of it (RFC 9112 §7.1). */
export interface PiecesPart {
  readonly kind: "pieces";
  readonly content: Uint8Array;
}

export type WirePart = LiteralPart | DatePart | PiecesPart;

const ESCAPES: Readonly<Record<string, number>> = {
  r: 0x0d,
  n: 0x0a,
  t: 0x09,
  "\\": 0x5c,
  "{": 0x7b,
  "}": 0x7d,
};

const BACKSLASH = 0x5c;

/** Text as octets, one per character. Throws `SyntaxError` for what must be escaped. */
export function octetsOfText(text: string): Uint8Array {
  const octets: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) {
      throw new SyntaxError(`a character other than printable ASCII is written as \\xNN`);
    }
    if (code !== BACKSLASH) {
      octets.push(code);
      continue;
    }
    const escaped = text[++i] ?? "";
    const hex = /^[0-9a-f]{2}$/i.exec(text.slice(i + 1, i + 3));
    if (escaped === "x" && hex !== null) {
      octets.push(Number.parseInt(hex[0], 16));
      i += 2;
    } else if (Object.hasOwn(ESCAPES, escaped)) octets.push(ESCAPES[escaped]!);
    else throw new SyntaxError(`there is no escape \\${escaped}`);
  }
  return Uint8Array.from(octets);
}

/** Splits a line's text at its placeholders. Throws `SyntaxError`. */
export function wireParts(text: string): WirePart[] {
  const parts: WirePart[] = [];
  // Escapes are skipped as a whole, so that \{ opens nothing.
  const token = /\{((?:[^\\{}]|\\.)*)\}|((?:[^\\{}]|\\.)+)|(.)/gy;
  for (const [, placeholder, literal, stray] of text.matchAll(token)) {
    if (stray !== undefined)
      throw new SyntaxError(`${stray} stands alone; as itself it is \\${stray}`);
    if (literal !== undefined) parts.push({ kind: "octets", octets: octetsOfText(literal) });
    else parts.push(...placeholderParts(placeholder!));
  }
  return parts;
}

function placeholderParts(inner: string): WirePart[] {
  if (inner === "date") return [{ kind: "date" }];
  const pieces = /^pieces (.+)$/.exec(inner);
  if (pieces !== null) return [{ kind: "pieces", content: repeated(pieces[1]!) }];
  const refused = /^refused (\d{3}) (.+)$/.exec(inner);
  if (refused !== null) return refusal(refused[1]!, refused[2]!);
  const ok = /^ok (.+)$/.exec(inner);
  if (ok !== null) return usual(repeated(ok[1]!));
  if (/ \* \d+$/.test(inner)) return [{ kind: "octets", octets: repeated(inner) }];
  throw new SyntaxError(`there is no placeholder {${inner}}`);
}

/** `text * n`, or text alone. */
function repeated(inner: string): Uint8Array {
  const counted = /^(.*) \* (\d+)$/s.exec(inner);
  const unit = octetsOfText(counted?.[1] ?? inner);
  const count = Number(counted?.[2] ?? 1);
  const octets = new Uint8Array(unit.length * count);
  for (let i = 0; i < count; i++) octets.set(unit, i * unit.length);
  return octets;
}

/** The whole of an answer the server gives in its own name when it refuses to go on. */
function refusal(status: string, reason: string): WirePart[] {
  const fields = `Content-Type: text/plain\\r\\nContent-Length: ${reason.length}\\r\\nConnection: close`;
  return wireParts(
    `HTTP/1.1 ${status} ${reason}\\r\\nDate: {date}\\r\\n${fields}\\r\\n\\r\\n${reason}`,
  );
}

/** The usual answer: status 200 and content, no field that was not asked for. */
function usual(content: Uint8Array): WirePart[] {
  const head = `HTTP/1.1 200 OK\\r\\nDate: {date}\\r\\nContent-Length: ${content.length}\\r\\n\\r\\n`;
  return [...wireParts(head), { kind: "octets", octets: content }];
}

/** Joins neighboring literals. */
export function joinParts(parts: readonly WirePart[]): WirePart[] {
  const joined: WirePart[] = [];
  let run: Uint8Array[] = [];
  const close = (): void => {
    if (run.length > 0) joined.push({ kind: "octets", octets: joinOctets(run) });
    run = [];
  };
  for (const part of parts) {
    if (part.kind === "octets") run.push(part.octets);
    else {
      close();
      joined.push(part);
    }
  }
  close();
  return joined;
}

export function joinOctets(pieces: readonly Uint8Array[]): Uint8Array {
  const octets = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    octets.set(piece, at);
    at += piece.length;
  }
  return octets;
}

const SHOWN_OCTETS = 600;

/** Octets as they would stand in a transcript, at most 600 of them. */
export function shownOctets(octets: Uint8Array): string {
  let shown = "";
  for (const octet of octets.subarray(0, SHOWN_OCTETS)) {
    if (octet === 0x0a) shown += "\\n\n";
    else if (octet === 0x0d) shown += "\\r";
    else if (octet === BACKSLASH) shown += "\\\\";
    else if (octet < 0x20 || octet > 0x7e) shown += `\\x${octet.toString(16).padStart(2, "0")}`;
    else shown += String.fromCharCode(octet);
  }
  const rest = octets.length - SHOWN_OCTETS;
  return rest > 0 ? `${shown}... and ${rest} octets` : shown;
}
