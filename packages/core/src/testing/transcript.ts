// Reads *.wire documents into transcripts: what a client sends, what the server must answer, in order. The format is
// described in wire/README.md. Knows nothing of servers, sockets and time.

import { readdirSync, readFileSync } from "node:fs";
import type { ServerOptions } from "../options.ts";
import { joinOctets, joinParts, type WirePart, wireParts } from "./wire-text.ts";

/** What is left of the connection at the end. */
export type Outcome =
  /** Ready for another request: the player sends one, which must be answered at once and as usual. */
  | "open"
  /** Nothing more came and the connection stays: the server waits for the rest of a message. */
  | "waiting"
  /** The server sent FIN behind its last octet. */
  | "closed"
  /** The server closed without finishing what it had begun; FIN or RST. */
  | "cut";

export type Step =
  /** The client sends. Where the octets are cut is the player's choice. */
  | { readonly kind: "send"; readonly octets: Uint8Array }
  /** The server has taken in everything before the client goes on. */
  | { readonly kind: "rest" }
  /** The client sends FIN. */
  | { readonly kind: "end" }
  /** The server sends. */
  | { readonly kind: "expect"; readonly parts: readonly WirePart[]; readonly line: number }
  /** The server sends FIN; the client may go on. */
  | { readonly kind: "expectEnd"; readonly line: number }
  /** Time passes. */
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "outcome"; readonly outcome: Outcome; readonly line: number };

export interface Transcript {
  /** The behavior, as a sentence; with `each`, the value it is played with. */
  readonly title: string;
  /** Where it is required: `RFC 9112 §9.3.2`. */
  readonly section: string;
  /** Rows of the table in wire/README.md that it shows. */
  readonly rows: readonly string[];
  /** Options of the server it needs. */
  readonly options: Pick<ServerOptions, "limits" | "deadlines" | "behindTls" | "preset">;
  /** Why its octets may be cut nowhere else than where it says. */
  readonly wholeOnly: string | undefined;
  /** Why it cannot be played over a socket. */
  readonly memoryOnly: string | undefined;
  readonly steps: readonly Step[];
  /** Name of the document and line of the title. */
  readonly file: string;
  readonly line: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where the documents are: beside the build, or two folders up from the sources. */
const FOLDERS = [new URL("../wire/", import.meta.url), new URL("../../wire/", import.meta.url)];

/** All transcripts this package brings, in the order of their documents' names. Throws `SyntaxError`. */
export function readTranscripts(): Transcript[] {
  for (const folder of FOLDERS) {
    let names: string[];
    try {
      names = readdirSync(folder).filter((name) => name.endsWith(".wire"));
    } catch {
      continue;
    }
    names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return names.flatMap((name) =>
      parseTranscripts(readFileSync(new URL(name, folder), "utf8"), name),
    );
  }
  throw new Error(
    "Cannot read the transcripts: there is no folder wire beside this package's code",
  );
}

/** The transcripts of one document. Throws `SyntaxError` naming file and line. */
export function parseTranscripts(document: string, file: string): Transcript[] {
  const transcripts: Transcript[] = [];
  let first = -1;
  const lines = document.split("\n");
  for (let i = 0; i <= lines.length; i++) {
    const line = lines[i];
    if (line !== undefined && !line.startsWith("# ")) {
      if (first < 0 && line !== "" && !line.startsWith(";")) {
        throw new SyntaxError(`${file}:${i + 1}: a transcript begins with "# "`);
      }
      continue;
    }
    if (first >= 0) transcripts.push(...parseOne(lines.slice(first, i), file, first + 1));
    first = i;
  }
  return transcripts;
}

interface Value {
  readonly name: string;
  readonly text: string;
}

/** A transcript's lines, once for each value of its `each`. */
function parseOne(lines: readonly string[], file: string, line: number): Transcript[] {
  const values: Value[] = [];
  for (const text of lines) {
    const each = /^each ([a-z]+): (.+)$/.exec(text);
    if (each !== null) values.push({ name: each[1]!, text: each[2]! });
  }
  if (values.length === 0) return [new Reader(lines, file, line).read()];
  return values.map((value) => {
    const substituted = lines.map((text) => text.replaceAll(`{${value.name}}`, () => value.text));
    const transcript = new Reader(substituted, file, line).read();
    return { ...transcript, title: `${transcript.title}: ${value.text}` };
  });
}

class Reader {
  readonly #lines: readonly string[];
  readonly #file: string;
  readonly #first: number;
  #at = 0;
  readonly #transcript: Mutable<Transcript>;
  readonly #steps: Step[] = [];
  #sent: Uint8Array[] = [];
  #expected: WirePart[] = [];
  #expectedLine = 0;
  #outcome: Outcome | undefined;

