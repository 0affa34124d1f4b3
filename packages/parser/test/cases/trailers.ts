// Cases of the trailer section of a chunked message body.
// Data without logic but one list of names: they are played by run-case.ts.

import type { ChunkedCase } from "./case.ts";

export const trailerCases: readonly ChunkedCase[] = [
  // ------------------------------------------------------------------------------ trailers
  {
    name: "keeps trailer fields in order",
    section: "9112 7.1.2",
    wire: "1\r\na\r\n0\r\nX: 1\r\nChecksum:\t\xe9 \r\nx:\r\n\r\n",
    expect: {
      content: "a",
      trailers: [
        ["X", "1"],
        ["Checksum", "\xe9"],
        ["x", ""],
      ],
    },
  },
  {
    name: "takes names that only resemble a refused one",
    section: "row trailers",
    wire: "0\r\nHosts: a\r\nX-Forwarded: b\r\nTe-: c\r\nX-Host: d\r\n\r\n",
    expect: {
      trailers: [
        ["Hosts", "a"],
        ["X-Forwarded", "b"],
        ["Te-", "c"],
        ["X-Host", "d"],
      ],
    },
  },
  {
    name: "takes __proto__ as a plain name of a trailer",
    section: "9110 5.1",
    wire: "0\r\n__proto__: a\r\n\r\n",
    expect: { trailers: [["__proto__", "a"]] },
  },
  {
    name: "refuses a space before the first trailer",
    section: "9112 2.2",
    wire: "0\r\n▸ X: a\r\n\r\n",
    expect: { fault: "ERR_FIELD_LEADING_SPACE", status: 400 },
  },
  {
    name: "refuses a folded trailer",
    section: "9112 5.2",
    wire: "0\r\nX: a\r\n▸\tb\r\n\r\n",
    expect: { fault: "ERR_FIELD_FOLDED", status: 400 },
  },
  {
    name: "refuses a space before the colon of a trailer",
    section: "9112 5.1",
    wire: "0\r\nX▸ : a\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME_SPACE", status: 400 },
  },
  {
    name: "refuses a trailer without a colon",
    section: "9112 5",
    wire: "0\r\nGET▸\r\n\r\n",
    expect: { fault: "ERR_FIELD_COLON", status: 400 },
  },
  {
    name: "refuses a request-line where the trailer section is due",
    section: "9112 7.1",
    wire: "0\r\nGET▸ / HTTP/1.1\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME_SPACE", status: 400 },
  },
  {
    name: "refuses a trailer without a name",
    section: "9110 5.1",
    wire: "0\r\n▸: a\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses a control character in a trailer",
    section: "9110 5.5",
    wire: "0\r\nX: a▸\x01\r\n\r\n",
    expect: { fault: "ERR_FIELD_VALUE", status: 400 },
  },
  {
    name: "refuses a lone LF behind a trailer",
    section: "9112 2.2",
    wire: "0\r\nX: a▸\n\r\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone CR behind a trailer",
    section: "9112 2.2",
    wire: "0\r\nX: a\r▸\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a lone LF for the empty line",
    section: "9112 2.2",
    wire: "0\r\n▸\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone CR for the empty line",
    section: "9112 2.2",
    wire: "0\r\n\r▸GET / HTTP/1.1\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses Content-Length in any case in the trailer section",
    section: "row trailers",
    wire: "0\r\n▸cOnTeNt-LeNgTh: 5\r\n\r\n",
    expect: { fault: "ERR_TRAILER_NAME", status: 400, knownAt: 17 },
  },
  {
    name: "refuses a bad name behind a good one",
    section: "row trailers",
    wire: "0\r\nX: a\r\n▸Host: b\r\n\r\n",
    expect: { fault: "ERR_TRAILER_NAME", status: 400, knownAt: 13 },
  },
  {
    name: "refuses a bad name before it looks at the value",
    section: "row trailers",
    wire: "0\r\n▸TE:\0\r\n\r\n",
    expect: { fault: "ERR_TRAILER_NAME", status: 400, knownAt: 5 },
  },
  ...[
    "content-length",
    "transfer-encoding",
    "trailer",
    "te",
    "connection",
    "upgrade",
    "host",
    "forwarded",
    "x-forwarded-",
    "X-Forwarded-For",
    "x-forwarded-proto",
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
  ].map(
    (name): ChunkedCase => ({
      name: `refuses ${name} in the trailer section`,
      section: "row trailers",
      wire: `0\r\n▸${name}: a\r\n\r\n`,
      expect: { fault: "ERR_TRAILER_NAME", status: 400, knownAt: 3 + name.length },
    }),
  ),
];
