// The target "bun": our server on Bun.listen.

import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { listen } from "./hyperlane.ts";

await listen(bunAdapter());
