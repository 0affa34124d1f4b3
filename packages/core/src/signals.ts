// Closes a server when the process is told to end: SIGTERM, as service managers and container runtimes send it, and SIGINT,
// as terminals do. SIGHUP tells that log files were moved. Handlers exist only while they are wanted, so that the process
// ends by itself afterwards.

type Signal = "SIGTERM" | "SIGINT";

const SIGNALS: readonly Signal[] = ["SIGTERM", "SIGINT"];

/** At a terminal Ctrl-C comes twice under npm: from the terminal and from npm, which passes it on. */
const REPEAT_MS = 500;

/**
 * Calls `close` on the first signal, and with `isForced` on a second; `reopenLogs`, if there is one, on SIGHUP, which would
 * end the process otherwise. Gives a function that takes the handlers away.
 */
export function closeOnSignals(
  close: (signal: string, isForced: boolean) => void,
  reopenLogs?: () => void,
): () => void {
  let first: { readonly signal: Signal; readonly atMs: number } | undefined;
  const onSignal = (signal: Signal): void => {
    const atMs = performance.now();
    if (first?.signal === signal && atMs - first.atMs < REPEAT_MS) return;
    const isForced = first !== undefined;
    first ??= { signal, atMs };
    close(signal, isForced);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  if (reopenLogs !== undefined) process.on("SIGHUP", reopenLogs);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    if (reopenLogs !== undefined) process.off("SIGHUP", reopenLogs);
  };
}
