// The target "node": our server on node:net.

import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { listen } from "./hyperlane.ts";

await listen(nodeAdapter());
