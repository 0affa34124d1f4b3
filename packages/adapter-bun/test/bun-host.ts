// Started by the tests, on Bun: the Bun adapter as a host.

import { host } from "../../adapter-node/test/fixture/host.ts";
import { bunAdapter } from "../src/index.ts";

host(bunAdapter());
