// Cases of Connection and Expect: whether the connection persists, and who waits for 100.
// Data without logic: they are played by run-case.ts.

import type { HeadCase } from "./case.ts";

export const connectionCases: readonly HeadCase[] = [
  // ------------------------------------------------------------------------------ Connection
  {
    name: "does not persist when Connection says close",
    section: "9112 9.3",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    expect: { persistent: false, keepAliveRequested: false },
  },
  {
    name: "finds close in any case and any position of the list",
    section: "9112 9.6",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nConnection: te, \tCLOSE\t ,x\r\n\r\n",
    expect: { persistent: false },
  },
  {
    name: "finds close in a second Connection line, behind empty elements",
    section: "9110 5.6.1.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nX: y\r\nConnection: ,, ,close\r\n\r\n",
    expect: { persistent: false },
  },
  {
    name: "does not find close inside another option",
    section: "9112 9.6",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed, not-close, xclose\r\n\r\n",
    expect: { persistent: true },
  },
  {
    name: "takes quotes for no part of an option, so that a comma always parts two",
    section: "9110 7.6.1",
    wire: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: "a, close, b"\r\n\r\n',
    expect: { persistent: false },
  },
  {
    name: "does not find close between quotes of its own",
    section: "9110 7.6.1",
    wire: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: "close"\r\n\r\n',
    expect: { persistent: true },
  },
  {
    name: "persists in HTTP/1.0 with keep-alive",
    section: "9112 9.3",
    wire: "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
    expect: { persistent: true, keepAliveRequested: true },
  },
  {
    name: "does not persist in HTTP/1.0 with close beside keep-alive",
    section: "9112 9.3",
    wire: "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
    expect: { persistent: false, keepAliveRequested: true },
  },
  {
    name: "does not take Proxy-Connection or Keep-Alive for Connection",
    section: "9112 C.2.2",
    wire: "GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n",
    expect: { persistent: false, keepAliveRequested: false },
  },
  {
    name: "serves an Upgrade as if it were not there",
    section: "9110 7.8",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    expect: { persistent: true, framing: "none" },
  },

  // ------------------------------------------------------------------------------ Expect
  {
    name: "finds 100-continue in any case",
    section: "9110 10.1.1",
    wire: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n",
    expect: { expectContinue: true, framing: "length" },
  },
  {
    name: "refuses another expectation",
    section: "9110 10.1.1",
    wire: "PUT / HTTP/1.1\r\nHost: a\r\nExpect: ▸200-ok\r\n\r\n",
    expect: { fault: "ERR_EXPECTATION", status: 417 },
  },
  {
    name: "refuses another expectation beside 100-continue",
    section: "9110 10.1.1",
    wire: "PUT / HTTP/1.1\r\nHost: a\r\nExpect: ▸100-continue, a=b\r\n\r\n",
    expect: { fault: "ERR_EXPECTATION", status: 417 },
  },
  {
    name: "refuses another expectation in a second line",
    section: "9110 10.1.1",
    wire: "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: ▸x\r\n\r\n",
    expect: { fault: "ERR_EXPECTATION", status: 417 },
  },
  {
    name: "ignores an empty Expect",
    section: "row Expect",
    wire: "PUT / HTTP/1.1\r\nHost: a\r\nExpect: , ,\r\nExpect:\r\n\r\n",
    expect: { expectContinue: false },
  },
  {
    name: "ignores Expect in HTTP/1.0",
    section: "9110 10.1.1",
    wire: "PUT / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue, x\r\n\r\n",
    expect: { expectContinue: false },
  },
  {
    name: "judges framing before the expectation",
    section: "9110 10.1.1",
    wire: "PUT / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: ▸y\r\n\r\n",
    expect: { fault: "ERR_LENGTH", status: 400 },
  },
  {
    name: "judges the target before framing",
    section: "9112 3.2",
    wire: "PUT ▸* HTTP/1.1\r\nHost: a\r\nContent-Length: y\r\n\r\n",
    expect: { fault: "ERR_TARGET_ASTERISK", status: 400 },
  },
];
