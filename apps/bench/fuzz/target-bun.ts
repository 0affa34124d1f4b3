import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { runTarget } from "./target.ts";

await runTarget(bunAdapter());
