// Empty lines before the request-line, one octet at a time. They count to the head's deadline; as no octet of a
// request-line came, the close is silent. Two such lines may come, so four octets must last for 10 s: a third line is a
// fault at once.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const slowBeforeHead: SlowPart = dripPart({
  name: "slow-before-head",
  says: "empty lines before the request-line, an octet each 4 s",
  reason: "requestTimeout",
  opening: "\r",
  drip: "\n\r",
  everyMs: 4000,
  from: "opening",
  deadlineMs: 10_000,
  hurriedMs: 5000,
  status: 0,
});
