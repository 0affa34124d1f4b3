// Apache httpd from its Debian package, run in a folder of its own that is gone afterwards. Not measured itself: it starts
// httpd in the foreground, says where it listens once it does, and ends with it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { apacheProgram } from "../src/native-peers.ts";
import { LARGE, PORT, sayWhere } from "./contract.ts";

const CONNECT_EVERY_MS = 20;
const CONFIGURATION = fileURLToPath(new URL("./apache/httpd.conf", import.meta.url));

const program = apacheProgram();
if (program === undefined) throw new Error("Apache httpd is not installed");
const folder = contentFolder();
const port = PORT === 0 ? await freePort() : PORT;
const httpd = spawn(program, ["-f", CONFIGURATION, "-D", "FOREGROUND"], {
  env: {
    ...process.env,
    PEER_PORT: String(port),
    PEER_DIRECTORY: folder,
  },
  stdio: ["ignore", "ignore", "inherit"],
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => httpd.kill("SIGTERM"));
}
httpd.on("exit", (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});
while (!(await connects(port))) await after(CONNECT_EVERY_MS);
sayWhere(port);

/** With the files it answers from. Its children run as another user when root starts it. */
function contentFolder(): string {
  const made = mkdtempSync(join(tmpdir(), "apache-"));
  const content = join(made, "content");
  mkdirSync(content);
  chmodSync(made, 0o755);
  writeFileSync(join(content, "hello"), "hello");
  writeFileSync(join(content, "json"), JSON.stringify({ message: "hello" }));
  writeFileSync(join(content, "large"), LARGE);
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return free;
}

function connects(to: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port: to });
    const done = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on("connect", () => done(true)).on("error", () => done(false));
  });
}
