// The list of attacks, in the order in which they run. An attack is a file beside this one and a line here.

import type { AttackCase } from "../attack-case.ts";
import { blockedLoop } from "./blocked-loop.ts";
import { descriptors } from "./descriptors.ts";
import { endlessPipeliner } from "./endless-pipeliner.ts";
import { idleFlood } from "./idle-flood.ts";
import { overload } from "./overload.ts";
import { pipeliningFlood } from "./pipelining-flood.ts";
import { quiet } from "./quiet.ts";
import { resets } from "./resets.ts";
import { rollingRestart } from "./rolling-restart.ts";
import { sigterm } from "./sigterm.ts";
import { slowPeerAttacks } from "./slow-peers.ts";
import { slowhttptest } from "./slowhttptest.ts";
import { soak } from "./soak.ts";

export const ATTACKS: readonly AttackCase[] = [
  quiet,
  ...slowPeerAttacks,
  slowhttptest,
  idleFlood,
  pipeliningFlood,
  endlessPipeliner,
  resets,
  descriptors,
  overload,
  blockedLoop,
  sigterm,
  rollingRestart,
  soak,
  // One line each.
];
