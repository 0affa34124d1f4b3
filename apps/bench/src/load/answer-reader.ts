// Reads answers off one connection as their octets come: status, whether the connection closes behind it, octets of
// content. A client's view of what our targets and proxies send; it keeps no content. Knows no socket.

export interface SeenAnswer {
  readonly status: number;
  /** It carried `Connection: close`. */
  readonly closes: boolean;
  /** Octets of content. */
  readonly octets: number;
  /** Status line and field lines. */
  readonly head: string;
}

const HEAD_OCTETS_MAX = 65_536;

export class AnswerReader {
  readonly #onAnswer: (answer: SeenAnswer) => void;
  /** A head or a line of chunks that is not whole yet. */
  #text = "";
  #head = "";
  #octets = 0;
  /** Octets of content, or of a chunk, that are still to come. */
  #left = 0;
  #state: "head" | "content" | "chunkLine" | "chunk" | "trailers" = "head";

  constructor(onAnswer: (answer: SeenAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** No octet of an answer has come, or the last one is whole. */
  get isBetween(): boolean {
    return this.#state === "head" && this.#text === "";
  }

  /** Throws `Error` on what is no answer. */
  push(octets: Buffer): void {
    let at = 0;
    while (at < octets.length) {
      at = this.#left > 0 ? this.#skip(octets, at) : this.#line(octets, at);
    }
  }

  #skip(octets: Buffer, at: number): number {
    const taken = Math.min(this.#left, octets.length - at);
    this.#left -= taken;
    this.#octets += taken;
    if (this.#left === 0) {
      if (this.#state === "content") this.#done();
      else this.#state = "chunkLine";
    }
    return at + taken;
  }

  /** Takes a head, or a line, as far as it is here. */
  #line(octets: Buffer, at: number): number {
    const mark = this.#state === "head" ? "\r\n\r\n" : "\r\n";
    const before = this.#text.length;
    // The mark may have begun in what came before; content behind it is not made a text.
    this.#text += octets.toString("latin1", at, Math.min(octets.length, at + HEAD_OCTETS_MAX));
    const end = this.#text.indexOf(mark, Math.max(0, before - mark.length));
    if (end === -1) {
      if (this.#text.length > HEAD_OCTETS_MAX) throw new Error("a head without an end");
      return octets.length;
    }
    const line = this.#text.slice(0, end);
    this.#text = "";
    if (this.#state === "head") this.#headEnded(line);
    else this.#chunkLineEnded(line);
    return at + end + mark.length - before;
  }

  #headEnded(head: string): void {
    if (!/^HTTP\/1\.1 \d{3} /.test(head)) throw new Error(`no answer: ${head.slice(0, 40)}`);
    this.#head = head;
    this.#octets = 0;
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (/^transfer-encoding: *chunked/im.test(head)) this.#state = "chunkLine";
    else if (length === undefined) throw new Error("an answer without a length");
    else if (length === "0") this.#done();
    else {
      this.#left = Number(length);
      this.#state = "content";
    }
  }

  /** A chunk's size, the empty line behind its data, or a trailer. */
  #chunkLineEnded(line: string): void {
    if (this.#state === "trailers") {
      if (line === "") this.#done();
      return;
    }
    if (line === "") return;
    this.#left = Number.parseInt(line, 16);
    if (Number.isNaN(this.#left)) throw new Error(`no chunk: ${line.slice(0, 40)}`);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
  }

  #done(): void {
    const head = this.#head;
    this.#state = "head";
    this.#onAnswer({
      status: Number(head.slice(9, 12)),
      closes: /^connection: *close/im.test(head),
      octets: this.#octets,
      head,
    });
  }
}
