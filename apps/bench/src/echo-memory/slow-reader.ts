// A client of an echo that writes as fast as it may and reads in bursts, so that what the server sends backs up. Speaks
// HTTP, or nothing at all: then the octets are the stream. Compares what it sent with what came back.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { EchoedContent } from "./echoed-content.ts";

export interface Plan {
  readonly port: number;
  readonly http: boolean;
  readonly octets: number;
  /** Reads so many octets, then none for so long. */
  readonly burstOctets: number;
  readonly restMs: number;
}

/** Rejects when the octets that came back are not those that were sent. */
export async function echo(plan: Plan): Promise<void> {
  const socket = createConnection({ host: "127.0.0.1", port: plan.port, noDelay: true });
  const echoed = read(socket, plan);
  const sent = await send(socket, plan);
  const { octets, digest } = await echoed;
  socket.destroy();
  if (octets !== plan.octets) throw new Error(`${octets} of ${plan.octets} octets came back`);
  if (digest !== sent) throw new Error(`the octets that came back are not those that were sent`);
}

/** Gives the digest of what was sent. */
async function send(socket: Socket, { http, octets }: Plan): Promise<string> {
  if (http) {
    socket.write(
      "POST /echo-stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
        `Content-Length: ${octets}\r\n\r\n`,
    );
  }
  const digest = createHash("sha1");
  for (let sent = 0; sent < octets; ) {
    const piece = pieceAt(sent, Math.min(PIECE_OCTETS, octets - sent));
    digest.update(piece);
    sent += piece.length;
    if (!socket.write(piece)) await once(socket, "drain");
  }
  if (!http) socket.end();
  return digest.digest("hex");
}

const PIECE_OCTETS = 65_536;
const PATTERN: Buffer = Buffer.from(
  Uint32Array.from({ length: PIECE_OCTETS / 4 }, (_, i) => Math.imul(i + 1, 2_654_435_761)).buffer,
);

/** No two pieces are the same, so that none can be lost, doubled or moved unseen. */
function pieceAt(offset: number, octets: number): Buffer {
  const piece = Buffer.from(PATTERN.subarray(0, octets));
  if (octets >= 8) piece.writeDoubleBE(offset, 0);
  return piece;
}

function read(socket: Socket, plan: Plan): Promise<{ octets: number; digest: string }> {
  const content = new EchoedContent(plan.http);
  let burstLeft = plan.burstOctets;
  return new Promise((resolve, reject) => {
    socket.on("data", (octets: Buffer) => {
      try {
        content.push(octets);
      } catch (error) {
        reject(error as Error);
        socket.destroy();
      }
      burstLeft -= octets.length;
      if (burstLeft > 0) return;
      burstLeft = plan.burstOctets;
      socket.pause();
      setTimeout(() => socket.resume(), plan.restMs);
    });
    socket.on("error", reject);
    socket.on("end", () => resolve({ octets: content.octets, digest: content.digest() }));
  });
}
