// No attack: good traffic alone for some seconds. Shows that the frame itself is silent.

import type { AttackCase } from "../attack-case.ts";
import { GaugeWatch, judgeGauges, readGauges, warmUp } from "../gauges.ts";
import { GoodTraffic, goodSummary, judgeGood } from "../good-traffic.ts";
import { sleep, Target } from "../target.ts";
import { Verdict } from "../verdict.ts";

export const quiet: AttackCase = {
  name: "quiet",
  says: "nothing beside the good traffic: the frame itself",
  async run(kind, { seconds }) {
    const verdict = new Verdict(kind);
    const target = await Target.start(kind);
    await warmUp(target, 100);
    const before = await readGauges(target);
    const good = await GoodTraffic.start(target);
    const watch = new GaugeWatch(target);
    await sleep(Math.min(seconds, 3) * 1000);
    await watch.stop();
    const report = await good.stop();
    judgeGood(verdict, report, good.quiet);
    await judgeGauges(verdict, target, before);
    await target.kill();
    return verdict.outcome(goodSummary(report));
  },
};
