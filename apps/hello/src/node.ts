import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { run } from "./app.ts";

await run(nodeAdapter());
