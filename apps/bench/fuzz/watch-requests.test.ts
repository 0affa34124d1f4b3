// When the fuzzer says that a signal is due: when FIN was there before the exchange ended, however close the two came.

import type { Context, Transport } from "@hyperlane-ts/core";
import { expect, test } from "vitest";
import { ConnectionRecord, Records } from "./records.ts";
import { watchRequests } from "./watch-requests.ts";

const ADDRESS = "192.0.2.1";

// Of the first path the signal is asked for at once, of the second when all is over.
const PATHS = ["/octets/500", "/octets/5000"];

test.each(
  PATHS.flatMap((path) => [
    { path, events: ["sent", "FIN"], fires: false, found: 0 },
    { path, events: ["sent", "FIN"], fires: true, found: 1 },
    { path, events: ["FIN", "sent"], fires: true, found: 0 },
    { path, events: ["FIN", "sent"], fires: false, found: 1 },
  ]),
)("$path: $events within one turn, signal fires: $fires, finds $found", async (row) => {
  const records = new Records();
  const record = new ConnectionRecord(records, {} as Transport);
  records.byAddress.set(ADDRESS, record);
  const abort = new AbortController();
  let finish: (report: object) => void = () => {};
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const request = { method: "GET", path: row.path, remoteAddress: ADDRESS, signal: abort.signal };
  const context = { request, response: {}, finished } as unknown as Context;
  watchRequests(records)(context, () => {});

  if (row.fires) abort.abort();
  for (const event of row.events) {
    if (event === "FIN") record.noteEnd();
    else finish({ outcome: "sent" });
  }
  await finished;
  record.closes++;

  expect(record.state.violations).toHaveLength(row.found);
});
