// Binds a Bun.listen listener and accepts for core: address, errors of listen, unix socket path, stopping.
// Knows nothing of what travels on a connection.

import { lookup } from "node:dns/promises";
import {
  claimSocketPath,
  holdListener,
  type ListenAddress,
  ListenError,
  type Listener,
  type ListenOptions,
  type Transport,
  type TransportEvents,
} from "@hyperlane-ts/core";
import { type BunTransport, socketHandler } from "./socket.ts";

type BunListener = Bun.TCPSocketListener<BunTransport> | Bun.UnixSocketListener<BunTransport>;

/** `Adapter.listen` on Bun. */
export async function listen(
  options: ListenOptions,
  onConnection: (transport: Transport) => TransportEvents,
): Promise<Listener> {
  refuseUnsupported(options);
  const { path, host } = options.address;
  if (path !== undefined) await claimSocketPath(path, connectOnce);
  const hostname = host === undefined ? "" : await resolved(options.address);
  const socket = socketHandler(onConnection, options.tcpKeepAliveMs);
  const listener = bound(options, hostname, socket);
  return holdListener(
    { tcpAddress: () => tcpAddress(listener), close: () => listener.stop() },
    options,
  );
}

function refuseUnsupported({ address, backlog, reusePort }: ListenOptions): void {
  if (typeof Bun === "undefined") {
    throw new Error("bunAdapter needs Bun; @hyperlane-ts/adapter-node is the one for Node");
  }
  if (backlog !== undefined && backlog !== 512) {
    throw new RangeError(`backlog must be 512 or undefined on Bun, got ${backlog}`);
  }
  if (reusePort && address.path !== undefined) {
    throw new RangeError("reusePort must be false for a unix socket path, got true");
  }
}

async function connectOnce(path: string): Promise<void> {
  const ignore = (): void => {};
  const socket = await Bun.connect({
    unix: path,
    socket: { open: ignore, data: ignore, drain: ignore, close: ignore, error: ignore },
  });
  socket.end();
}

/** Resolves the name first: of one that it cannot resolve, Bun.listen says no more than "Failed to listen". */
async function resolved(address: ListenAddress): Promise<string> {
  try {
    return (await lookup(address.host as string)).address;
  } catch (error) {
    throw new ListenError(address, "ENOTFOUND", error);
  }
}

function bound(
  { address, reusePort }: ListenOptions,
  hostname: string,
  socket: Bun.SocketHandler<BunTransport>,
): BunListener {
  try {
    if (address.path !== undefined) {
      return Bun.listen({ unix: address.path, allowHalfOpen: true, socket });
    }
    const where = { hostname, port: address.port, reusePort };
    return Bun.listen({ ...where, allowHalfOpen: true, socket });
  } catch (error) {
    throw listenError(address, error);
  }
}

function listenError(address: ListenAddress, error: unknown): ListenError {
  const { code = "EIO" } = error as NodeJS.ErrnoException;
  return new ListenError(address, code, error);
}

function tcpAddress(listener: BunListener): ListenAddress {
  const { hostname, port } = listener as Bun.TCPSocketListener<BunTransport>;
  return { host: hostname, port };
}
