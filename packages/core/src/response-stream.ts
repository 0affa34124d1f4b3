// Sends content that is known only as it comes: pulls a piece, frames it, waits for the transport. Backpressure reaches
// the source because nothing is pulled while the output waits (RFC 9112 §7.1 for the chunked coding).

import { hasToken } from "@hyperlane-ts/parser";
import type { Exchange } from "./exchange.ts";
import { TURN_MS } from "./fair-share.ts";
import { isAscii, latin1Octets } from "./field-value.ts";
import type { ContentStream } from "./response.ts";
import { lengthContradicted, openSource, wrongPiece } from "./stream-source.ts";

export { cancelStream } from "./stream-source.ts";

const encoder = new TextEncoder();

/**
 * Sends `stream` as content, chunked or with a length declared before (`octets`, -1 for none). Resolves when all of it is
 * with the output; rejects when the source fails or contradicts the declared length.
 */
export async function sendStream(
  exchange: Exchange,
  stream: ContentStream,
  chunked: boolean,
  octets: number,
): Promise<void> {
  const { connection } = exchange;
  const { output } = connection;
  const source = openSource(stream);
  let sent = 0;
  // Whoever aborts the exchange must also free the source, which may be waiting for its own data.
  connection.onLost = () => source.cancel();
  connection.turn();
  const { clock, limits, flushes } = connection.runtime;
  let pausedMs = clock.now();
  let pausedAt = 0;
  for (;;) {
    const { done, value } = await source.next();
    if (exchange.aborted !== undefined) return;
    if (done) break;
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      source.cancel();
      throw wrongPiece();
    }
    const piece = typeof value === "string" && !isAscii(value) ? encoder.encode(value) : value;
    if (piece.length === 0) continue;
    sent += piece.length;
    if (octets >= 0 && sent > octets) {
      source.cancel();
      throw lengthContradicted(octets, sent);
    }
    if (chunked) output.text(`${piece.length.toString(16)}\r\n`);
    if (typeof piece === "string") output.text(piece);
    else output.bytes(piece);
    if (chunked) output.text("\r\n");
    connection.turn();
    if (output.waiting || output.octets > 0) await connection.writable();
    // A source that is always ready, and a peer that takes everything, would let nothing else run.
    if (sent - pausedAt >= limits.writeSliceOctets || clock.now() - pausedMs >= TURN_MS) {
      await flushes.turn();
      pausedMs = clock.now();
      pausedAt = sent;
    }
    if (exchange.aborted !== undefined) return;
  }
  connection.onLost = undefined;
  if (octets >= 0 && sent < octets) throw lengthContradicted(octets, sent);
  if (chunked) writeLastChunk(exchange);
}

function writeLastChunk(exchange: Exchange): void {
  const { response, connection } = exchange;
  const lines = response.trailerLines;
  if (lines === undefined || !acceptsTrailers(exchange)) {
    connection.output.text("0\r\n\r\n");
    return;
  }
  let text = "0\r\n";
  for (const [name, value] of lines) text += `${name}: ${value}\r\n`;
  text += "\r\n";
  if (isAscii(text)) connection.output.text(text);
  else connection.output.bytes(latin1Octets(text));
}

function acceptsTrailers(exchange: Exchange): boolean {
  return hasToken(exchange.head.fields.get("te") ?? "", "trailers");
}
