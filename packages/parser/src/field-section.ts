// Field lines by name, over octets and spans: nothing becomes text before somebody asks, and then
// the section is decoded once and sliced. Knows that Cookie is joined unlike the rest, and no other
// field.

import { FOLDED } from "./octets.ts";
import { asciiText, latin1Text } from "./text.ts";

export interface FieldLine {
  /** As received. */
  readonly name: string;
  /** Without OWS around it, each octet one character. */
  readonly value: string;
}

/** The octets and spans of field lines. Neither may change while a section reads them. */
export interface FieldSource {
  readonly bytes: Uint8Array;
  /** Index of the octet that spans count from. */
  readonly base: number;
  /** Octets from `base` that the spans lie in. */
  readonly octets: number;
  /** Four offsets per line: name start and end, value start and end. */
  readonly spans: readonly number[];
  readonly count: number;
  /** Whether any octet is from 0x80. */
  readonly highOctets: boolean;
}

/**
 * A header or trailer section, in wire order. Names keep their case; lookup ignores the case of
 * ASCII letters.
 *
 * Iteration gives `[name, value]` as received. RFC 9110 §5.
 */
export class FieldSection implements Iterable<[name: string, value: string]> {
  static readonly empty: FieldSection = new FieldSection({
    bytes: new Uint8Array(0),
    base: 0,
    octets: 0,
    spans: [],
    count: 0,
    highOctets: false,
  });

  /** Field lines. */
  readonly size: number;

  readonly #source: FieldSource;
  #text: string | undefined = undefined;

  constructor(source: FieldSource) {
    this.#source = source;
    this.size = source.count;
  }

  /**
   * The value of `name`, of several lines in order joined by ", " (RFC 9110 §5.3), Cookie by "; "
   * (RFC 6265 §5.4).
   */
  get(name: string): string | undefined {
    let line = this.#find(name, 0);
    if (line === this.size) return undefined;
    const first = this.#value(line);
    line = this.#find(name, line + 1);
    if (line === this.size) return first;
    const values = [first];
    for (; line < this.size; line = this.#find(name, line + 1)) values.push(this.#value(line));
    return values.join(isCookie(name) ? "; " : ", ");
  }

  /** The value of every line of `name`, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let line = this.#find(name, 0); line < this.size; line = this.#find(name, line + 1)) {
      values.push(this.#value(line));
    }
    return values;
  }

  /** Reports whether there is a line of `name`. */
  has(name: string): boolean {
    return this.#find(name, 0) < this.size;
  }

  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    // All at once: a generator takes twice as long for a usual section, and the lines are few.
    const lines: [name: string, value: string][] = [];
    for (let line = 0; line < this.size; line++) {
      lines.push([this.#slice(4 * line), this.#value(line)]);
    }
    return lines[Symbol.iterator]();
  }

  /** The first line of `name` from line `from` on, `size` if there is none. */
  #find(name: string, from: number): number {
    const { bytes, base, spans } = this.#source;
    for (let line = from; line < this.size; line++) {
      const start = spans[4 * line]!;
      if (spans[4 * line + 1]! - start === name.length && isName(bytes, base + start, name)) {
        return line;
      }
    }
    return this.size;
  }

  #value(line: number): string {
    return this.#slice(4 * line + 2);
  }

  #slice(span: number): string {
    this.#text ??= decode(this.#source);
    const { spans } = this.#source;
    return this.#text.slice(spans[span], spans[span + 1]);
  }
}

function decode({ bytes, base, octets, highOctets }: FieldSource): string {
  if (highOctets) return latin1Text(bytes, base, base + octets);
  return asciiText(bytes, base, base + octets);
}

function isCookie(name: string): boolean {
  return name.length === 6 && name.toLowerCase() === "cookie";
}

/**
 * Reports whether the tchars from `from` are `name` without case. A character from U+0080 on is no
 * tchar.
 */
function isName(bytes: Uint8Array, from: number, name: string): boolean {
  for (let k = 0; k < name.length; k++) {
    const unit = name.charCodeAt(k);
    if (unit > 0x7f || FOLDED[bytes[from + k]!] !== FOLDED[unit]) return false;
  }
  return true;
}
