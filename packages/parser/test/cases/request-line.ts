// Cases of whole heads, of empty lines before them and of the request-line: grammar only.
// Data without logic: they are played by run-case.ts.

import type { HeadCase } from "./case.ts";

export const requestLineCases: readonly HeadCase[] = [
  // ------------------------------------------------------------------------------ whole heads
  {
    name: "reads the smallest request of HTTP/1.1",
    section: "9112 2.1",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: {
      octets: 27,
      method: "GET",
      target: "/",
      minorVersion: 1,
      fields: [["Host", "a"]],
      targetForm: "origin",
      path: "/",
      query: "",
      authority: "a",
      framing: "none",
      contentLength: 0,
      persistent: true,
      keepAliveRequested: false,
      expectContinue: false,
    },
  },
  {
    name: "reads the smallest request of HTTP/1.0",
    section: "9112 2.1",
    wire: "G / HTTP/1.0\r\n\r\n",
    expect: {
      octets: 16,
      method: "G",
      minorVersion: 0,
      fields: [],
      authority: undefined,
      persistent: false,
    },
  },
  {
    name: "reads what a browser sends",
    section: "9112 2.1",
    wire:
      "GET /index.html?lang=en HTTP/1.1\r\nHost: www.example.org:8080\r\nUser-Agent: Mozilla/5.0 (X11; Linux)\r\n" +
      "Accept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip, br\r\nCookie: a=1; b=2\r\nConnection: keep-alive\r\n\r\n",
    expect: {
      path: "/index.html",
      query: "lang=en",
      authority: "www.example.org:8080",
      keepAliveRequested: true,
      fields: [
        ["Host", "www.example.org:8080"],
        ["User-Agent", "Mozilla/5.0 (X11; Linux)"],
        ["Accept", "text/html,*/*;q=0.8"],
        ["Accept-Encoding", "gzip, br"],
        ["Cookie", "a=1; b=2"],
        ["Connection", "keep-alive"],
      ],
    },
  },
  {
    name: "waits when nothing has come",
    section: "9112 2.1",
    wire: "",
    expect: "need more",
  },
  {
    name: "waits inside the method",
    section: "9112 3.1",
    wire: "GE",
    expect: "need more",
  },
  {
    name: "waits when the empty line lacks its LF",
    section: "9112 2.1",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n\r",
    expect: "need more",
  },
  {
    name: "leaves octets behind the head alone",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n\0\xff GET",
    expect: { octets: 27 },
  },

  // ------------------------------------------------------------------------------ empty lines
  {
    name: "skips one empty line before the request-line",
    section: "9112 2.2",
    wire: "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { octets: 29, method: "GET" },
  },
  {
    name: "skips two empty lines before the request-line",
    section: "9112 2.2",
    wire: "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { octets: 31, method: "GET" },
  },
  {
    name: "waits behind two empty lines",
    section: "9112 2.2",
    wire: "\r\n\r\n",
    expect: "need more",
  },
  {
    name: "refuses a third empty line",
    section: "9112 2.2",
    wire: "\r\n\r\n▸\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_EMPTY_LINES", status: 400 },
  },
  {
    name: "refuses a lone LF before the request-line",
    section: "9112 2.2",
    wire: "▸\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone LF behind an empty line",
    section: "9112 2.2",
    wire: "\r\n▸\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone CR before the request-line",
    section: "9112 2.2",
    wire: "\r▸GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses two CR before the request-line",
    section: "9112 2.2",
    wire: "\r▸\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a space before the request-line",
    section: "9112 3",
    wire: "▸ GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_METHOD", status: 400 },
  },

  // ------------------------------------------------------------------------------ method
  {
    name: "keeps the case of a method",
    section: "9110 9.1",
    wire: "gEt / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { method: "gEt" },
  },
  {
    name: "takes every tchar that is no letter in a method",
    section: "9110 5.6.2",
    wire: "!#$%&'*+-.^_`|~09 / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { method: "!#$%&'*+-.^_`|~09" },
  },
  {
    name: "refuses a comma in a method",
    section: "9110 9.1",
    wire: "GET▸,POST / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_METHOD", status: 400 },
  },
  {
    name: "refuses an octet above 0x7f in a method",
    section: "9110 9.1",
    wire: "G▸\xcbT / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_METHOD", status: 400 },
  },
  {
    name: "refuses a tab behind the method",
    section: "9112 3",
    wire: "GET▸\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_METHOD", status: 400 },
  },
  {
    name: "refuses a method alone on its line",
    section: "9112 3",
    wire: "GET▸\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_METHOD", status: 400 },
  },
  {
    name: "refuses a status-line",
    section: "9112 2.1",
    wire: "HTTP▸/1.1 200 OK\r\n\r\n",
    expect: { fault: "ERR_METHOD", status: 400 },
  },

  // ------------------------------------------------------------------------------ spaces and version
  {
    name: "refuses two spaces behind the method",
    section: "9112 3",
    wire: "GET ▸ / HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses two spaces behind the target",
    section: "9112 3",
    wire: "GET / ▸ HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a tab behind the target",
    section: "9112 3",
    wire: "GET /▸\tHTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses a space behind the version",
    section: "9112 3",
    wire: "GET / HTTP/1.1▸ \r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a request-line without a version",
    section: "9112 3",
    wire: "GET /▸\r\n\r\n",
    expect: { fault: "ERR_VERSION_MISSING", status: 400 },
  },
  {
    name: "refuses a request-line that ends behind the second space",
    section: "9112 3",
    wire: "GET / ▸\r\n\r\n",
    expect: { fault: "ERR_VERSION_MISSING", status: 400 },
  },
  {
    name: "refuses a name of the protocol in lower case",
    section: "9112 2.3",
    wire: "GET / ▸http/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a version behind the start of one",
    section: "9112 2.3",
    wire: "GET / H▸HTTP/1.0\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a version without a minor digit",
    section: "9112 2.3",
    wire: "GET / HTTP/1▸\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a version whose minor digit is missing behind the dot",
    section: "9112 2.3",
    wire: "GET / HTTP/1.▸\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a second digit of the minor version",
    section: "9112 2.3",
    wire: "GET / HTTP/1.1▸0\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a leading zero in the version",
    section: "9112 2.3",
    wire: "GET / HTTP/0▸1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a sign in the version",
    section: "9112 2.3",
    wire: "GET / HTTP/▸+1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "refuses a comma in the version",
    section: "9112 2.3",
    wire: "GET / HTTP/1▸,1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "takes HTTP/1.2 as HTTP/1.1",
    section: "9112 2.3",
    wire: "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    expect: { minorVersion: 2, persistent: true },
  },
  {
    name: "takes HTTP/1.9 as HTTP/1.1",
    section: "9112 2.3",
    wire: "POST / HTTP/1.9\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    expect: { minorVersion: 9, framing: "chunked", expectContinue: true },
  },
  {
    name: "refuses HTTP/2.0 at the end of its line",
    section: "9110 15.6.6",
    wire: "GET / HTTP/2.0\r▸\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION_UNSUPPORTED", status: 505 },
  },
  {
    name: "refuses HTTP/0.9 at the end of its line",
    section: "9110 15.6.6",
    wire: "GET / HTTP/0.9\r▸\n\r\n",
    expect: { fault: "ERR_VERSION_UNSUPPORTED", status: 505 },
  },
  {
    name: "refuses the preface of HTTP/2 by its version",
    section: "9112 2.2",
    wire: "PRI * HTTP/2.0\r▸\n\r\nSM\r\n\r\n",
    expect: { fault: "ERR_VERSION_UNSUPPORTED", status: 505 },
  },
  {
    name: "judges the version before the form of the target",
    section: "9112 2.3",
    wire: "GET elsewhere HTTP/3.0\r▸\n\r\n",
    expect: { fault: "ERR_VERSION_UNSUPPORTED", status: 505 },
  },
  {
    name: "calls HTTP/2.x malformed, not unsupported",
    section: "9112 2.3",
    wire: "GET / HTTP/2.▸x\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },
  {
    name: "waits for the line end behind HTTP/5.6",
    section: "9112 2.3",
    wire: "GET / HTTP/5.6",
    expect: "need more",
  },
];
