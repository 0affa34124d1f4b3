// What a client accepts, and the coding chosen for it (RFC 9110 §12.5.3). Pure: text in, a name out.

import { listMembers } from "@hyperlane-ts/parser";
import type { Coding } from "./content-coding.ts";

/** A coding and its weight (RFC 9110 §12.4.2); other parameters there are none. */
const MEMBER =
  /^([!#$%&'*+\-.^_`|~0-9a-z]+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/;

/**
 * Chooses among `offered` codings for a request with this Accept-Encoding: the one of the highest weight, of equal ones
 * the first offered. `undefined` means no coding:
 *
 * * the field is missing. Any coding is acceptable then, but so is none, and who says nothing often decodes nothing;
 * * nothing offered is acceptable, or `identity` is named with a higher weight;
 * * neither a coding nor `identity` is acceptable: the handler has run, and its answer without a coding serves the client
 *   better than a 406 that hides it (RFC 9110 §12.1 allows to disregard the field).
 *
 * Members that are malformed count for nothing; of several for one coding the first counts.
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  if (acceptEncoding === undefined || acceptEncoding === "") return undefined;
  const weights = weightsIn(acceptEncoding);
  const others = weights.get("*") ?? 0;
  let best: Coding | undefined;
  let bestWeight = 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? others;
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  return bestWeight < (weights.get("identity") ?? 0) ? undefined : best;
}

function weightsIn(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const member of listMembers(acceptEncoding)) {
    const found = MEMBER.exec(member.toLowerCase());
    if (found === null) continue;
    const name = found[1] === "x-gzip" ? "gzip" : found[1]!;
    if (!weights.has(name)) weights.set(name, found[2] === undefined ? 1 : Number(found[2]));
  }
  return weights;
}
