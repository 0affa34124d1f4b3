// The octets of a scenario's request, as they go over the wire. One client's view; knows no tool and no server.

import type { RequestPlan } from "./scenarios.ts";

export interface RequestOptions {
  /** HTTP/1.0, as ab speaks it: the connection ends behind the answer. */
  readonly version?: "1.0" | "1.1";
  /** `Connection: close` in an HTTP/1.1 request. */
  readonly closes?: boolean;
}

export function requestOctets(plan: RequestPlan, options: RequestOptions = {}): Buffer {
  const { version = "1.1", closes = false } = options;
  const lines = [`${plan.method} ${plan.path} HTTP/${version}`, "Host: localhost"];
  for (const [name, value] of plan.fields ?? []) lines.push(`${name}: ${value}`);
  if (closes) lines.push("Connection: close");
  const content = requestContent(plan);
  if (content === undefined) return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  lines.push("Content-Type: application/octet-stream");
  const { chunkOctets } = plan;
  lines.push(
    chunkOctets === undefined ? `Content-Length: ${content.length}` : "Transfer-Encoding: chunked",
  );
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return Buffer.concat([head, chunkOctets === undefined ? content : chunked(content, chunkOctets)]);
}

/** Letters, so that a dump can be read. */
export function requestContent({ contentOctets }: RequestPlan): Buffer | undefined {
  return contentOctets === undefined ? undefined : Buffer.alloc(contentOctets, "abcdefghijklmnop");
}

function chunked(content: Buffer, chunkOctets: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += chunkOctets) {
    const chunk = content.subarray(at, at + chunkOctets);
    pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}
