// When handlers are begun: all connections together get 5 ms in one turn of the event loop, whoever comes later waits in
// one queue. So no turn is long, connections are accepted although handlers are busy, and how long requests wait can be
// seen, which it cannot while they wait in the kernel. Knows exchanges only as something to run.

import type { Clock } from "./clock.ts";
import { TURN_MS } from "./fair-share.ts";
import { Fifo } from "./fifo.ts";

/**
 * Turns given to connections that are waiting to be accepted before handlers go on. Node accepts one a turn (libuv 1.45),
 * so that slow handlers would leave the others in the kernel's queue, unseen.
 */
const ACCEPTING_TURNS_MAX = 16;

/** Handlers begun between two looks at the clock, which cost as much as a tenth of a request. */
const UNTIMED_MAX = 4;

/** What waits. */
export interface Runnable {
  /** Why nobody wants it to run any more. */
  readonly aborted: unknown;
  /** Begins its handler. `lateMs`: how much longer it has waited than two turns take, as far as can be told. */
  run(lateMs: number): void;
  /** Ends it without having been begun. */
  settle(): void;
}

interface Waiting {
  readonly runnable: Runnable;
  /** When it came, or rather when it could have been read. */
  readonly sinceMs: number;
}

/** What the queue asks of the server. */
export interface QueueHost {
  /** Connections accepted so far. */
  readonly accepted: number;
  /** The loop is late enough to ask how late each turn is. */
  readonly isLate: boolean;
}

export class HandlerQueue {
  readonly #clock: Clock;
  readonly #host: QueueHost;
  readonly #waiting = new Fifo<Waiting>();
  /** Handlers may be begun in this turn until `TURN_MS` behind `#sinceMs`. */
  #isOpen = false;
  /** The time of this turn is used up, or connections are accepted first. */
  #isClosed = false;
  /** No handler is begun until `release`. */
  #isHeld = false;
  #sinceMs = 0;
  /** What a turn takes: the last one, or half of a longer one before it. More than `TURN_MS` when handlers are slow. */
  #turnMs = 0;
  /** Handlers begun in this turn. */
  #begun = 0;
  /** How many are begun before the clock is looked at: one slow one is noticed behind it, several behind the last of a few. */
  #looksAt = 1;
  #acceptedBefore = 0;
  #acceptingTurns = 0;
  readonly #turns: TurnWatch;
  /** How late the present turn began to read requests. */
  #lateMs = 0;
  /** Nobody waited at some moment since `hasWaitedAlways` was asked. */
  #ranEmpty = true;

  constructor(clock: Clock, host: QueueHost) {
    this.#clock = clock;
    this.#host = host;
    this.#turns = new TurnWatch(clock, host);
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** How long the one that has waited the longest has, in ms; 0 when none waits. */
  get longestMs(): number {
    const { first } = this.#waiting;
    return first === undefined ? 0 : this.#clock.now() - first.sinceMs;
  }

  /** Reports whether somebody has waited at every moment since it was asked the last time. */
  hasWaitedAlways(): boolean {
    const ranEmpty = this.#ranEmpty;
    this.#ranEmpty = this.length === 0;
    return !ranEmpty && this.length > 0;
  }

  /** Begins no handler until `release`, so that turns are short; what comes waits. */
  hold(): void {
    this.#isHeld = true;
    this.#isClosed = true;
  }

  release(): void {
    this.#isHeld = false;
    setImmediate(this.#goOn);
  }

  /** Runs it at once, or when it is its turn. */
  add(runnable: Runnable): void {
    // Whoever comes behind those that wait does not overtake them.
    if (!this.#isClosed && this.length === 0) {
      if (!this.#isOpen) this.#open(this.#clock.now());
      if (this.#begun < this.#looksAt || this.#hasTime()) {
        this.#begun++;
        runnable.run(this.#lateMs === 0 ? 0 : this.#lateAfter(this.#lateMs));
        return;
      }
    }
    this.#waiting.push({ runnable, sinceMs: this.#clock.now() - this.#lateMs });
  }

  /** Looks at the clock, and notes when to look again. */
  #hasTime(): boolean {
    const hasTime = this.#clock.now() - this.#sinceMs < TURN_MS;
    if (hasTime) this.#looksAt = this.#begun + UNTIMED_MAX - (this.#begun % UNTIMED_MAX);
    return hasTime;
  }

  #open(now: number): void {
    this.#isOpen = true;
    this.#sinceMs = now;
    this.#begun = 0;
    this.#looksAt = 1;
    this.#acceptedBefore = this.#host.accepted;
    this.#lateMs = this.#turns.lateMs(now);
    setImmediate(this.#turnOver);
  }

  readonly #turnOver = (): void => {
    this.#isOpen = false;
    const usedMs = this.#clock.now() - this.#sinceMs;
    this.#turnMs = Math.max(usedMs, this.#turnMs / 2);
    if (this.length === 0 && usedMs < TURN_MS) return;
    this.#isClosed = true;
    this.#acceptingTurns = 0;
    setImmediate(this.#goOn);
  };

  readonly #goOn = (): void => {
    if (this.#isHeld || !this.#isClosed) return;
    const { accepted } = this.#host;
    if (accepted !== this.#acceptedBefore && this.#acceptingTurns++ < ACCEPTING_TURNS_MAX) {
      this.#acceptedBefore = accepted;
      setImmediate(this.#goOn);
      return;
    }
    this.#isClosed = false;
    this.#open(this.#clock.now());
    this.#runNext();
  };

  readonly #runNext = (): void => {
    const now = this.#clock.now();
    if (this.#isClosed || this.length === 0 || now - this.#sinceMs >= TURN_MS) return;
    // The first of a turn alone: if it is slow, the others are.
    const most = this.#begun === 0 ? 1 : UNTIMED_MAX;
    for (let i = 0; i < most && this.length > 0 && !this.#isClosed; i++) {
      this.#begun++;
      const { runnable, sinceMs } = this.#waiting.shift()!;
      if (runnable.aborted !== undefined) runnable.settle();
      else runnable.run(this.#lateAfter(now - sinceMs));
    }
    if (this.length > 0) queueMicrotask(this.#goOnBehindMicrotasks);
    else this.#ranEmpty = true;
  };

  /** A handler that goes on in microtasks has its time counted: ticks run when there is no microtask left. */
  readonly #goOnBehindMicrotasks = (): void => {
    process.nextTick(this.#runNext);
  };

  /** Behind a slow handler everybody waits; that alone makes nobody late. */
  #lateAfter(waitedMs: number): number {
    return Math.max(0, waitedMs - 2 * this.#turnMs);
  }
}

/**
 * How long the loop was busy with other things, timers and handlers that go on, before a turn's first request was read: so
 * long the request may have waited in the kernel. Asks for every turn of the loop while it is wanted, so that the loop
 * does not sleep: time in which nothing happened would look the same.
 */
class TurnWatch {
  readonly #clock: Clock;
  readonly #host: QueueHost;
  #isWatching = false;
  #turnMs = 0;

  constructor(clock: Clock, host: QueueHost) {
    this.#clock = clock;
    this.#host = host;
  }

  /** 0 while it is not wanted, and in the first turn. */
  lateMs(now: number): number {
    if (this.#isWatching) return now - this.#turnMs;
    if (this.#host.isLate) this.#next();
    return 0;
  }

  readonly #next = (): void => {
    this.#isWatching = this.#host.isLate;
    if (!this.#isWatching) return;
    this.#turnMs = this.#clock.now();
    setImmediate(this.#next);
  };
}
