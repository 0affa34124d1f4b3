// Where inputs begin: what the clients of the wire transcripts send, so that every case the project has ever written down
// is a seed, and every finding that becomes a transcript is one too.

import { readTranscripts } from "@hyperlane-ts/core/testing";

/** Larger ones cost more than they find. */
const SEED_OCTETS_MAX = 5000;

/** What each transcript's client sends, as Latin-1 text, without repetitions. */
export function readSeeds(): string[] {
  const seeds = new Set<string>();
  for (const { steps } of readTranscripts()) {
    let text = "";
    for (const step of steps) {
      if (step.kind === "send") text += Buffer.from(step.octets).toString("latin1");
    }
    if (text !== "" && text.length <= SEED_OCTETS_MAX) seeds.add(text);
  }
  return [...seeds];
}
