// Public names of the Node adapter.

import { type Adapter, descriptors } from "@hyperlane-ts/core";
import { listen } from "./listen.ts";

/** Runs a server on Node's `node:net`: `new Server(nodeAdapter())`. Holds no state; one may serve many servers. */
export function nodeAdapter(): Adapter {
  return { runtime: "node", listen, descriptors };
}
