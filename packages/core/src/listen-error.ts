// The one error of binding a listener. Adapters build it; it knows no runtime.

import type { ListenAddress } from "./transport.ts";

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is already in use",
  EACCES: "permission denied",
  EADDRNOTAVAIL: "no interface of this machine has that address",
  ENOTFOUND: "the host name does not resolve",
  ENOENT: "the directory of the path does not exist",
  ENAMETOOLONG: "the path is too long for a unix socket",
  EINVAL: "the operating system refuses that address",
  ENOTSOCK: "the path exists and is not a socket",
  EMFILE: "this process has no descriptor left",
};

/** Names an address in messages: `127.0.0.1:60000`, `[::1]:60000`, or the socket's path. */
export function addressText(address: ListenAddress): string {
  if (address.path !== undefined) return address.path;
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/**
 * Binding failed. `code` is the operating system's (`EADDRINUSE`, `EACCES`, ...), `address` what was asked for,
 * `cause` the runtime's error.
 */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code: string;
  readonly address: ListenAddress;

  constructor(address: ListenAddress, code: string, cause?: unknown) {
    const hint = code === "EADDRINUSE" ? portHint(address) : "";
    const reason = REASONS[code] ?? "the runtime could not bind it";
    super(`Cannot listen on ${addressText(address)}: ${reason} (${code})${hint}`, { cause });
    this.code = code;
    this.address = address;
  }
}

/** Linux takes local ports of outgoing connections from a range, so that such a port is free on one start only. */
function portHint({ port }: ListenAddress): string {
  if (port === undefined || port < 32_768 || port > 60_999) return "";
  return "; on Linux the port lies in the range for outgoing connections (32768 to 60999), one of them may hold it";
}
