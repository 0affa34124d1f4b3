// Slowloris: a request-line, then a field octet now and then. The head's deadline counts from its first octet, and no
// octet moves it.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const slowHeads: SlowPart = dripPart({
  name: "slow-heads",
  says: "a request-line, then a field octet each second",
  reason: "requestTimeout",
  opening: "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
  drip: "slow",
  from: "opening",
  deadlineMs: 10_000,
  hurriedMs: 5000,
  status: 408,
});
