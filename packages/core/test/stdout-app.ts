// Writes records to stdout until it has written so many, then tells on stderr that it still runs.

import { stdoutLogger } from "../src/record-log.ts";

const logger = stdoutLogger("info").child({ requestId: "a" });
let records = 0;
const timer = setInterval(() => {
  logger.debug("not wanted");
  logger.info({ records }, "said");
  if (++records < 40) return;
  clearInterval(timer);
  console.error("still runs");
}, 5);
