import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { runTarget } from "./target.ts";

await runTarget(nodeAdapter());
