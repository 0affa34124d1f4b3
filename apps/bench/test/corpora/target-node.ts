import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { listen } from "./target.ts";

await listen(nodeAdapter());
