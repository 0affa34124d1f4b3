// Octets of a source through one of node:zlib's transforms. Pulled: the source is asked for a piece only when somebody
// waits for octets and the transform has none, so at most one piece is under way. Knows no coding.

import type { ZlibTransform } from "./content-coding.ts";
import { type StreamSource, wrongPiece } from "./stream-source.ts";

/** What to look at on the way. A check that throws ends it all with that error. */
export interface OctetChecks {
  /** A piece is about to be transformed. */
  fed?(piece: Uint8Array): void;
  /** The source has come to its end. */
  fedAll?(): void;
  /** `octets` came out, when the transform had taken `taken`. */
  made?(octets: number, taken: number): void;
  /** Octets are left that the transform does not take: it is at its end before the source is. */
  leftOver?(): void;
  /** What to fail with for the transform's own error. It should not hold that as its cause: see `#takeFailure`. */
  faultOf?(error: Error): Error;
}

interface Failure {
  readonly error: unknown;
  /** The transform's own. */
  readonly isTransforms: boolean;
}

type Next = IteratorResult<Uint8Array, undefined>;
const DONE: Next = { done: true, value: undefined };
const encoder = new TextEncoder();

/** Calls of `next` are answered in order; an error is thrown once, then it is at its end. */
export class TransformedOctets implements AsyncIterableIterator<Uint8Array> {
  readonly #source: StreamSource;
  readonly #create: () => ZlibTransform;
  readonly #checks: OctetChecks;
  /** Made when the first octets are asked for: what is never read costs nothing. */
  #transform: ZlibTransform | undefined;
  /** A piece is asked of the source, or is with the transform. */
  #isBusy = false;
  #isSourceDone = false;
  /** Octets given to the transform. */
  #fed = 0;
  #isTransformDone = false;
  #failure: Failure | undefined;
  #isOver = false;
  /** Wakes the pull that waits for a change. */
  #wake: () => void = () => {};
  /** Settles with the last of the pulls asked for; never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: StreamSource, create: () => ZlibTransform, checks: OctetChecks = {}) {
    this.#source = source;
    this.#create = create;
    this.#checks = checks;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Next> {
    const next = this.#last.then(() => this.#pull());
    this.#last = next.catch(() => {});
    return next;
  }

  /** Frees the transform and the source, also while a piece is waited for. */
  return(): Promise<Next> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#source.cancel();
      this.#transform?.destroy();
      this.#wake();
    }
    return Promise.resolve(DONE);
  }

  async #pull(): Promise<Next> {
    while (!this.#isOver) {
      if (this.#failure !== undefined) throw this.#takeFailure(this.#failure);
      this.#transform ??= this.#open();
      const octets = this.#transform.read() as Uint8Array | null;
      if (octets !== null) {
        const { bytesWritten } = this.#transform;
        if (this.#check(() => this.#checks.made?.(octets.length, bytesWritten))) {
          return { done: false, value: octets };
        }
      } else if (!this.#isTransformDone) {
        const changed = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (!this.#isBusy) void this.#feed();
        await changed;
      } else if (this.#check(() => this.#checkEnd(this.#transform!))) this.return();
    }
    return DONE;
  }

  #open(): ZlibTransform {
    const transform = this.#create();
    transform.on("readable", () => this.#wake());
    transform.on("end", () => {
      this.#isTransformDone = true;
      this.#wake();
    });
    transform.on("error", (error: Error) => {
      this.#source.cancel();
      this.#fail(error, true);
    });
    return transform;
  }

  async #feed(): Promise<void> {
    this.#isBusy = true;
    let pulled: IteratorResult<Uint8Array | string>;
    try {
      pulled = await this.#source.next();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#isOver || this.#failure !== undefined) return;
    this.#check(() => {
      if (!pulled.done) return this.#write(pulled.value);
      this.#isSourceDone = true;
      this.#checks.fedAll?.();
      this.#transform!.end();
    });
  }

  #write(value: unknown): void {
    if (typeof value !== "string" && !(value instanceof Uint8Array)) throw wrongPiece();
    const piece = typeof value === "string" ? encoder.encode(value) : value;
    const ready = (): void => {
      this.#isBusy = false;
      this.#wake();
    };
    if (piece.length === 0) {
      ready();
      return;
    }
    this.#checks.fed?.(piece);
    this.#fed += piece.length;
    this.#transform!.write(piece, ready);
  }

  /** A transform that has what it needs may end at any moment; what it did not take tells, on every runtime. */
  #checkEnd(transform: ZlibTransform): void {
    if (!this.#isSourceDone || transform.bytesWritten < this.#fed) this.#checks.leftOver?.();
  }

  /** Reports whether `check` passed; if not, it has ended everything. */
  #check(check: () => void): boolean {
    try {
      check();
      return true;
    } catch (error) {
      this.#source.cancel();
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown, isTransforms = false): void {
    if (this.#isOver || this.#failure !== undefined) return;
    this.#failure = { error, isTransforms };
    this.#transform?.destroy();
    this.#wake();
  }

  /**
   * What to throw. V8 keeps the objects on an error's stack alive with it: whoever keeps the errors of many uploads would
   * keep as many transforms. So the transform's error is translated here, where none is on the stack or held any more.
   */
  #takeFailure({ error, isTransforms }: Failure): unknown {
    this.#isOver = true;
    this.#failure = undefined;
    this.#transform = undefined;
    return isTransforms ? (this.#checks.faultOf?.(error as Error) ?? error) : error;
  }
}
