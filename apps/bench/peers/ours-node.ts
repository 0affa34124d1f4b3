import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { listen } from "./ours.ts";

await listen(nodeAdapter());