  constructor(lines: readonly string[], file: string, line: number) {
    this.#lines = lines;
    this.#file = file;
    this.#first = line;
    const title = /^# (.*\S) {2,}(RFC \d+ §\S+)$/.exec(lines[0]!);
    if (title === null) this.#fail("a title is followed by two spaces and its section");
    this.#transcript = {
      title: title[1]!,
      section: title[2]!,
      rows: [],
      options: {},
      wholeOnly: undefined,
      memoryOnly: undefined,
      steps: this.#steps,
      file,
      line,
    };
  }

  read(): Transcript {
    for (this.#at = 1; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!;
      if (/[ \t\r]$/.test(line)) this.#fail("a line ends in a space that nobody can see");
      if (line === "" || line.startsWith(";") || line.startsWith("each ")) continue;
      if (this.#outcome !== undefined) this.#fail("something follows the outcome");
      try {
        this.#readLine(line);
      } catch (error) {
        if (!(error instanceof Error) || error.message.startsWith(this.#file)) throw error;
        this.#fail(error.message);
      }
    }
    if (this.#outcome === undefined) this.#fail("the outcome is missing");
    if (this.#transcript.rows.length === 0) this.#fail("no row is named");
    return this.#transcript;
  }

  #readLine(line: string): void {
    const mark = line.slice(0, 2);
    const text = line.slice(2);
    if (mark === "> ") {
      this.#closeExpected();
      const parts = joinParts(wireParts(text));
      for (const part of parts) {
        if (part.kind !== "octets") this.#fail(`the client cannot send a {${part.kind}}`);
        this.#sent.push(part.octets);
      }
    } else if (mark === "< ") {
      this.#closeSent();
      if (this.#expected.length === 0) this.#expectedLine = this.#lineNumber;
      this.#expected.push(...wireParts(text));
    } else if (line === ">/") this.#step({ kind: "rest" });
    else if (line === ">|") this.#step({ kind: "end" });
    else if (line === "<|") this.#step({ kind: "expectEnd", line: this.#lineNumber });
    else if (mark === "~ ") this.#step({ kind: "pass", ms: milliseconds(text) });
    else if (mark === "= ") this.#readOutcome(text);
    else if (mark === "! ") this.#transcript.options = JSON.parse(text);
    else this.#readTag(line);
  }

  #readOutcome(text: string): void {
    if (text !== "open" && text !== "waiting" && text !== "closed" && text !== "cut") {
      this.#fail(`there is no outcome ${text}`);
    }
    this.#step({ kind: "outcome", outcome: text, line: this.#lineNumber });
    this.#outcome = text;
  }

  #readTag(line: string): void {
    const tag = /^(row|whole|memory): (.+)$/.exec(line);
    if (tag === null) this.#fail("the line begins with none of the marks");
    if (tag[1] === "row") this.#transcript.rows = tag[2]!.split(", ");
    else if (tag[1] === "whole") this.#transcript.wholeOnly = tag[2];
    else this.#transcript.memoryOnly = tag[2];
  }

  #step(step: Step): void {
    this.#closeSent();
    this.#closeExpected();
    this.#steps.push(step);
  }

  #closeSent(): void {
    if (this.#sent.length === 0) return;
    this.#steps.push({ kind: "send", octets: joinOctets(this.#sent) });
    this.#sent = [];
  }

  #closeExpected(): void {
    if (this.#expected.length === 0) return;
    const parts = joinParts(this.#expected);
    this.#steps.push({ kind: "expect", parts, line: this.#expectedLine });
    this.#expected = [];
  }

  get #lineNumber(): number {
    return this.#first + this.#at;
  }

  #fail(finding: string): never {
    throw new SyntaxError(`${this.#file}:${this.#lineNumber}: ${finding}`);
  }
}

function milliseconds(text: string): number {
  const ms = /^(\d+)ms$/.exec(text);
  if (ms === null) throw new SyntaxError(`a wait is written as 250ms`);
  return Number(ms[1]);
}
