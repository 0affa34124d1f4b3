// Binds a node:net server and accepts for core: address, errors of listen, unix socket path, stopping.
// Knows nothing of what travels on a connection.

import { type AddressInfo, createConnection, createServer, type Server } from "node:net";
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
import { accept } from "./socket.ts";

/** `Adapter.listen` on Node. */
export async function listen(
  options: ListenOptions,
  onConnection: (transport: Transport) => TransportEvents,
): Promise<Listener> {
  refuseUnsupported(options);
  const { path } = options.address;
  if (path !== undefined) await claimSocketPath(path, connectOnce);
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: options.tcpKeepAliveMs !== undefined,
    // Counts in seconds further down, and 0 would not turn probes on.
    keepAliveInitialDelay: Math.max(1000, options.tcpKeepAliveMs ?? 0),
  });
  server.on("connection", (socket) => accept(socket, onConnection));
  await bound(server, options);
  return holdListener(
    { tcpAddress: () => tcpAddress(server), close: () => server.close() },
    options,
  );
}

function refuseUnsupported({ address, reusePort }: ListenOptions): void {
  if (!reusePort) return;
  if (address.path !== undefined) {
    throw new RangeError("reusePort must be false for a unix socket path, got true");
  }
  if (process.platform === "linux" && hasReusePort(process.versions.node)) return;
  throw new RangeError(
    `reusePort must be false here, got true: it needs Node 22.12 or 23.1 on Linux, this is ${process.version} on ${process.platform}`,
  );
}

/** Reports whether `listen({ reusePort })` exists; older versions ignore the option without a word. */
function hasReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

function connectOnce(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}

function bound(server: Server, { address, backlog, reusePort }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(listenError(address, error));
    server.once("error", fail);
    const where =
      address.path === undefined
        ? { host: address.host, port: address.port }
        : { path: address.path };
    const queue = backlog === undefined ? {} : { backlog };
    server.listen({ ...where, ...queue, ...(reusePort ? { reusePort } : {}) }, () => {
      server.off("error", fail);
      // A failed accept (ENFILE, ...) must not end the process; the listener goes on.
      server.on("error", warn);
      resolve();
    });
  });
}

function warn(error: Error): void {
  process.emitWarning(error);
}

function listenError(address: ListenAddress, error: unknown): ListenError {
  const { code = "EIO", syscall } = error as NodeJS.ErrnoException;
  if (syscall === "getaddrinfo") return new ListenError(address, "ENOTFOUND", error);
  return new ListenError(address, code, error);
}

function tcpAddress(server: Server): ListenAddress {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}
