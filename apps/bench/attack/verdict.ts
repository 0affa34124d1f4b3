// Collects the judgements of one attack on one target and prints each as it comes. Knows nothing of how they were measured.

import { isJudged, type Judgement, type Outcome, type TargetKind } from "./attack-case.ts";

export class Verdict {
  readonly target: TargetKind;
  readonly judgements: Judgement[] = [];

  constructor(target: TargetKind) {
    this.target = target;
  }

  /** `limit` and `measured` are texts with their units. Of a server that is not ours it is only a report. */
  judge(what: string, limit: string, measured: string, ok: boolean): void {
    const judgement = { what, limit, measured, ok: ok || !isJudged(this.target) };
    this.judgements.push(judgement);
    const mark = isJudged(this.target) ? (ok ? "ok  " : "FAIL") : "    ";
    console.log(`  ${mark} ${this.target.padEnd(9)} ${what}: ${measured} (limit: ${limit})`);
  }

  /** Something worth knowing that nothing depends on. */
  note(text: string): void {
    console.log(`       ${this.target.padEnd(9)} ${text}`);
  }

  /** `summary` is the cell of the table. */
  outcome(summary: string): Outcome {
    return { judgements: this.judgements, summary };
  }
}
