// Time as the server sees it: a monotonic clock for deadlines, a wall clock for Date, one-shot timers. Replaceable, so
// that tests move time by hand.

/** What tells the time. `now` never goes back; both are in ms. */
export interface Clock {
  /** Monotonic ms, from any origin. */
  now(): number;
  /** Wall-clock ms since 1970-01-01T00:00:00Z. */
  date(): number;
  /** Calls `callback` once after `ms`; the pending call must not keep the process alive. */
  schedule(callback: () => void, ms: number): unknown;
  /** Drops a scheduled call; unknown or spent handles are ignored. */
  cancel(handle: unknown): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  schedule(callback, ms) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return timer;
  },
  cancel(handle) {
    clearTimeout(handle as ReturnType<typeof setTimeout> | undefined);
  },
};

/** A clock that stands still until `advance` moves it; scheduled calls run in order of their time. */
export interface ManualClock extends Clock {
  /** Moves time by `ms`, running on the way what falls due, each at its own time. */
  advance(ms: number): void;
  /** Moves time by `ms` in one jump, as a blocked event loop does: what fell due runs late, at the new time. */
  jump(ms: number): void;
}

export function manualClock(dateMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = 0;
  let last = 0;
  const calls = new Map<number, { at: number; callback: () => void }>();
  const runDue = (until: number, late: boolean) => {
    for (;;) {
      let next: number | undefined;
      for (const [id, call] of calls) {
        if (call.at <= until && (next === undefined || call.at < calls.get(next)!.at)) next = id;
      }
      if (next === undefined) return;
      const call = calls.get(next)!;
      calls.delete(next);
      if (!late) nowMs = Math.max(nowMs, call.at);
      call.callback();
    }
  };
  return {
    now: () => nowMs,
    date: () => dateMs + nowMs,
    schedule(callback, ms) {
      calls.set(++last, { at: nowMs + ms, callback });
      return last;
    },
    cancel(handle) {
      calls.delete(handle as number);
    },
    advance(ms) {
      const until = nowMs + ms;
      runDue(until, false);
      nowMs = until;
    },
    jump(ms) {
      const until = nowMs + ms;
      nowMs = until;
      runDue(until, true);
    },
  };
}
