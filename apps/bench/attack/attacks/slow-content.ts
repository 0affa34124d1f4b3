// R.U.D.Y.: a large content announced, an octet of it now and then. The octets buy time at 500 a second behind the grace of
// 20 s: 20 octets buy 40 ms.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const slowContent: SlowPart = dripPart({
  name: "slow-content",
  says: "Content-Length: 100000, then an octet of it each second",
  reason: "requestTimeout",
  opening: "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
  drip: "u",
  from: "opening",
  deadlineMs: 20_000,
  status: 408,
});
