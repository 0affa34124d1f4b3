import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { listen } from "./ours.ts";

await listen(bunAdapter());
