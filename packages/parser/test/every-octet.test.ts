// All 256 octets at every place of these messages, once in place of the octet there and once before
// it: the package and the reference must agree, and a cut on both sides of the octet must change
// nothing.

import { describe, expect, test } from "vitest";
import { ChunkedMachine, HeadMachine, type Machine } from "./machines.ts";
import {
  chunkedOutcome,
  chunkedReference,
  headOutcome,
  headReference,
  outcomeText,
} from "./outcome.ts";
import { octetsOf, show } from "./wire.ts";

interface Template {
  readonly name: string;
  readonly before: string;
  /** Where the octets go. */
  readonly place: string;
  readonly after: string;
}

const END = "\r\n\r\n";
const HOST = "Host: a\r\n";

const HEADS: readonly Template[] = [
  { name: "empty lines", before: "", place: "\r\n\r\n", after: `G / HTTP/1.0${END}` },
  { name: "method and its space", before: "", place: "GET ", after: `/ HTTP/1.0${END}` },
  { name: "path, query and space", before: "GET ", place: "/p?q ", after: `HTTP/1.0${END}` },
  { name: "version and line end", before: "G / ", place: "HTTP/1.1\r\n", after: `${HOST}\r\n` },
  { name: "a field line", before: "G / HTTP/1.0\r\n", place: "N-1: v w\t\r\n", after: "\r\n" },
  {
    name: "an empty field value",
    before: "G / HTTP/1.0\r\nN:",
    place: " \r\n",
    after: "M:v\r\n\r\n",
  },
  {
    name: "the empty line",
    before: "G / HTTP/1.0\r\nN:v\r\n",
    place: "\r\n",
    after: "G / HTTP/1.0\r\n",
  },
  { name: "the empty line behind none", before: "G / HTTP/1.0\r\n", place: "\r\n", after: "\r\n" },
  { name: "scheme", before: "GET ", place: "http://", after: `a/ HTTP/1.0${END}` },
  {
    name: "authority with a name",
    before: "GET http://",
    place: "a%2b:8/",
    after: `b HTTP/1.0${END}`,
  },
  {
    name: "authority with an address",
    before: "GET http://",
    place: "[1::2]",
    after: `/ HTTP/1.0${END}`,
  },
  {
    name: "absolute-form, path and query",
    before: "OPTIONS http://a",
    place: "/?",
    after: ` HTTP/1.0${END}`,
  },
  { name: "authority-form", before: "CONNECT ", place: "a:80", after: ` HTTP/1.0${END}` },
  { name: "asterisk-form", before: "OPTIONS ", place: "*", after: ` HTTP/1.0${END}` },
  { name: "CONNECT", before: "", place: "CONNECT", after: ` a:1 HTTP/1.0${END}` },
  { name: "OPTIONS", before: "", place: "OPTIONS", after: ` * HTTP/1.0${END}` },
  { name: "the name Host", before: "G / HTTP/1.1\r\n", place: "hOST:", after: `a${END}` },
  { name: "a Host", before: "G / HTTP/1.1\r\nHost:", place: " a.%2B:65", after: `5${END}` },
  {
    name: "a Host with an address",
    before: "G / HTTP/1.0\r\nHost: ",
    place: "[a::9.8.7.6]:",
    after: `5${END}`,
  },
  { name: "a Host of the future", before: "G / HTTP/1.0\r\nHost: ", place: "[v1.a]", after: END },
  {
    name: "the name Content-Length",
    before: "G / HTTP/1.0\r\n",
    place: "Content-Length:",
    after: `1${END}`,
  },
  {
    name: "a Content-Length",
    before: "G / HTTP/1.0\r\nContent-Length: ",
    place: "123",
    after: END,
  },
  {
    name: "the name Transfer-Encoding",
    before: "G / HTTP/1.0\r\n",
    place: "Transfer-Encoding:",
    after: `x${END}`,
  },
  {
    name: "a Transfer-Encoding",
    before: `G / HTTP/1.1\r\n${HOST}Transfer-Encoding: `,
    place: 'b;q = "x\\y" , chunked',
    after: END,
  },
  {
    name: "the name Connection",
    before: "G / HTTP/1.0\r\n",
    place: "Connection:",
    after: `keep-alive${END}`,
  },
  {
    name: "a Connection",
    before: "G / HTTP/1.1\r\nHost:a\r\nConnection: ",
    place: 'te,"a\\,",close',
    after: END,
  },
  {
    name: "a Connection of 1.0",
    before: "G / HTTP/1.0\r\nConnection: ",
    place: "keep-alive",
    after: END,
  },
  {
    name: "the name Expect",
    before: `G / HTTP/1.1\r\n${HOST}`,
    place: "Expect:",
    after: `x${END}`,
  },
  {
    name: "an Expect",
    before: `G / HTTP/1.1\r\n${HOST}Expect: `,
    place: "100-continue",
    after: END,
  },
];

