// What the peers in JavaScript take from their environment and have in common, as README.md says. Knows no server.

/** 0 is any free port. */
export const PORT: number = Number(process.env["PEER_PORT"] ?? 0);

/** How many routes there are besides the others: `/r<n>/items/<id>`, n from 0. */
export const ROUTES: number = Number(process.env["PEER_ROUTES"] ?? 0);

export const TEXT = "text/plain; charset=utf-8";
export const JSON_TYPE = "application/json";
export const OCTETS = "application/octet-stream";

/** The content of all answers to `/large`. */
export const LARGE: Buffer<ArrayBuffer> = Buffer.alloc(2 ** 20, "x");

export function sayWhere(port: number): void {
  console.log(`listens on http://127.0.0.1:${port}`);
}
