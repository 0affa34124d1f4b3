// HAProxy or nginx in front of two instances, with as little configuration as a restart without failures needs. It lives
// in a temporary folder and listens on a free port.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolOnPath } from "../../../src/runtimes.ts";
import { RawPeer } from "../../raw-peer.ts";
import { sleep } from "../../target.ts";

export type ProxyKind = "haproxy" | "nginx";

export interface Backends {
  readonly ports: readonly number[];
  /** What the proxy asks to learn whether an instance wants requests. */
  readonly healthPath: string;
}

const START_MS = 5000;
const STOP_MS = 5000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ReverseProxy {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #printed = "";

  private constructor(program: string, args: readonly string[], folder: string, port: number) {
    this.port = port;
    this.#folder = folder;
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.#child);
    this.#child.once("exit", () => running.delete(this.#child));
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (text) => {
        this.#printed = (this.#printed + text).slice(-4000);
      });
    }
  }

  /** The program, also where only root looks for it. */
  static programOf(kind: ProxyKind): string | undefined {
    const forRoot = join("/usr/sbin", kind);
    return toolOnPath(kind) ?? (existsSync(forRoot) ? forRoot : undefined);
  }

  /** Rejects with what it printed when it does not come up. */
  static async start(kind: ProxyKind, program: string, backends: Backends): Promise<ReverseProxy> {
    const folder = mkdtempSync(join(tmpdir(), "rolling-restart-"));
    const file = join(folder, "configuration");
    const port = await freePort();
    writeFileSync(file, kind === "haproxy" ? haproxy(port, backends) : nginx(port, backends));
    const args = kind === "haproxy" ? ["-db", "-f", file] : ["-p", folder, "-c", file];
    const proxy = new ReverseProxy(program, args, folder, port);
    const endMs = performance.now() + START_MS;
    while (!(await proxy.#listens())) {
      if (performance.now() < endMs && running.has(proxy.#child)) await sleep(50);
      else {
        await proxy.stop();
        throw new Error(`${kind} does not listen: ${proxy.#printed}`);
      }
    }
    return proxy;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    if (running.has(this.#child)) {
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #listens(): Promise<boolean> {
    try {
      (await RawPeer.connect(this)).destroy();
      return true;
    } catch {
      return false;
    }
  }
}

/** Active checks: two failed ones, a second, take an instance out; `drainDelayMs` must be longer than that. */
function haproxy(port: number, { ports, healthPath }: Backends): string {
  return `
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend all
  bind 127.0.0.1:${port}
  default_backend instances
backend instances
  balance roundrobin
  option httpchk
  http-check send meth GET uri ${healthPath} ver HTTP/1.1 hdr Host localhost
  option redispatch
  retries 3
  http-reuse safe
  default-server check inter 500ms fall 2 rise 1
${ports.map((one, i) => `  server instance${i} 127.0.0.1:${one}`).join("\n")}
`;
}

/** No active checks in the free nginx: what fails to connect is asked no more for a second, the request goes elsewhere. */
function nginx(port: number, { ports }: Backends): string {
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  upstream instances {
${ports.map((one) => `    server 127.0.0.1:${one} max_fails=1 fail_timeout=1s;`).join("\n")}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://instances;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream error timeout;
    }
  }
}
`;
}

/** Nobody else is likely to take it in between. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
