// Public names of the Bun adapter.

import { type Adapter, descriptors } from "@hyperlane-ts/core";
import { listen } from "./listen.ts";

/** Runs a server on `Bun.listen`: `new Server(bunAdapter())`. Holds no state; one may serve many servers. */
export function bunAdapter(): Adapter {
  return { runtime: "bun", listen, descriptors };
}
