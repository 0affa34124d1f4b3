import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { run } from "./app.ts";

await run(bunAdapter());
