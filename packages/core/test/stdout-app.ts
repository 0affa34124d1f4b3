// Writes records to stdout, each with so much text as its argument says, until it has written forty; then tells on stderr
// that it still runs, and when it ends.

import { stdoutLogger } from "../src/record-log.ts";

const text = "x".repeat(Number(process.argv[2] ?? 1));
const logger = stdoutLogger("info").child({ requestId: "a" });
let records = 0;
const timer = setInterval(() => {
  logger.debug("not wanted");
  logger.info({ records, text }, "said");
  if (++records < 40) return;
  clearInterval(timer);
  console.error("still runs");
  if (process.argv.length > 2) process.on("exit", () => console.error("ends"));
}, 5);
