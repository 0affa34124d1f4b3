// The answers the server gives in its own name when it refuses to go on: small fixed texts, close announced, nothing of
// the input echoed.

import { FAULTS, type HeadParser } from "@hyperlane-ts/parser";
import type { InputBuffer } from "./input-buffer.ts";
import { Response } from "./response.ts";
import type { HeadWriter } from "./response-head.ts";
import { reasonPhrase } from "./status.ts";

/** The octets of the method HEAD. */
const HEAD: readonly number[] = [0x48, 0x45, 0x41, 0x44];

/** The status a row of the parser's fault table is answered with. */
export function refusedStatus(fault: number): number {
  return FAULTS[fault]!.status;
}

/** The whole answer as ASCII text; without content when the method was HEAD. */
export function refusal(
  writer: HeadWriter,
  status: number,
  isHead: boolean,
  nowMs: number,
): string {
  const content = reasonPhrase(status);
  const sent = isHead ? "" : content;
  const response = new Response().setStatusCode(status).setHeader("Content-Type", "text/plain");
  return writer.text(response, "length", content.length, "close", sent, nowMs);
}

/** Reports whether the head that `parser` is reading in `input` has the method HEAD, as far as it has come. */
export function readsHead(parser: HeadParser, input: InputBuffer): boolean {
  if (parser.methodEnd - parser.methodStart !== HEAD.length) return false;
  const from = input.start + parser.methodStart;
  return HEAD.every((octet, i) => input.bytes[from + i] === octet);
}
