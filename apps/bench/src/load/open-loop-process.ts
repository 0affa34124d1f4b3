// The process that makes the requests of open-loop.ts. A connection for every request that finds none free, kept until
// the server closes it, as browsers and proxies do. Latency counts from the time a request was due.

import { createConnection, type Socket } from "node:net";
import { setPriority } from "node:os";
import { AnswerReader, type SeenAnswer } from "./answer-reader.ts";
import { LAST_ANSWERS_MS, type LoopPlan, type LoopRecord, type LoopReport } from "./open-loop.ts";

const plan: LoopPlan = JSON.parse(process.argv[2] ?? "{}");
const { port, path, seconds, ratePerSecond = 0, connections = 0, seed = 1 } = plan;
const REQUEST = Buffer.from(
  plan.request ?? `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  "latin1",
);
const cpu = process.cpuUsage();

try {
  // What is late here must not look like the server's lateness; only root may ask for it.
  setPriority(-10);
} catch {}

interface Due {
  readonly dueMs: number;
  isRetry: boolean;
}

const records: LoopRecord[] = [];
const errors: Record<string, number> = {};
let connects = 0;
let retries = 0;
let bare503 = 0;
let open = 0;
const free: LoopConnection[] = [];
const startMs = performance.now();
const endMs = startMs + seconds * 1000;

class LoopConnection {
  readonly #socket: Socket;
  readonly #reader = new AnswerReader((answer) => this.#answered(answer));
  #sent: Due | undefined;
  #answers = 0;

  constructor() {
    connects++;
    const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    this.#socket = socket;
    socket.on("data", (octets: Buffer) => {
      try {
        this.#reader.push(octets);
      } catch (error) {
        this.#ended((error as Error).message);
      }
    });
    socket.on("end", () => this.#ended("closed"));
    // EPIPE: the request met a connection that the server had closed in order.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#ended(error.code === "EPIPE" ? "closed" : (error.code ?? error.message));
    });
  }

  send(due: Due): void {
    this.#sent = due;
    this.#socket.write(REQUEST);
  }

  #answered({ status, closes, head }: SeenAnswer): void {
    const due = this.#sent;
    if (due === undefined) {
      this.#ended("an answer nobody asked for");
      return;
    }
    this.#sent = undefined;
    this.#answers++;
    if (status === 503 && !(closes && /^retry-after: *\d+/im.test(head))) bare503++;
    if (!closes) free.push(this);
    done(due, status);
  }

  #ended(how: string): void {
    const at = free.indexOf(this);
    if (at !== -1) free.splice(at, 1);
    const due = this.#sent;
    this.#sent = undefined;
    this.#socket.destroy();
    if (due === undefined) {
      if (how !== "closed") failed(`idle connection: ${how}`);
      return;
    }
    // Closed in order while the request was on its way: any client sends it again, once (RFC 9112 9.3.1).
    if (how === "closed" && this.#answers > 0 && this.#reader.isBetween && !due.isRetry) {
      retries++;
      due.isRetry = true;
      new LoopConnection().send(due);
      return;
    }
    failed(how);
    done(due, 0);
  }
}

function failed(what: string): void {
  errors[what] = (errors[what] ?? 0) + 1;
}

function ask(dueMs: number): void {
  open++;
  (free.pop() ?? new LoopConnection()).send({ dueMs, isRetry: false });
}

function done({ dueMs }: Due, status: number): void {
  const nowMs = performance.now();
  open--;
  records.push([dueMs - startMs, nowMs - dueMs, status]);
  if (connections > 0 && nowMs < endMs) ask(nowMs);
}

/** Evenly distributed in [0, 1); Marsaglia's xorshift, so that a run can be repeated. */
let state = seed;
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

/** Independent users: the gaps between their requests are exponentially distributed. */
function gapMs(): number {
  return (-Math.log(1 - random()) * 1000) / ratePerSecond;
}

function openLoop(): void {
  let nextMs = startMs + gapMs();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (; nextMs <= nowMs && nextMs < endMs; nextMs += gapMs()) ask(nextMs);
    if (nextMs >= endMs) clearInterval(timer);
  }, 1);
}

function finish(): void {
  if (open > 0 && performance.now() < endMs + LAST_ANSWERS_MS) return;
  if (open > 0) errors["no answer"] = open;
  const { user, system } = process.cpuUsage(cpu);
  const cpuShare = (user + system) / 1000 / (performance.now() - startMs);
  const report: LoopReport = { records, errors, connects, retries, bare503, cpuShare };
  process.send!(report, () => process.exit());
}

if (connections > 0) for (let i = 0; i < connections; i++) ask(performance.now());
else openLoop();
setTimeout(() => setInterval(finish, 50), seconds * 1000);
process.on("disconnect", () => process.exit());
