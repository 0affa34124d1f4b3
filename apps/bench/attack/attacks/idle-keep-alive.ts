// Connections that are kept and not used: one request, then nothing. They are closed without a word.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const idleKeepAlive: SlowPart = dripPart({
  name: "idle-keep-alive",
  says: "one request, then silence on the kept connection",
  reason: "keepAliveTimeout",
  opening: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  drip: "",
  from: "answer",
  deadlineMs: 65_000,
  status: 0,
});
