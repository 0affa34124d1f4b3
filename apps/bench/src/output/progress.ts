// Says what is being measured and how long it will still take: one line that changes in a terminal, a line for each step
// elsewhere.

/** A part of a run with the seconds it is expected to take. */
export interface Part {
  readonly name: string;
  readonly seconds: number;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const MINUTE_SECONDS = 60;
const CLEAR_LINE = "\r\u001b[K";

export class Progress {
  readonly #parts: readonly Part[];
  readonly #output: Output;
  readonly #nowMs: () => number;
  #at = 0;
  #beganMs = 0;
  /** Of the parts that are done: what they took, and what they were expected to take. */
  #tookSeconds = 0;
  #expectedSeconds = 0;

  constructor(
    parts: readonly Part[],
    output: Output = process.stdout,
    nowMs: () => number = Date.now,
  ) {
    this.#parts = parts;
    this.#output = output;
    this.#nowMs = nowMs;
  }

  begin(name: string): void {
    this.#at = this.#parts.findIndex((part) => part.name === name);
    this.#beganMs = this.#nowMs();
  }

  step(text: string): void {
    const { isTTY, columns = 80 } = this.#output;
    const line = `[${this.#at + 1}/${this.#parts.length}, ${this.#left()} left] ${text}`;
    this.#output.write(isTTY ? CLEAR_LINE + line.slice(0, columns - 1) : `${line}\n`);
  }

  end(name: string): void {
    if (this.#output.isTTY) this.#output.write(CLEAR_LINE);
    this.#tookSeconds += (this.#nowMs() - this.#beganMs) / 1000;
    this.#expectedSeconds += this.#parts.find((part) => part.name === name)?.seconds ?? 0;
  }

  /** What is left of the parts, as much slower or faster than expected as those that are done. */
  #left(): string {
    const pace = this.#expectedSeconds === 0 ? 1 : this.#tookSeconds / this.#expectedSeconds;
    const seconds = this.#parts.slice(this.#at).reduce((sum, part) => sum + part.seconds * pace, 0);
    const part = (this.#parts[this.#at]?.seconds ?? 0) * pace;
    const inPart = Math.min(part, (this.#nowMs() - this.#beganMs) / 1000);
    const left = Math.round(seconds - inPart);
    return left < MINUTE_SECONDS ? `${left} s` : `${Math.round(left / MINUTE_SECONDS)} min`;
  }
}
