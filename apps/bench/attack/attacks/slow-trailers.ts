// A trailer section that never ends. Its octets are no progress either.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const slowTrailers: SlowPart = dripPart({
  name: "slow-trailers",
  says: "the last chunk, then a trailer that grows by an octet each second",
  reason: "requestTimeout",
  opening:
    "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Slow: ",
  drip: "trailer",
  from: "opening",
  deadlineMs: 20_000,
  status: 408,
});
