// Started by the tests: the Node adapter as a host.

import { nodeAdapter } from "../src/index.ts";
import { host } from "./fixture/host.ts";

host(nodeAdapter());
