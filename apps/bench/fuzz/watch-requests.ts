// A middleware before all others that follows each request, and the bounds of what an input may ask of the application.
// Knows requests and signals, no sockets.

import type { Context, Middleware } from "@hyperlane-ts/core";
import type { ConnectionRecord, Records, RequestRecord } from "./records.ts";

type AnyContext = Pick<Context, "request" | "response" | "finished">;

/** Records every request of a connection that has an address. Never makes a synchronous chain wait. */
export function watchRequests(records: Records): Middleware {
  return (ctx, next) => {
    const connection = records.byAddress.get(ctx.request.remoteAddress ?? "");
    const chain = bounded(ctx, connection) ?? next;
    return connection === undefined ? chain() : followed(ctx, connection, chain);
  };
}

function followed(
  ctx: AnyContext,
  connection: ConnectionRecord,
  chain: () => void | Promise<void>,
): void | Promise<void> {
  const { method, path } = ctx.request;
  const record: RequestRecord = {
    line: `${method} ${path}`,
    fired: 0,
    outcome: undefined,
    settled: false,
    endedBefore: false,
  };
  connection.requests.push(record);
  connection.touch();
  watchSignal(ctx, connection, record);
  const settle = (): void => {
    record.settled = true;
    connection.touch();
  };
  let result: void | Promise<void>;
  try {
    result = chain();
  } catch (thrown) {
    settle();
    throw thrown;
  }
  if (result === undefined) settle();
  else result.then(settle, settle);
  return result;
}

function watchSignal(
  { request, finished }: AnyContext,
  connection: ConnectionRecord,
  record: RequestRecord,
): void {
  // One in four asks for its signal only when all is over.
  const asksEarly = request.path.length % 4 !== 0;
  if (asksEarly) {
    const { signal } = request;
    if (signal.aborted) record.fired++;
    signal.addEventListener("abort", () => {
      record.fired++;
      if (record.outcome === "sent") {
        connection.violations.push(`C15: signal fired behind the answer: ${record.line}`);
      }
    });
  }
  void finished.then(({ outcome }) => {
    record.outcome = outcome;
    record.endedBefore = connection.peerEnded;
    if (!asksEarly && request.signal.aborted) record.fired++;
    connection.touch();
  });
}

const OCTETS_MAX = 400_000;
const TURNS_MAX = 20;

/** What answers in the application's place: sizes and waits that a mutation makes up must not be what is tested. */
function bounded(
  ctx: AnyContext,
  connection: ConnectionRecord | undefined,
): (() => void | Promise<void>) | undefined {
  const { path } = ctx.request;
  // `/signal` waits without end, and while reading is paused behind it FIN is not seen.
  if (path === "/wait" || path === "/signal") return () => wait(ctx, connection);
  const asked = numberIn(path);
  const most = path.startsWith("/slow/") ? TURNS_MAX : OCTETS_MAX;
  if (asked <= most) return undefined;
  return () => {
    ctx.response.setBody("too much");
  };
}

/** The number that a path of the application ends in, 0 for none. */
function numberIn(path: string): number {
  const text = /^\/(?:octets|slow)\/([^/]+)/.exec(path)?.[1] ?? "";
  try {
    return Number(decodeURIComponent(text)) || 0;
  } catch {
    return 0;
  }
}

const WAIT_MS = 60;

/** Waits for the signal, not for long. */
async function wait(
  { request: { signal }, response }: AnyContext,
  connection: ConnectionRecord | undefined,
): Promise<void> {
  if (connection !== undefined) connection.parked++;
  if (!signal.aborted) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
  if (connection !== undefined) connection.parked--;
  connection?.touch();
  response.setBody(signal.aborted ? "signal fired" : "waited");
}
