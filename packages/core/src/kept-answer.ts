// The answer that was written last: many are the same within a second. Its text is made once, and lies in one piece, so
// that the runtime copies it instead of walking through the parts it was joined from.

import type { FieldLine } from "./field-line.ts";

/** Content and lines are compared at every answer: beyond this, that costs what making the text costs. */
const CONTENT_MAX = 1024;
const LINES_MAX = 8;

export class KeptAnswer {
  #start = "";
  #lines: readonly FieldLine[] = [];
  #octets = -1;
  #content = "";
  #text = "";
  #isJoined = false;

  /** The text kept, if it is that of this answer: `start` is its status-line and Date, `content` what of it is text. */
  find(
    start: string,
    lines: readonly FieldLine[],
    octets: number,
    content: string,
  ): string | undefined {
    if (octets !== this.#octets || lines.length !== this.#lines.length) return undefined;
    for (let i = 0; i < lines.length; i++) {
      if (lines[i] !== this.#lines[i]) return undefined;
    }
    if (start !== this.#start || content !== this.#content) return undefined;
    if (!this.#isJoined) this.#join();
    return this.#text;
  }

  /** Keeps the text of an answer in place of the one before, unless it is large. */
  keep(
    start: string,
    lines: readonly FieldLine[],
    octets: number,
    content: string,
    text: string,
  ): void {
    if (content.length > CONTENT_MAX || lines.length > LINES_MAX) return;
    this.#start = start;
    this.#lines = lines.slice();
    this.#octets = octets;
    this.#content = content;
    this.#text = text;
    this.#isJoined = false;
  }

  #join(): void {
    this.#isJoined = true;
    // Engines join the parts of a text in memory when one of its characters is asked for.
    this.#text.charCodeAt(0);
  }
}
