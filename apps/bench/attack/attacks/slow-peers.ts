// All slow peers at once, 500 of each: their deadlines are apart, so that one does not hide the other.

import type { AttackCase } from "../attack-case.ts";
import { alone, type SlowPart, slowPeers } from "../slow-part.ts";
import { firstOctet } from "./first-octet.ts";
import { idleKeepAlive } from "./idle-keep-alive.ts";
import { slowBeforeHead } from "./slow-before-head.ts";
import { slowChunkExtensions } from "./slow-chunk-extensions.ts";
import { slowContent } from "./slow-content.ts";
import { slowHeads } from "./slow-heads.ts";
import { patientReader, slowReaders } from "./slow-readers.ts";
import { slowTrailers } from "./slow-trailers.ts";

const PARTS: readonly SlowPart[] = [
  patientReader,
  idleKeepAlive,
  slowContent,
  slowChunkExtensions,
  slowTrailers,
  slowHeads,
  slowBeforeHead,
  firstOctet,
  slowReaders,
];

/** All together, then each as an attack of its own that runs only when named. */
export const slowPeerAttacks: readonly AttackCase[] = [
  slowPeers(
    "slow-peers",
    "all slow peers below at once, 500 of each, and a patient reader",
    PARTS,
    false,
  ),
  ...PARTS.map(alone),
];
