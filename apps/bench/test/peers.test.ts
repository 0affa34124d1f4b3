// Only equal answers can be compared: every peer of npm answers what peers/README.md says, and what it has otherwise is
// listed here. Each is asked over a socket, as whole requests, in pieces, and many at once.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { NPM_PEERS, type NpmPeer, versionOf } from "../src/npm-peers.ts";
import { type Answer, fieldValue, readAnswers } from "../src/read-answers.ts";
import { bunCommand, denoCommand, nodeCommand } from "../src/runtimes.ts";
import { ServerProcess } from "../src/server-process.ts";

const ROUTES = 3;
const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";
const OCTETS = "application/octet-stream";
const CANNED = ["node-net", "bun-listen"];

interface Endpoint {
  readonly name: string;
  readonly request: string;
  readonly type: string;
  /** Of the answer, decoded. */
  readonly content: string;
  readonly isCanned?: boolean;
}

const ECHOED = "0123456789abcdef".repeat(64);
const CHUNKS = `5\r\nhello\r\n400\r\n${ECHOED}\r\n0\r\n\r\n`;

const ENDPOINTS: readonly Endpoint[] = [
  { name: "GET /", request: get("/"), type: TEXT, content: "hello", isCanned: true },
  { name: "GET /json", request: get("/json"), type: JSON_TYPE, content: '{"message":"hello"}' },
  { name: "GET /gzip", request: get("/gzip"), type: JSON_TYPE, content: "hello" },
  { name: "GET /large", request: get("/large"), type: OCTETS, content: "x".repeat(2 ** 20) },
  { name: "POST /echo", request: echo(ECHOED), type: OCTETS, content: ECHOED, isCanned: true },
  {
    name: "POST /upload",
    request: `POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    type: TEXT,
    content: String(5 + ECHOED.length),
  },
  { name: "GET /r2/items/42", request: get(`/r${ROUTES - 1}/items/42`), type: TEXT, content: "42" },
];

/** What a peer's answers have otherwise. */
interface Difference {
  readonly more?: readonly string[];
  /** Content-Type by endpoint, or by what it should be. */
  readonly types?: Readonly<Record<string, string>>;
}

const KEPT = ["connection", "keep-alive"];
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  fastify: { more: KEPT, types: { "GET /json": "application/json; charset=utf-8" } },
  hono: { more: KEPT, types: { [TEXT]: "text/plain; charset=UTF-8" } },
  express: { more: KEPT, types: { [JSON_TYPE]: "application/json; charset=utf-8" } },
  koa: { more: KEPT, types: { "GET /json": "application/json; charset=utf-8" } },
  h3: {
    more: KEPT,
    types: {
      [TEXT]: "text/plain; charset=UTF-8",
      "GET /json": "application/json;charset=UTF-8",
    },
  },
  elysia: {
    types: {
      [TEXT]: "text/plain;charset=utf-8",
      "GET /json": "application/json;charset=utf-8",
    },
  },
};

for (const peer of NPM_PEERS) {
  const isCanned = CANNED.includes(peer.name);
  const isMissing = peer.runtime === "deno" && denoCommand() === undefined;
  describe.skipIf(isMissing)(isMissing ? `${peer.name}: not installed` : peer.name, () => {
    let server: ServerProcess;
    beforeAll(async () => {
      server = await start(peer);
    });
    afterAll(() => server?.stop());

    const endpoints = ENDPOINTS.filter((endpoint) => endpoint.isCanned || !isCanned);
    test.each(endpoints)("$name", async (endpoint) => {
      const { answers } = await ask(server.port, [endpoint.request], 1);
      expect(facts(answers[0]!)).toEqual(expected(endpoint, DIFFERENCES[peer.name] ?? {}));
    });

    test("16 pipelined requests are answered in order", async () => {
      const asked = Array.from({ length: 16 }, (_, i) => String(i).padStart(4, "."));
      const requests = isCanned
        ? asked.map((id) => echo(id.repeat(256)))
        : asked.map((id) => get(`/r0/items/${id}`));
      const { answers } = await ask(server.port, [requests.join("")], 16);
      expect(answers.map(({ content }) => content.toString().slice(0, 4))).toEqual(asked);
    });

    test("requests may come in pieces, and more than one in a piece", async () => {
      const heads = get("/").repeat(3);
      const pieces = [heads.slice(0, 9), heads.slice(9, -2), heads.slice(-2)];
      const { answers } = await ask(server.port, pieces, 3);
      expect(answers.map(({ content }) => content.toString())).toEqual(Array(3).fill("hello"));
    });

    test("content may come in pieces", async () => {
      const request = echo(ECHOED);
      const pieces = [request.slice(0, 20), request.slice(20, -1000), request.slice(-1000)];
      const { answers } = await ask(server.port, pieces, 1);
      expect(answers.map(({ content }) => content.toString())).toEqual([ECHOED]);
    });
  });

  describe.skipIf(isMissing)(
    isMissing ? `${peer.name}: not installed` : `${peer.name}, closing`,
    () => {
      let server: ServerProcess;
      beforeAll(async () => {
        server = await start(peer, { PEER_CLOSES: "1" });
      });
      afterAll(() => server?.stop());

      test.each([
        ["HTTP/1.0", "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"],
        ["Connection: close", "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
      ])("%s is answered, then closed", async (_, request) => {
        const { answers, ended } = await ask(server.port, [request], Number.POSITIVE_INFINITY);
        expect(answers.map(({ content }) => content.toString())).toEqual(["hello"]);
        expect(answers[0]!.statusLine).toMatch(/^HTTP\/1\.[01] 200 /);
        expect(fieldValue(answers[0]!, "connection") ?? "close").toBe("close");
        expect(ended).toBe(true);
      });
    },
  );
}

describe.each(NPM_PEERS.filter(({ name }) => name.startsWith("ours")))("$name", (peer) => {
  test("PEER_LOG_DIR has a line for each request", async () => {
    const dir = mkdtempSync(join(tmpdir(), "peers-"));
    const server = await start(peer, { PEER_LOG_DIR: dir });
    try {
      await ask(server.port, [get("/").repeat(3)], 3);
      await vi.waitFor(
        () => expect(linesBelow(dir).filter((line) => /GET/.test(line))).toHaveLength(3),
        5000,
      );
    } finally {
      await server.stop();
      rmSync(dir, { recursive: true });
    }
  });

  test("PEER_CONNECTIONS is its limit of connections", async () => {
    await expect(start(peer, { PEER_CONNECTIONS: "0" })).rejects.toThrow(/connections/);
  });
});

test("versions are those that package.json asks for", () => {
  const { dependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const packages = NPM_PEERS.flatMap((peer) => peer.packages).filter(
    (name) => !name.startsWith("@hyperlane-ts/"),
  );
  expect(packages.length).toBeGreaterThan(0);
  for (const name of packages) expect([name, versionOf(name)]).toEqual([name, dependencies[name]]);
});

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

function echo(content: string): string {
  return (
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n" +
    `Content-Length: ${content.length}\r\n\r\n${content}`
  );
}

function start(peer: NpmPeer, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const commands = {
    node: [nodeCommand()],
    bun: [bunCommand()],
    deno: [denoCommand() ?? "deno", "run", "--allow-net", "--allow-env"],
  };
  const file = fileURLToPath(new URL(`../peers/${peer.file}`, import.meta.url));
  return ServerProcess.start([...commands[peer.runtime], file], {
    env: { NODE_ENV: "production", PEER_ROUTES: String(ROUTES), ...env },
  });
}

/** What is compared of an answer. */
function facts(answer: Answer): unknown {
  const coding = fieldValue(answer, "content-encoding");
  const content = coding === "gzip" ? gunzipSync(answer.content) : answer.content;
  const ageMs = Date.now() - Date.parse(fieldValue(answer, "date") ?? "");
  return {
    status: answer.status,
    fields: answer.fields.map(([name]) => name).sort(),
    type: fieldValue(answer, "content-type"),
    coding,
    length: fieldValue(answer, "content-length"),
    isDateNow: ageMs > -1000 && ageMs < 3000,
    content: content.toString("latin1"),
  };
}

function expected(
  { name, type, content }: Endpoint,
  { more = [], types = {} }: Difference,
): unknown {
  const isCoded = name === "GET /gzip";
  const fields = [
    "content-length",
    "content-type",
    "date",
    ...(isCoded ? ["content-encoding"] : []),
  ];
  return {
    status: 200,
    fields: [...fields, ...more].sort(),
    type: types[name] ?? types[type] ?? type,
    coding: isCoded ? "gzip" : undefined,
    length: isCoded ? expect.stringMatching(/^2\d$/) : String(content.length),
    isDateNow: true,
    content,
  };
}

const PIECE_MS = 20;
const PATIENCE_MS = 5000;

/** Writes the pieces one after the other; gives what came until there were so many answers, or it ended. */
function ask(
  port: number,
  pieces: readonly string[],
  count: number,
): Promise<{ readonly answers: readonly Answer[]; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    let octets = Buffer.alloc(0);
    let ended = false;
    const done = (): void => {
      socket.destroy();
      resolve({ answers: readAnswers(octets).answers, ended });
    };
    socket.setTimeout(PATIENCE_MS, done).on("error", reject);
    socket.on("data", (piece: Buffer) => {
      octets = Buffer.concat([octets, piece]);
      if (readAnswers(octets).answers.length >= count) done();
    });
    socket.on("end", () => {
      ended = true;
      done();
    });
    pieces.forEach((piece, i) => {
      setTimeout(() => socket.write(piece, "latin1"), i * PIECE_MS);
    });
  });
}

function linesBelow(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .flatMap((file) => readFileSync(join(file.parentPath, file.name), "utf8").split("\n"));
}
