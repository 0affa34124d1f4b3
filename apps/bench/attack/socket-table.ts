// What Linux knows of the TCP connections of a port: which still stand on the server's side, and how many octets the two
// kernel queues hold. Reads /proc/net/tcp (IPv4) and nothing else; one look takes tens of ms.

import { readFileSync } from "node:fs";

/** One connection, by its client's port. */
export interface SocketRow {
  /** The server's process has a socket for it, or its kernel still sends for it. */
  readonly isHeld: boolean;
  /** Octets between the two processes: sent and not read. */
  readonly queuedOctets: number;
}

const ESTABLISHED = 0x01;
const CLOSE_WAIT = 0x08;

/** Connections of a server's port, by their clients' ports. Those that are gone on the server's side are left out. */
export function readSocketTable(serverPort: number): Map<number, SocketRow> {
  const marks = serverPort.toString(16).toUpperCase().padStart(4, "0");
  const sent = new Map<number, number>();
  const received = new Map<number, number>();
  for (const line of readFileSync("/proc/net/tcp", "latin1").split("\n")) {
    if (!line.includes(`:${marks} `)) continue;
    const [, local = "", remote = "", state = "", queues = ""] = line.trim().split(/\s+/);
    const [tx = "0", rx = "0"] = queues.split(":");
    if (portOf(remote) === serverPort) received.set(portOf(local), Number.parseInt(rx, 16));
    else if (isHeld(Number.parseInt(state, 16))) sent.set(portOf(remote), Number.parseInt(tx, 16));
  }
  const rows = new Map<number, SocketRow>();
  for (const [port, tx] of sent) {
    rows.set(port, { isHeld: true, queuedOctets: tx + (received.get(port) ?? 0) });
  }
  return rows;
}

function isHeld(state: number): boolean {
  return state === ESTABLISHED || state === CLOSE_WAIT;
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(":") + 1), 16);
}
