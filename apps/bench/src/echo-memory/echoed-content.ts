// Counts and digests content as it arrives: behind an answer's head and in chunks, or as it is. Keeps none of it.

import { createHash } from "node:crypto";

type State = "head" | "size" | "data" | "ended";

export class EchoedContent {
  octets = 0;
  readonly #digest = createHash("sha1");
  #state: State = "head";
  /** A line that has not ended yet. */
  #line = "";
  /** Octets of the chunk that are still to come; without chunks there is no end of them. */
  #left = 0;

  constructor(isHttp: boolean) {
    if (isHttp) return;
    this.#state = "data";
    this.#left = Number.POSITIVE_INFINITY;
  }

  push(octets: Buffer): void {
    for (let at = 0; at < octets.length; ) {
      at = this.#state === "data" ? this.#data(octets, at) : this.#lines(octets, at);
    }
  }

  digest(): string {
    return this.#digest.digest("hex");
  }

  #data(octets: Buffer, at: number): number {
    const run = octets.subarray(at, at + Math.min(this.#left, octets.length));
    this.#digest.update(run);
    this.octets += run.length;
    this.#left -= run.length;
    if (this.#left === 0) this.#state = "size";
    return at + run.length;
  }

  #lines(octets: Buffer, at: number): number {
    const isHead = this.#state === "head";
    const end = octets.indexOf(isHead ? "\r\n\r\n" : "\n", at, "latin1");
    const next = end === -1 ? octets.length : end + (isHead ? 4 : 1);
    this.#line += octets.toString("latin1", at, next);
    if (end === -1) return next;
    if (isHead) this.#head(this.#line);
    else if (this.#line !== "\r\n") this.#size(this.#line);
    this.#line = "";
    return next;
  }

  #head(head: string): void {
    if (!head.startsWith("HTTP/1.1 200 ") || !/^transfer-encoding: chunked\r$/im.test(head)) {
      throw new Error(`the answer's head is ${JSON.stringify(head)}`);
    }
    this.#state = "size";
  }

  /** The line behind a chunk's data is empty, and so are those behind the last chunk. */
  #size(line: string): void {
    this.#left = Number.parseInt(line, 16);
    if (Number.isNaN(this.#left)) throw new Error(`a chunk begins with ${JSON.stringify(line)}`);
    this.#state = this.#left === 0 ? "ended" : "data";
  }
}
