import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { listen } from "./target.ts";

await listen(bunAdapter());