const BODIES: readonly Template[] = [
  { name: "chunk-size", before: "", place: "01\r\n", after: "a\r\n0\r\n\r\n" },
  {
    name: "extension with a token",
    before: "1",
    place: " ;\ta\t=\tb;c\r\n",
    after: "a\r\n0\r\n\r\n",
  },
  {
    name: "extension with a quoted string",
    before: "1;a=",
    place: '"b \\"c"\r\n',
    after: "a\r\n0\r\n\r\n",
  },
  { name: "chunk-data and behind it", before: "1\r\n", place: "a\r\n", after: "0\r\n\r\n" },
  { name: "last chunk", before: "1\r\na\r\n", place: "0\r\n", after: "\r\n" },
  { name: "trailer line", before: "0\r\n", place: "X: v\r\n", after: "\r\n" },
  { name: "refused trailer", before: "0\r\n", place: "x-forwarded-:", after: " v\r\n\r\n" },
  { name: "refused short trailer", before: "0\r\nX:v\r\n", place: "te:", after: " v\r\n\r\n" },
  { name: "empty line", before: "0\r\nX:v\r\n", place: "\r\n", after: "G / HTTP/1.0" },
];

/**
 * Every place of the template, every octet in its stead and before it. `visit` gets the octets and
 * the place.
 */
function forEachOctet(template: Template, visit: (octets: Uint8Array, at: number) => void): void {
  const { before, place, after } = template;
  const octets = octetsOf(before + place + after);
  for (let at = before.length; at <= before.length + place.length; at++) {
    for (let octet = 0; octet < 256; octet++) {
      const inserted = new Uint8Array(octets.length + 1);
      inserted.set(octets.subarray(0, at));
      inserted[at] = octet;
      inserted.set(octets.subarray(at), at + 1);
      visit(inserted, at);
      if (at === before.length + place.length) continue;
      const replaced = octets.slice();
      replaced[at] = octet;
      visit(replaced, at);
    }
  }
}

function traceWhole(machine: Machine, octets: Uint8Array): string {
  machine.reset();
  machine.push(octets.slice(), 0, 0, octets.length);
  return machine.trace();
}

/** What comes out when `octets` are cut on both sides of the octet at `at`. */
function traceCut(machine: Machine, octets: Uint8Array, at: number): string {
  machine.reset();
  const cuts = [at, at + 1, octets.length];
  let from = 0;
  for (const to of cuts) {
    if (!machine.push(octets.slice(), 0, from, to)) break;
    from = to;
  }
  return machine.trace();
}

describe("all 256 octets agree with the reference, HeadParser and readRequestHead", () => {
  for (const template of HEADS) {
    test(template.name, () => {
      const machine = new HeadMachine();
      forEachOctet(template, (octets, at) => {
        const outcome = outcomeText(headOutcome(octets));
        const reference = outcomeText(headReference(octets));
        if (outcome !== reference) expect(`${show(octets)}\n${outcome}`).toBe(reference);
        const cut = traceCut(machine, octets, at);
        const whole = traceWhole(machine, octets);
        if (cut !== whole) expect(`${show(octets)} cut at ${at}\n${cut}`).toBe(whole);
      });
    });
  }
});

describe("all 256 octets agree with the reference, ChunkedDecoder", () => {
  for (const template of BODIES) {
    test(template.name, () => {
      const machine = new ChunkedMachine();
      forEachOctet(template, (octets, at) => {
        const outcome = outcomeText(chunkedOutcome(octets));
        const reference = outcomeText(chunkedReference(octets));
        if (outcome !== reference) expect(`${show(octets)}\n${outcome}`).toBe(reference);
        const cut = traceCut(machine, octets, at);
        const whole = traceWhole(machine, octets);
        if (cut !== whole) expect(`${show(octets)} cut at ${at}\n${cut}`).toBe(whole);
      });
    });
  }
});
