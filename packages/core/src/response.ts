// The response a handler builds: status, field lines, content. A value until it is sent; the serializer reads it. Names
// follow the seed's words (setStatusCode, setHeader, setBody).

import { hasToken } from "@hyperlane-ts/parser";
import { CODINGS, codingNamed } from "./content-coding.ts";
import { type FieldLine, fieldLine } from "./field-line.ts";
import {
  CONNECTION,
  CONTENT_ENCODING,
  CONTENT_LENGTH,
  type FieldName,
  fieldName,
  isTrailerField,
  TRANSFER_ENCODING,
} from "./field-name.ts";
import { fieldValueClass, LATIN1, NOT_ALLOWED } from "./field-value.ts";
import { reasonPhrase } from "./status.ts";

/** Content whose end is known only when it comes. A piece of text is encoded alone: do not cut a surrogate pair in two. */
export type ContentStream =
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;
/** Content of a response. Octets are sent as they are and must not be changed afterwards; text is sent as UTF-8. */
export type ResponseContent = string | Uint8Array | ContentStream;
export type FieldInput = string | number;

/** Shared by all responses without field lines. Never pushed to. */
const NO_LINES: FieldLine[] = [];

function isStream(content: unknown): content is ContentStream {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}

/**
 * What a handler answers. Every setter returns the response, checks its value at once (`RangeError` for a status code or
 * a content coding, `TypeError` for names, values and content) and throws once the response is committed.
 */
export class Response {
  #statusCode = 200;
  #reason: string | undefined;
  #content: ResponseContent | undefined;
  #touched = false;
  #committed = false;
  #lines: FieldLine[] = NO_LINES;
  /** Bit n is set when a field of kind n (field-name.ts) has been set; it may have been removed since. */
  kinds = 0;
  /** Field lines of the trailer section, name and value in turn. */
  trailerLines: [name: string, value: string][] | undefined;
  /** The content is coded already: Content-Encoding only describes it. */
  encoded = false;
  /** A value or the reason phrase holds obs-text, so the head cannot travel as ASCII text. */
  latin1 = false;

  /** Read by the serializer: the field lines in the order they were added. */
  get lines(): readonly FieldLine[] {
    return this.#lines;
  }

  get statusCode(): number {
    return this.#statusCode;
  }

  /** The reason phrase sent: the one set, else the registered one, else empty. */
  get reasonPhrase(): string {
    return this.#reason ?? reasonPhrase(this.#statusCode);
  }

  /** Read by the serializer: whether `reasonPhrase` is not the registered one. */
  get hasOwnReason(): boolean {
    return this.#reason !== undefined;
  }

  /** The content as it was set, or `undefined`. */
  get content(): ResponseContent | undefined {
    return this.#content;
  }

  /** Whether a status code or content has been set; field lines alone do not count. */
  get isSet(): boolean {
    return this.#touched;
  }

  /** Whether the head has been written: from then on nothing can be changed. */
  get isCommitted(): boolean {
    return this.#committed;
  }

  /** Sets the status code (200 to 599; interim responses are the server's business) and the reason phrase. */
  setStatusCode(code: number, reason?: string): this {
    this.#change();
    if (!Number.isInteger(code) || code < 200 || code > 599) {
      throw new RangeError(`Cannot set the status code: it is ${code}, allowed are 200 to 599`);
    }
    if (reason !== undefined) this.#note(reason, "the reason phrase", "RFC 9112 §4");
    this.#statusCode = code;
    this.#reason = reason;
    this.#touched = true;
    return this;
  }

  /**
   * Sets a field to one line, replacing all its lines. Content-Encoding `gzip`, `deflate`, `br` or `zstd` (where the
   * runtime has it) also codes the content when it is sent; a Content-Length set means the content before that.
   */
  setHeader(name: string, value: FieldInput): this {
    const line = this.#line(fieldName(name), name, value);
    const { folded } = line.name;
    const lines = this.#lines;
    for (let i = 0; i < lines.length; i++) {
      if (lines[i]!.name.folded === folded) {
        this.#remove(folded, i + 1);
        lines[i] = line;
        this.kinds |= 1 << line.name.kind;
        return this;
      }
    }
    this.#append(line);
    return this;
  }

  /** Adds a field line behind those already there: Set-Cookie twice gives two lines. */
  addHeader(name: string, value: FieldInput): this {
    const field = fieldName(name);
    // Two lines would contradict each other, or promise content coded twice.
    if (field.kind === CONTENT_LENGTH || field.kind === CONTENT_ENCODING) {
      return this.setHeader(name, value);
    }
    this.#append(this.#line(field, name, value));
    return this;
  }

  /** Removes all lines of a field. */
  removeHeader(name: string): this {
    this.#change();
    this.#remove(fieldName(name).folded, 0);
    return this;
  }

  /** A field's value, its lines joined with `, `; `undefined` when it has none. */
  getHeader(name: string): string | undefined {
    const { folded } = fieldName(name);
    let joined: string | undefined;
    for (const { name, value } of this.#lines) {
      if (name.folded !== folded) continue;
      joined = joined === undefined ? value : `${joined}, ${value}`;
    }
    return joined;
  }

  hasHeader(name: string): boolean {
    const { folded } = fieldName(name);
    return this.#lines.some((line) => line.name.folded === folded);
  }

