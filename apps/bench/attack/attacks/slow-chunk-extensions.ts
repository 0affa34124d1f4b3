// A chunk whose extension never ends. Chunk overhead is no progress: idle time and grace run out together.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const slowChunkExtensions: SlowPart = dripPart({
  name: "slow-chunk-extensions",
  says: "a chunk-size line whose extension grows by an octet each second",
  reason: "requestTimeout",
  opening: "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;slow=",
  drip: "extension",
  from: "opening",
  deadlineMs: 20_000,
  status: 408,
});
