// A target on Node whose adapter is broken on purpose, in the way the first argument names: what the fuzzer must find.

import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import type { Adapter, TransportEvents } from "@hyperlane-ts/core";
import { runTarget } from "./target.ts";

const DEFECTS: Readonly<Record<string, (events: TransportEvents) => TransportEvents>> = {
  /** A piece that begins with LF loses it. */
  "loses-lf": (events) =>
    forwarded(events, {
      onData: (chunk) => events.onData(chunk[0] === 0x0a ? chunk.subarray(1) : chunk),
    }),
  /** The close of a connection is told twice. */
  "closes-twice": (events) =>
    forwarded(events, {
      onClose(cause) {
        events.onClose(cause);
        events.onClose(cause);
      },
    }),
  /** A connection that ends by a reset is never told to be closed. */
  "forgets-resets": (events) =>
    forwarded(events, {
      onClose(cause) {
        if (cause === undefined) events.onClose();
      },
    }),
  rejects: (events) =>
    forwarded(events, {
      onClose(cause) {
        events.onClose(cause);
        if (cause !== undefined) void Promise.reject(cause);
      },
    }),
};

function forwarded(events: TransportEvents, others: Partial<TransportEvents>): TransportEvents {
  return {
    onData: (chunk) => events.onData(chunk),
    onDrain: () => events.onDrain(),
    onEnd: () => events.onEnd(),
    onClose: (cause) => events.onClose(cause),
    ...others,
  };
}

function broken(adapter: Adapter, defect: string): Adapter {
  return {
    runtime: adapter.runtime,
    descriptors: () => adapter.descriptors(),
    listen: (options, onConnection) =>
      adapter.listen(options, (transport) => DEFECTS[defect]!(onConnection(transport))),
  };
}

await runTarget(broken(nodeAdapter(), process.argv[2]!));
