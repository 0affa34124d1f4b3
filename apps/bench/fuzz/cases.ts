// A case: octets, where they are cut into pieces, and what the client does in the end. Told by seed and index alone.

import { makeInput } from "./mutate.ts";
import type { ProfileName } from "./profiles.ts";
import { Random } from "./random.ts";
import { STALLING } from "./requests.ts";

/** What ends a run before its time: at an octet of the request or of the answer. `destroy`: close() with octets unread. */
export interface Cut {
  readonly how: "fin" | "reset" | "destroy";
  readonly side: "request" | "answer";
  readonly octet: number;
}

export interface FuzzCase {
  readonly index: number;
  /**
   * `split`: played whole and in pieces, which must come to the same. `cut`: the client goes at some octet. `overdue`:
   * it takes longer than deadlines allow.
   */
  readonly kind: "split" | "cut" | "overdue";
  readonly profile: ProfileName;
  /** Latin-1 text: one character is one octet. */
  readonly input: string;
  /** Offsets where a piece ends; what is between two pieces is a turn of the event loop. */
  readonly cuts: readonly number[];
  /** Wait at the middle one of the cuts, in ms. */
  readonly holdMs: number;
  /** The client goes on sending requests when the server has closed its side. */
  readonly sendsOn: boolean;
  /** The client takes nothing of the answers. */
  readonly stalls: boolean;
  readonly cut: Cut | undefined;
}

export function makeCase(seed: number, index: number, seeds: readonly string[]): FuzzCase {
  const random = new Random(seed, index);
  const roll = random.below(100);
  const stalls = roll === 99 && random.chance(20);
  const kind = roll < 60 ? "split" : roll < 96 ? "cut" : "overdue";
  const input = stalls ? STALLING : makeInput(random, seeds);
  const cuts = makeCuts(random, input);
  const cut =
    kind === "split" || (kind === "overdue" && random.chance(40))
      ? undefined
      : makeCut(random, input);
  return {
    index,
    kind,
    profile: kind === "overdue" ? "hasty" : profileOf(random, kind),
    input,
    cuts: kind !== "split" && random.chance(50) ? [] : cuts,
    holdMs: kind === "overdue" ? random.below(900) : 0,
    sendsOn: random.chance(50),
    stalls,
    cut: stalls ? undefined : cut,
  };
}

function profileOf(random: Random, kind: "split" | "cut"): ProfileName {
  if (kind === "cut" && random.chance(15)) return "hasty";
  return random.chance(50) ? "narrow" : "plain";
}

/** Up to this size an input may be cut into single octets. */
const SINGLE_OCTETS_MAX = 400;

function makeCuts(random: Random, input: string): number[] {
  const { length } = input;
  if (length < 2) return [];
  const anywhere = (): number => 1 + random.below(length - 1);
  switch (random.below(5)) {
    case 0:
      return [anywhere()];
    case 1:
      return ordered(Array.from({ length: 2 + random.below(6) }, anywhere));
    case 2:
      return ordered(aroundLineEnds(random, input));
    case 3: {
      // The last octets one by one: what is decided late is decided there.
      const from = Math.max(1, length - 60);
      return Array.from({ length: length - from }, (_, i) => from + i);
    }
    default: {
      const step = length <= SINGLE_OCTETS_MAX ? 1 : 1 + random.below(97);
      const cuts: number[] = [];
      for (let at = step; at < length && cuts.length < SINGLE_OCTETS_MAX; at += step) cuts.push(at);
      return cuts;
    }
  }
}

function aroundLineEnds(random: Random, input: string): number[] {
  const cuts: number[] = [];
  for (const { index } of input.matchAll(/[\r\n]/g)) {
    if (random.chance(40)) cuts.push(index + random.below(2));
  }
  return cuts.filter((at) => at > 0 && at < input.length);
}

function ordered(cuts: readonly number[]): number[] {
  return [...new Set(cuts)].sort((a, b) => a - b);
}

function makeCut(random: Random, input: string): Cut {
  const side = random.chance(60) ? "request" : "answer";
  const octet =
    side === "request"
      ? random.below(input.length + 1)
      : 1 + random.below(random.chance(80) ? 300 : 20_000);
  return { how: random.pick(["fin", "reset", "destroy"]), side, octet };
}
