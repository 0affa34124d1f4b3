// What an adapter does with a listener that is bound: keeps the file of a unix socket, tells the address, stops once.

import type { ListenAddress, Listener, ListenOptions } from "./transport.ts";
import { holdSocketPath } from "./unix-socket.ts";

/** A runtime's bound listener, as far as `holdListener` must know it. */
export interface BoundListener {
  /** The address in use; asked for TCP only. */
  tcpAddress(): ListenAddress;
  /** Stops accepting. Established connections live on. */
  close(): void;
}

/** Makes a `Listener` of a bound one. Throws a `ListenError`, having closed it, when a unix socket's mode cannot be set. */
export function holdListener(bound: BoundListener, { address, pathMode }: ListenOptions): Listener {
  let release: (() => void) | undefined;
  try {
    if (address.path !== undefined) release = holdSocketPath(address.path, pathMode);
  } catch (error) {
    bound.close();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    address: release === undefined ? bound.tcpAddress() : address,
    stop() {
      stopped ??= new Promise((resolve) => {
        // The address is free as soon as the handle is closed, which the next turn of the loop has behind it; a
        // runtime's own callback may wait for the last connection.
        bound.close();
        release?.();
        setImmediate(resolve);
      });
      return stopped;
    },
  };
}
