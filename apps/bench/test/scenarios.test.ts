// The scenarios as data: names, what goes over the wire, what each peer is asked.

import { expect, test } from "vitest";
import { requestContent, requestOctets } from "../src/request-octets.ts";
import { SCENARIOS, type Scenario } from "../src/scenarios.ts";

function named(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name)!;
}

test("names are unique and can stand in a list of names", () => {
  const names = SCENARIOS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
});

test("a run that asks for nothing has four", () => {
  const names = SCENARIOS.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  expect(names).toEqual(["new-connection", "keep-alive", "pipelined", "echo"]);
});

test("the browser's head has 703 octets in 8 field lines", () => {
  const head = requestOctets(named("browser-head").request).toString("latin1");
  expect(head).toHaveLength(703);
  expect(head.trimEnd().split("\r\n")).toHaveLength(1 + 8);
});

test.each([
  ["keep-alive", {}, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["keep-alive", { version: "1.0" }, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"],
  [
    "new-connection",
    { closes: true },
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  ],
] as const)("%s with %j is asked as %j", (name, options, octets) => {
  expect(requestOctets(named(name).request, options).toString("latin1")).toBe(octets);
});

test("content has its length before it", () => {
  const octets = requestOctets(named("echo").request).toString("latin1");
  expect(octets).toMatch(/\r\nContent-Length: 1024\r\n\r\n/);
  expect(octets.split("\r\n\r\n")[1]).toHaveLength(1024);
});

test("chunked content is the content in chunks", () => {
  const { request } = named("upload");
  const text = requestOctets(request).toString("latin1");
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  expect(text).not.toMatch(/content-length/i);
  const chunks = body.split(/1000\r\n/).slice(1);
  expect(chunks).toHaveLength(16);
  expect(body.endsWith("\r\n0\r\n\r\n")).toBe(true);
  const joined = chunks.map((chunk) => chunk.slice(0, 4096)).join("");
  expect(joined).toBe(requestContent(request)!.toString());
});