  /** Sets the content; no Content-Type is set with it. */
  setBody(content: ResponseContent): this {
    this.#change();
    if (typeof content !== "string" && !(content instanceof Uint8Array) && !isStream(content)) {
      throw new TypeError(
        "Cannot set the content: allowed are a string, a Uint8Array, a ReadableStream or an AsyncIterable",
      );
    }
    // The coding described the content that is replaced.
    if (this.encoded) this.#remove("content-encoding", 0);
    this.encoded = false;
    this.#content = content;
    this.#touched = true;
    return this;
  }

  /** Sets content that is coded already: Content-Encoding describes it and codes nothing. */
  setEncodedBody(content: ResponseContent, coding: string): this {
    this.setBody(content);
    this.encoded = true;
    return this.setHeader("Content-Encoding", coding);
  }

  /** Sets text content as `text/plain; charset=utf-8`. */
  text(text: string): this {
    return this.setBody(text).setHeader("Content-Type", "text/plain; charset=utf-8");
  }

  /** Sets text content as `text/html; charset=utf-8`. */
  html(html: string): this {
    return this.setBody(html).setHeader("Content-Type", "text/html; charset=utf-8");
  }

  /** Sets the JSON text of `value` as `application/json`. Throws `TypeError` when it has none. */
  json(value: unknown): this {
    const text = JSON.stringify(value);
    if (text === undefined) {
      throw new TypeError(
        `Cannot set the content: a value of type ${typeof value} has no JSON text`,
      );
    }
    return this.setBody(text).setHeader("Content-Type", "application/json");
  }

  /** Sets Location and a redirect status code: 301, 302 (default), 303, 307 or 308. */
  redirect(location: string, code: 301 | 302 | 303 | 307 | 308 = 302): this {
    if (![301, 302, 303, 307, 308].includes(code)) {
      throw new RangeError(
        `Cannot redirect: status code is ${code}, allowed are 301, 302, 303, 307 and 308`,
      );
    }
    return this.setHeader("Location", location).setStatusCode(code);
  }

  /**
   * Adds a line to the trailer section. It is sent when the content is chunked and the request said `TE: trailers`
   * (RFC 9110 §6.5.1), else left out. Allowed until the content has ended.
   */
  addTrailer(name: string, value: FieldInput): this {
    const field = fieldName(name);
    if (!isTrailerField(field.folded)) {
      throw new TypeError(
        `Cannot add a trailer: ${name} is not allowed in a trailer section (RFC 9110 §6.5.1)`,
      );
    }
    this.trailerLines ??= [];
    const text = String(value);
    this.#note(text, `trailer ${name}`, "RFC 9110 §5.5");
    this.trailerLines.push([name, text]);
    return this;
  }

  /** For the connection: from here on nothing can be changed. */
  commit(): void {
    this.#committed = true;
  }

  #change(): void {
    if (this.#committed) {
      throw new Error("Cannot change the response: it has been sent");
    }
  }

  #append(line: FieldLine): void {
    this.kinds |= 1 << line.name.kind;
    // Pushed to, an empty array would take memory for 17 lines.
    if (this.#lines.length === 0) this.#lines = [line];
    else this.#lines.push(line);
  }

  /** The line of a value that may stand in a response. */
  #line(field: FieldName, name: string, value: FieldInput): FieldLine {
    this.#change();
    const { latest } = field;
    // What a coding means depends on the content that has been set.
    if (latest?.value === value && field.kind !== CONTENT_ENCODING) {
      if (latest.latin1) this.latin1 = true;
      return latest;
    }
    const text = typeof value === "string" ? value : this.#coerced(name, value);
    const latin1 = this.#note(text, `field ${name}`, "RFC 9110 §5.5");
    this.#check(field, text);
    return fieldLine(field, text, latin1);
  }

  #check(field: FieldName, text: string): void {
    switch (field.kind) {
      case TRANSFER_ENCODING:
        throw new TypeError(
          "Cannot set Transfer-Encoding: the server frames the message (RFC 9112 §6.1)",
        );
      case CONTENT_LENGTH:
        if (!/^[0-9]{1,15}$/.test(text)) {
          throw new TypeError(
            `Cannot set Content-Length: it is ${JSON.stringify(text)}, allowed are 1 to 15 digits (RFC 9110 §8.6)`,
          );
        }
        return;
      case CONTENT_ENCODING:
        if (!this.encoded && codingNamed(text) === undefined) {
          throw new RangeError(
            `Cannot set Content-Encoding: it is ${JSON.stringify(text)}, allowed are identity, ${CODINGS.join(", ")}; content that is coded already goes in with setEncodedBody`,
          );
        }
        return;
      case CONNECTION:
        if (hasToken(text, "upgrade")) {
          throw new TypeError("Cannot set Connection: upgrade is not offered");
        }
        return;
      default:
        return;
    }
  }

  #coerced(name: string, value: FieldInput): string {
    if (typeof value === "number") return String(value);
    throw new TypeError(`Cannot set field ${name}: its value is no string or number`);
  }

  /** Refuses text that cannot stand in a head, and remembers obs-text. Reports whether it holds some. */
  #note(text: string, what: string, section: string): boolean {
    const found = typeof text === "string" ? fieldValueClass(text) : NOT_ALLOWED;
    if (found === NOT_ALLOWED) {
      throw new TypeError(
        `Cannot set ${what}: it holds a character that is not HTAB, SP, VCHAR or obs-text (${section})`,
      );
    }
    if (found === LATIN1) this.latin1 = true;
    return found === LATIN1;
  }

  #remove(folded: string, from: number): void {
    for (let i = this.#lines.length - 1; i >= from; i--) {
      if (this.#lines[i]!.name.folded === folded) this.#lines.splice(i, 1);
    }
  }
}
