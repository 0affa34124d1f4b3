// The answers the server gives in its own name when it refuses to go on: small fixed texts, close announced, nothing of
// the input echoed.

import { FAULTS } from "@hyperlane-ts/parser";
import { Response } from "./response.ts";
import type { HeadWriter } from "./response-head.ts";
import { reasonPhrase } from "./status.ts";

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
  const response = new Response().setStatusCode(status).setHeader("Content-Type", "text/plain");
  const head = writer.text(response, "length", content.length, "close", nowMs);
  return isHead ? head : head + content;
}
