// hello as its user meets it, on both runtimes: where it listens, what it answers, how it ends.

import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RUNTIMES } from "../../bench/src/runtimes.ts";
import { type Exit, runToEnd, ServerProcess } from "../../bench/src/server-process.ts";

/** An end in order: no signal, no error. */
const IN_ORDER: Exit = { code: 0, signal: null };

describe.each(RUNTIMES)("hello on $name", ({ name, command }) => {
  const launch = [command, fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))];
  const logDir = mkdtempSync(join(tmpdir(), "hello-"));
  const start = (env: Record<string, string> = {}) =>
    ServerProcess.start(launch, {
      env: { PORT: "0", HOST: "127.0.0.1", LOG_DIR: logDir, ...env },
    });
  afterAll(() => rmSync(logDir, { recursive: true, force: true }));

  describe("answers", () => {
    let server: ServerProcess;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    test("GET / with hello as text", async () => {
      const answer = await fetch(`${server.url}/`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(await answer.text()).toBe("hello");
    });

    test("GET /gzip with 25 octets that are hello", async () => {
      const socket = await connected(server);
      socket.write("GET /gzip HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      const answer = await received(socket);
      const headEnd = answer.indexOf("\r\n\r\n");
      const head = answer.toString("latin1", 0, headEnd);
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(head).toMatch(/^Content-Type: application\/json\r$/m);
      expect(head).toMatch(/^Content-Encoding: gzip\r$/m);
      expect(head).toMatch(/^Content-Length: 25\r$/m);
      expect(answer.length - headEnd - 4).toBe(25);
      expect(gunzipSync(answer.subarray(headEnd + 4)).toString()).toBe("hello");
    });

    test("POST /echo with the content and its type", async () => {
      const answer = await fetch(`${server.url}/echo`, {
        method: "POST",
        headers: { "Content-Type": "text/x-echo" },
        body: "to and fro",
      });
      expect(answer.headers.get("content-type")).toBe("text/x-echo");
      expect(await answer.text()).toBe("to and fro");
    });

    test("GET /hello/:name with the decoded name as JSON", async () => {
      const answer = await fetch(`${server.url}/hello/w%C3%B6rld`);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(await answer.json()).toEqual({ hello: "wörld" });
    });

    test("an unknown path with 404, a wrong method with 405 and Allow", async () => {
      expect((await fetch(`${server.url}/unknown`)).status).toBe(404);
      const answer = await fetch(`${server.url}/echo`);
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toContain("POST");
    });
  });

  describe("listens", () => {
    test("on the port of PORT and says so", async () => {
      const server = await startBelowOutgoing(start);
      expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
      expect(server.output).toBe(`hello listens on http://127.0.0.1:${server.port} (${name})\n`);
      await server.stop();
    });

    test.skipIf(process.platform !== "linux")("on the address of HOST alone", async () => {
      const server = await start({ HOST: "127.0.0.2" });
      expect(server.host).toBe("127.0.0.2");
      expect((await fetch(`${server.url}/`)).status).toBe(200);
      await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
      await server.stop();
    });

    test("not on a port that is taken: one line says which and why, and the code is 1", async () => {
      const server = await start();
      const env = { PORT: `${server.port}`, HOST: "127.0.0.1", LOG_DIR: logDir };
      const { code, output } = await runToEnd(launch, { env });
      await server.stop();
      expect(code).toBe(1);
      expect(output).toMatch(/^Cannot listen on [^\n]*\n$/);
      expect(output).toContain(
        `127.0.0.1:${server.port}: the address is already in use (EADDRINUSE)`,
      );
    });
  });

  describe("writes", () => {
    const linesIn = (dir: string, level: string): string[] => {
      const days = join(dir, level);
      if (!existsSync(days)) return [];
      return readdirSync(days).flatMap((day) =>
        readdirSync(join(days, day)).flatMap((file) =>
          readFileSync(join(days, day, file), "utf8")
            .split("\n")
            .slice(0, -1),
        ),
      );
    };
    const written = async (dir: string, level: string, count: number): Promise<string[]> => {
      const untilMs = performance.now() + 20_000;
      while (linesIn(dir, level).length < count && performance.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return linesIn(dir, level);
    };

    test("a line for each request, and all of them when a signal ends it", async () => {
      const dir = join(logDir, "ends");
      const server = await start({ LOG_DIR: dir });
      for (let i = 0; i < 20; i++) await fetch(`${server.url}/?n=${i}`);
      await server.stop("SIGTERM");
      const lines = linesIn(dir, "access").map((line) => JSON.parse(line));
      expect(lines.map(({ target }) => target)).toEqual(
        Array.from({ length: 20 }, (_, i) => `/?n=${i}`),
      );
      const messages = linesIn(dir, "info").map((line) => JSON.parse(line).msg);
      expect(messages).toEqual(["closing", "closed"]);
      expect(existsSync(join(dir, ".lock"))).toBe(false);
    });

    test("to a new file after SIGHUP, once the old one was moved away", async () => {
      const dir = join(logDir, "hup");
      const server = await start({ LOG_DIR: dir });
      await fetch(`${server.url}/?n=1`);
      const [line] = await written(dir, "access", 1);
      expect(JSON.parse(line!).target).toBe("/?n=1");
      renameSync(join(dir, "access"), join(dir, "moved"));
      process.kill(server.pid, "SIGHUP");
      await fetch(`${server.url}/?n=2`);
      const after = await written(dir, "access", 1);
      expect(after.map((text) => JSON.parse(text).target)).toEqual(["/?n=2"]);
      expect(linesIn(dir, "moved").length).toBe(1);
      expect((await server.stop("SIGTERM")).code).toBe(0);
    });

    test("beside another process: to a directory of its own", async () => {
      const dir = join(logDir, "two");
      const [one, two] = [await start({ LOG_DIR: dir }), await start({ LOG_DIR: dir })];
      await fetch(`${one.url}/?n=1`);
      await written(dir, "access", 1);
      await fetch(`${two.url}/?n=2`);
      await two.stop("SIGTERM");
      await one.stop("SIGTERM");
      expect(linesIn(dir, "access").length).toBe(1);
      expect(linesIn(join(dir, `${two.pid}`), "access").length).toBe(1);
    });
  });

  describe("ends", () => {
    test.each(["SIGINT", "SIGTERM"] as const)(
      "with code 0 at %s although a connection is kept, and the port is free",
      async (signal) => {
        const server = await startBelowOutgoing(start);
        const socket = await connected(server);
        socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await once(socket, "data");
        expect(await server.stop(signal)).toEqual(IN_ORDER);
        socket.destroy();
        const next = await start({ PORT: `${server.port}` });
        expect(next.port).toBe(server.port);
        await next.stop();
      },
    );

    test("after the answer under way at SIGINT, which goes out whole", async () => {
      const server = await start();
      const socket = await connected(server);
      socket.write("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello");
      await once(socket, "data");
      const answer = received(socket);
      const stopped = server.stop("SIGINT");
      await refused(server);
      socket.write("again");
      expect((await answer).toString("latin1")).toMatch(/again\r\n0\r\n\r\n$/);
      expect(await stopped).toEqual(IN_ORDER);
    });

    test("at once at a second signal", async () => {
      const server = await start();
      const socket = await connected(server);
      socket.write("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello");
      await once(socket, "data");
      const closed = once(socket, "close");
      const first = server.stop("SIGINT");
      await refused(server);
      expect(await server.stop("SIGTERM")).toEqual(IN_ORDER);
      await Promise.all([first, closed]);
    });
  });
});

/** Starts on a port that no outgoing connection of the machine can hold. */
async function startBelowOutgoing(
  start: (env: Record<string, string>) => Promise<ServerProcess>,
): Promise<ServerProcess> {
  for (let attempts = 1; ; attempts++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      return await start({ PORT: `${port}` });
    } catch (error) {
      if (attempts === 5 || !String(error).includes("EADDRINUSE")) throw error;
    }
  }
}

async function connected(server: ServerProcess): Promise<Socket> {
  const socket = createConnection({ host: server.host, port: server.port });
  // A forced close may come as a reset; what was received counts.
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Everything up to the end of the connection. */
async function received(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  await once(socket, "close");
  return Buffer.concat(pieces);
}

/** Resolves when the server takes no connection any more: it has seen the signal. */
async function refused(server: ServerProcess): Promise<void> {
  for (let isOpen = true; isOpen; ) {
    const probe = createConnection({ host: server.host, port: server.port });
    isOpen = await new Promise((resolve) => {
      probe.on("connect", () => resolve(true)).on("error", () => resolve(false));
    });
    probe.destroy();
  }
}
