// What the server is expected to send next, matched against what it has sent so far. Resumable, because octets come when
// they come; knows no transcript and no client.

import { shownOctets, type WirePart } from "./wire-text.ts";

const IMF_FIXDATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;
const DATE_OCTETS = 29;

const CR = 0x0d;
const LF = 0x0a;

/** `more`: right so far, not all there. `met`: all there. `differs`: wrong at `position`. */
export type ExpectationStatus = "more" | "met" | "differs";

export class Expectation {
  readonly #parts: readonly WirePart[];
  #part = 0;
  /** Octets of the present part that have been found. */
  #found = 0;
  /** Offset in the server's octets up to which everything is as expected. */
  position: number;

  constructor(parts: readonly WirePart[], position: number) {
    this.#parts = parts;
    this.position = position;
  }

  /** Goes on with all octets the server has sent since the connection began. */
  match(octets: Uint8Array): ExpectationStatus {
    while (this.#part < this.#parts.length) {
      const status = this.#matchPart(this.#parts[this.#part]!, octets);
      if (status !== "met") return status;
      this.#part++;
      this.#found = 0;
    }
    return "met";
  }

  /** What is due from `position` on, as a transcript would write it. */
  get due(): string {
    let due = "";
    for (let i = this.#part; i < this.#parts.length; i++) {
      const part = this.#parts[i]!;
      const from = i === this.#part ? this.#found : 0;
      if (part.kind === "date") due += "{date}";
      else if (part.kind === "octets") due += shownOctets(part.octets.subarray(from));
      else due += `{pieces ${shownOctets(part.content.subarray(from))}}`;
    }
    return due;
  }

  #matchPart(part: WirePart, octets: Uint8Array): ExpectationStatus {
    switch (part.kind) {
      case "octets":
        return this.#matchRun(part.octets, octets, octets.length);
      case "date":
        return this.#matchDate(octets);
      case "pieces":
        return this.#matchPieces(part.content, octets);
    }
  }

  /** Compares from `position` on, up to `end` of the octets sent. */
  #matchRun(expected: Uint8Array, octets: Uint8Array, end: number): ExpectationStatus {
    while (this.#found < expected.length && this.position < end) {
      if (octets[this.position] !== expected[this.#found]) return "differs";
      this.#found++;
      this.position++;
    }
    return this.#found === expected.length ? "met" : "more";
  }

  #matchDate(octets: Uint8Array): ExpectationStatus {
    const end = this.position + DATE_OCTETS;
    if (octets.length < end) return "more";
    const text = String.fromCharCode(...octets.subarray(this.position, end));
    if (!IMF_FIXDATE.test(text)) return "differs";
    this.position = end;
    return "met";
  }

  /** Chunks as they come: only a whole one moves `position`. */
  #matchPieces(content: Uint8Array, octets: Uint8Array): ExpectationStatus {
    while (this.#found < content.length) {
      const lineEnd = octets.indexOf(LF, this.position);
      if (lineEnd < 0) return octets.length - this.position > 20 ? "differs" : "more";
      const line = String.fromCharCode(...octets.subarray(this.position, lineEnd + 1));
      const size = /^[0-9a-f]{1,16}\r\n$/i.test(line) ? Number.parseInt(line, 16) : 0;
      if (size === 0 || size > content.length - this.#found) return "differs";
      const dataEnd = lineEnd + 1 + size;
      if (octets.length < dataEnd + 2) return "more";
      const before = this.position;
      this.position = lineEnd + 1;
      if (this.#matchRun(content, octets, dataEnd) === "differs") return "differs";
      if (octets[dataEnd] !== CR || octets[dataEnd + 1] !== LF) {
        this.position = before;
        return "differs";
      }
      this.position = dataEnd + 2;
    }
    return "met";
  }
}
