// A conversation on one connection: sends requests as its caller says, waits for whole answers, reads no faster than asked.
// Forgives nothing: whatever ends it before its answer is an error that says what happened.

import { AnswerReader, type SeenAnswer } from "../src/load/answer-reader.ts";
import { RawPeer } from "./raw-peer.ts";

const PACE_MS = 25;

export class Talk {
  readonly peer: RawPeer;
  readonly #answers: SeenAnswer[] = [];
  #taken = 0;
  #broken: Error | undefined;
  #wakes: () => void = () => {};

  private constructor(peer: RawPeer) {
    this.peer = peer;
    void peer.closed.then(() => this.#wakes());
  }

  /** `octetsPerSecond`: reads no faster than that. Rejects when the connection is refused. */
  static async start(
    where: { readonly host: string; readonly port: number },
    octetsPerSecond?: number,
  ): Promise<Talk> {
    const reader = new AnswerReader((answer) => {
      talk.#answers.push(answer);
      talk.#wakes();
    });
    const pace = octetsPerSecond === undefined ? undefined : new Pace(octetsPerSecond);
    const peer = await RawPeer.connect(where, {
      staysOpen: false,
      onData: (octets) => {
        try {
          reader.push(octets);
        } catch (error) {
          talk.#broken ??= error as Error;
          peer.destroy();
        }
        pace?.taken(octets.length, peer);
      },
    });
    const talk = new Talk(peer);
    return talk;
  }

  /** `head` is the request-line without version, and further field lines. */
  request(head: string, content = ""): void {
    const [line = "", ...fields] = head.split("\n");
    this.send(
      `${[`${line} HTTP/1.1`, "Host: localhost", ...fields].join("\r\n")}\r\n\r\n${content}`,
    );
  }

  send(octets: string): void {
    this.peer.send(octets);
  }

  /** The next answer. Rejects when the connection ends without it, or nothing has come after `waitMs`. */
  async answer(waitMs: number): Promise<SeenAnswer> {
    const endMs = performance.now() + waitMs;
    for (;;) {
      const answer = this.#answers[this.#taken];
      if (answer !== undefined) {
        this.#taken++;
        return answer;
      }
      if (this.#broken !== undefined) throw this.#broken;
      const { isOpen, end, code } = this.peer;
      if (!isOpen) throw new Error(`${end}${code && ` ${code}`} instead of an answer`);
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Error(`no answer for ${waitMs / 1000} s`);
      await this.#change(leftMs);
    }
  }

  close(): void {
    this.peer.destroy();
  }

  #change(mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(mostMs, 100));
      this.#wakes = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Reads in small steps, with pauses between them. */
class Pace {
  readonly #octetsPerStep: number;
  #left: number;

  constructor(octetsPerSecond: number) {
    this.#octetsPerStep = (octetsPerSecond * PACE_MS) / 1000;
    this.#left = this.#octetsPerStep;
  }

  taken(octets: number, peer: RawPeer): void {
    this.#left -= octets;
    if (this.#left > 0) return;
    peer.pause();
    // What was read too much in this step is made up for.
    const steps = Math.ceil((1 - this.#left) / this.#octetsPerStep);
    this.#left += steps * this.#octetsPerStep;
    setTimeout(() => peer.resume(), steps * PACE_MS);
  }
}
