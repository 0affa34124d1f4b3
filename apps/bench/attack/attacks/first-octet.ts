// Connections that say nothing at all. They are closed without a word.

import { dripPart } from "../drip.ts";
import type { SlowPart } from "../slow-part.ts";

export const firstOctet: SlowPart = dripPart({
  name: "first-octet",
  says: "connect and send nothing",
  reason: "firstOctetTimeout",
  opening: "",
  drip: "",
  from: "connection",
  deadlineMs: 10_000,
  status: 0,
});
