// Asks a server what the load asks it and reads the answer to the octet. A wrong status or content is an error: what is
// measured would not be the same work. Other differences are told, so that every table can show them.

import { createConnection } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Answer, fieldValue, readAnswers } from "./read-answers.ts";
import { requestContent, requestOctets } from "./request-octets.ts";
import type { Scenario } from "./scenarios.ts";

/** Longest wait for the answers. */
const PATIENCE_MS = 5000;
const LARGE_OCTETS = 1_048_576;
const DATE = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/;
const EXPECTED_FIELDS = ["content-encoding", "content-length", "content-type", "date"];

/**
 * Gives what differs from the answer that all are meant to give, a phrase each. Throws `Error` with the answer when it is
 * none, or another one.
 */
export async function checkAnswers(port: number, scenario: Scenario): Promise<string[]> {
  const { request, pipelined = 1, closes = false } = scenario;
  const octets = requestOctets(request, { closes });
  const received = await ask(port, Buffer.concat(Array(pipelined).fill(octets)), pipelined);
  const { answers, rest } = readAnswers(received);
  if (answers.length !== pipelined || rest.length > 0) {
    throw new Error(`${answers.length} answers to ${pipelined} requests: ${excerpt(received)}`);
  }
  for (const answer of answers) checkContent(answer, scenario, received);
  return differences(answers[0]!, scenario);
}

function checkContent(answer: Answer, scenario: Scenario, received: Buffer): void {
  const isRight = answer.status === 200 && hasContent(answer, scenario);
  if (!isRight) throw new Error(`a wrong answer to ${scenario.request.path}: ${excerpt(received)}`);
}

function hasContent({ content, ...answer }: Answer, { answer: plan, request }: Scenario): boolean {
  const sent = requestContent(request) ?? Buffer.alloc(0);
  switch (plan.content) {
    case "hello":
      return content.toString() === "hello";
    case "json":
      return content.toString() === '{"message":"hello"}';
    case "gzip of hello":
      return (
        fieldValue({ content, ...answer }, "content-encoding") === "gzip" &&
        gunzipSync(content).toString() === "hello"
      );
    case "1 MiB":
      return content.length === LARGE_OCTETS && content.every((octet) => octet === 0x78);
    case "the request's":
      return content.equals(sent);
    case "octets":
      return content.toString() === String(sent.length);
    case "id":
      return content.toString() === "42";
  }
}

function differences(answer: Answer, { answer: plan, closes = false }: Scenario): string[] {
  const told: string[] = [];
  const type = fieldValue(answer, "content-type");
  if (type !== plan.type) told.push(type === undefined ? "no Content-Type" : `says ${type}`);
  const date = fieldValue(answer, "date");
  if (date === undefined) told.push("sends no Date");
  else if (!DATE.test(date)) told.push(`sends Date: ${date}`);
  if (fieldValue(answer, "content-length") === undefined) told.push("sends no Content-Length");
  const expected = closes ? [...EXPECTED_FIELDS, "connection"] : EXPECTED_FIELDS;
  const more = answer.fields.filter(([name]) => !expected.includes(name));
  if (more.length > 0) {
    told.push(`adds ${more.map(([name, value]) => `${name}: ${value}`).join(", ")}`);
  }
  return told;
}

/** Octets up to so many answers, or up to the end of the connection. */
function ask(port: number, requests: Buffer, answers: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, timeout: PATIENCE_MS });
    const pieces: Buffer[] = [];
    const done = (): void => {
      socket.destroy();
      resolve(Buffer.concat(pieces));
    };
    socket.on("data", (piece: Buffer) => {
      pieces.push(piece);
      if (readAnswers(Buffer.concat(pieces)).answers.length >= answers) done();
    });
    socket.on("timeout", done).on("end", done).on("error", reject);
    socket.write(requests);
  });
}

function excerpt(octets: Buffer): string {
  const text = JSON.stringify(octets.toString("latin1", 0, 400));
  return octets.length > 400 ? `${text}...` : text;
}
