// Asks a server what the load asks it, and reads the answer to the octet: a comparison counts only between answers that
// are the same but for the order of their field lines and the time in them.

import { createConnection } from "node:net";
import { type Manner, PIPELINED } from "./load.ts";
import { readAnswers } from "./read-answers.ts";

const REQUESTS: Readonly<Record<Manner, readonly [request: string, times: number]>> = {
  "keep-alive": ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1],
  pipelined: ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", PIPELINED],
  connection: ["GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 1],
};

/** Longest wait for the answers. */
const PATIENCE_MS = 5000;

/** All answers of a server in one text that is the same for servers that answer the same. */
export async function canonicalAnswers(port: number, manner: Manner): Promise<string> {
  const [request, times] = REQUESTS[manner];
  const octets = await ask(
    port,
    request.repeat(times),
    manner === "connection" ? undefined : times,
  );
  const { answers, rest } = readAnswers(octets);
  const texts = answers.map(({ statusLine, fields, content }) => {
    const sorted = fields.map(
      ([name, value]) => `${name}: ${name === "date" ? timeOf(value) : value}`,
    );
    return [statusLine, ...sorted.sort(), content.toString("latin1")].join("\n");
  });
  return [`${octets.length} octets`, ...texts, rest.toString("latin1")].join("\n");
}

function timeOf(date: string): string {
  return /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(date) ? "a date" : date;
}

/** Octets up to so many answers, or up to the end of the connection. */
function ask(port: number, requests: string, answers: number | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, timeout: PATIENCE_MS });
    let octets: Buffer = Buffer.alloc(0);
    const done = (): void => {
      socket.destroy();
      resolve(octets);
    };
    socket.on("data", (piece: Buffer) => {
      octets = Buffer.concat([octets, piece]);
      if (answers !== undefined && readAnswers(octets).answers.length >= answers) done();
    });
    socket.on("timeout", done).on("end", done).on("error", reject);
    socket.write(requests, "latin1");
  });
}
