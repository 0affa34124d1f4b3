// Resident memory after each round of an attack: what a server does not give back shows as growth from round to round.

import { readGauges } from "../gauges.ts";
import type { Target } from "../target.ts";
import type { Verdict } from "../verdict.ts";

const MIB = 2 ** 20;
/** What leaks with each connection is more, with the counts that attacks have. */
const GROWTH_MOST = 8 * MIB;

export class GrowthOverRounds {
  readonly #target: Target;
  readonly #octets: number[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  /** After a round, with its connections closed. */
  async read(): Promise<void> {
    this.#octets.push((await readGauges(this.#target)).residentOctets);
  }

  /** From the second round on, because heaps grow in the first. */
  judge(verdict: Verdict): void {
    const [, second = 0] = this.#octets;
    const last = this.#octets.at(-1)!;
    verdict.judge(
      "resident memory, round by round",
      `the last at most ${GROWTH_MOST / MIB} MiB above the second`,
      `${this.#octets.map((octets) => (octets / MIB).toFixed(1)).join(", ")} MiB`,
      last <= second + GROWTH_MOST,
    );
  }
}
