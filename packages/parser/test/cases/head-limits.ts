// Cases of the limits of a head: each at the largest size that passes and at one more, at its
// default and where two meet.
// Data without logic: they are played by run-case.ts.

import type { HeadCase } from "./case.ts";

const HEAD_16384_OCTETS = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(8189)}\r\nY: ${"y".repeat(8158)}`;

export const headLimitCases: readonly HeadCase[] = [
  // ------------------------------------------------------------------------------ method, 24 octets
  {
    name: "takes a method of 24 octets",
    section: "row methods",
    wire: `${"M".repeat(24)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    expect: { method: "M".repeat(24) },
  },
  {
    name: "refuses the 25th octet of a method",
    section: "row methods",
    wire: `${"M".repeat(24)}▸M / HTTP/1.1\r\nHost: a\r\n\r\n`,
    expect: { fault: "ERR_METHOD_TOO_LONG", status: 501 },
  },
  {
    name: "calls an octet that is no tchar malformed behind 24",
    section: "row methods",
    wire: `${"M".repeat(24)}▸@ / HTTP/1.1\r\nHost: a\r\n\r\n`,
    expect: { fault: "ERR_METHOD", status: 400 },
  },
  {
    name: "counts a method from behind the empty lines",
    section: "row methods",
    wire: `\r\n\r\n${"M".repeat(24)}▸M`,
    expect: { fault: "ERR_METHOD_TOO_LONG", status: 501 },
  },

  // ------------------------------------------------------------------------------ requestLineOctets 8192
  {
    name: "takes a request-line of 8192 octets",
    section: "9112 3",
    wire: `GET /${"a".repeat(8178)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    expect: { target: `/${"a".repeat(8178)}` },
  },
  {
    name: "refuses the octet 8193 of a request-line, in its version",
    section: "9112 3",
    wire: `GET /${"a".repeat(8179)} HTTP/1.▸1\r\nHost: a\r\n\r\n`,
    expect: { fault: "ERR_REQUEST_LINE_TOO_LONG", status: 414 },
  },
  {
    name: "refuses the octet 8193 of a request-line, in its target",
    section: "9112 3",
    wire: `GET /${"a".repeat(8187)}▸a`,
    expect: { fault: "ERR_REQUEST_LINE_TOO_LONG", status: 414 },
  },
  {
    name: "counts a request-line from behind the empty lines",
    section: "9112 2.2",
    wire: `\r\n\r\nGET /${"a".repeat(8178)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    expect: { octets: 8209 },
  },
  {
    name: "lets the limit of a line win over grammar on one octet",
    section: "9112 3",
    wire: "GET /aaa▸# HTTP/1.1\r\n",
    limits: { requestLineOctets: 8 },
    expect: { fault: "ERR_REQUEST_LINE_TOO_LONG", status: 414 },
  },
  {
    name: "lets grammar win one octet before the limit of a line",
    section: "9112 3",
    wire: "GET /aa▸#a HTTP/1.1\r\n",
    limits: { requestLineOctets: 8 },
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "lets the method's limit win over the line's on one octet",
    section: "row methods",
    wire: `${"M".repeat(24)}▸M`,
    limits: { requestLineOctets: 24 },
    expect: { fault: "ERR_METHOD_TOO_LONG", status: 501 },
  },
  {
    name: "refuses the space behind a method by the line's limit",
    section: "9112 3",
    wire: `${"M".repeat(24)}▸ / HTTP/1.1`,
    limits: { requestLineOctets: 24 },
    expect: { fault: "ERR_REQUEST_LINE_TOO_LONG", status: 414 },
  },
  {
    name: "takes a CR at the limit of a line for its end",
    section: "9112 3",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    limits: { requestLineOctets: 14 },
    expect: { octets: 27 },
  },
  {
    name: "judges a CR at the limit of a line by grammar",
    section: "9112 3",
    wire: "GET /▸\r\n",
    limits: { requestLineOctets: 5 },
    expect: { fault: "ERR_VERSION_MISSING", status: 400 },
  },
  {
    name: "judges what follows a CR at the limit by grammar",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r▸a",
    limits: { requestLineOctets: 14 },
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a lone LF at the limit of a line as an octet too many",
    section: "9112 3",
    wire: "GET / HTTP/1.1▸\n",
    limits: { requestLineOctets: 14 },
    expect: { fault: "ERR_REQUEST_LINE_TOO_LONG", status: 414 },
  },

  // ------------------------------------------------------------------------------ fieldOctets 8192
  {
    name: "takes a field line of 8192 octets",
    section: "6585 5",
    wire: `GET / HTTP/1.0\r\nX: ${"a".repeat(8189)}\r\n\r\n`,
    expect: { fields: [["X", "a".repeat(8189)]] },
  },
  {
    name: "refuses the octet 8193 of a field line",
    section: "6585 5",
    wire: `GET / HTTP/1.0\r\nX: ${"a".repeat(8189)}▸a\r\n\r\n`,
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "refuses the octet 8193 of a field name",
    section: "6585 5",
    wire: `GET / HTTP/1.0\r\n${"a".repeat(8192)}▸a`,
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "counts whitespace around a value",
    section: "6585 5",
    wire: `GET / HTTP/1.0\r\nX:${" ".repeat(8190)}▸ \r\n\r\n`,
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "takes whitespace up to the limit behind a value",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nX: a    \r\n\r\n",
    limits: { fieldOctets: 8 },
    expect: { fields: [["X", "a"]] },
  },
  {
    name: "refuses the colon of a field line as an octet too many",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nabcd▸: e\r\n\r\n",
    limits: { fieldOctets: 4 },
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "lets a field's limit win over grammar on one octet",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nX: a▸\0\r\n\r\n",
    limits: { fieldOctets: 4 },
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "judges a CR at a field's limit by grammar",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nabcd▸\r\n\r\n",
    limits: { fieldOctets: 4 },
    expect: { fault: "ERR_FIELD_COLON", status: 400 },
  },
  {
    name: "counts each field line anew",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nX: a\r\nY: b\r\nZ:▸ cd\r\n\r\n",
    limits: { fieldOctets: 4, headOctets: 30 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },

  // ------------------------------------------------------------------------------ fieldLines 100
  {
    name: "takes 100 field lines",
    section: "6585 5",
    wire: `GET / HTTP/1.0\r\n${"a:b\r\n".repeat(100)}\r\n`,
    expect: { octets: 518 },
  },
  {
    name: "refuses the first octet of field line 101",
    section: "6585 5",
    wire: `GET / HTTP/1.0\r\n${"a:b\r\n".repeat(100)}▸a:b\r\n\r\n`,
    expect: { fault: "ERR_TOO_MANY_FIELDS", status: 431 },
  },
  {
    name: "lets the number of lines win over grammar on one octet",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\na:b\r\n▸ c\r\n\r\n",
    limits: { fieldLines: 1 },
    expect: { fault: "ERR_TOO_MANY_FIELDS", status: 431 },
  },
  {
    name: "lets the number of lines win over the head on one octet",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\na:b\r\n▸c:d\r\n\r\n",
    limits: { fieldLines: 1, headOctets: 21 },
    expect: { fault: "ERR_TOO_MANY_FIELDS", status: 431 },
  },

  // ------------------------------------------------------------------------------ headOctets 16384
  {
    name: "takes a head of 16384 octets",
    section: "6585 5",
    wire: `${HEAD_16384_OCTETS}\r\n\r\n`,
    expect: { octets: 16384 },
  },
  {
    name: "refuses the LF of the empty line as octet 16385",
    section: "6585 5",
    wire: `${HEAD_16384_OCTETS}y\r\n\r▸\n`,
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "refuses the CR of the empty line as octet 16385",
    section: "6585 5",
    wire: `${HEAD_16384_OCTETS}yy\r\n▸\r\n`,
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "refuses octet 16385 inside a field value",
    section: "6585 5",
    wire: `${HEAD_16384_OCTETS}yyyy▸y\r\n\r\n`,
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "counts skipped empty lines as part of the head",
    section: "9112 2.2",
    wire: "\r\n\r\nGET / HTTP/1.0\r\n\r▸\n",
    limits: { headOctets: 21 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "takes a head with skipped empty lines at its limit",
    section: "9112 2.2",
    wire: "\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    limits: { headOctets: 22 },
    expect: { octets: 22 },
  },
  {
    name: "refuses an octet of the empty lines by the head's limit",
    section: "9112 2.2",
    wire: "\r\n\r▸\nGET / HTTP/1.0\r\n\r\n",
    limits: { headOctets: 3 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "lets the head's limit win over a third empty line on one octet",
    section: "9112 2.2",
    wire: "\r\n\r\n▸\r\n",
    limits: { headOctets: 4 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "lets a line's limit win over the head's on one octet",
    section: "9112 3",
    wire: "GET /a▸b HTTP/1.0\r\n\r\n",
    limits: { requestLineOctets: 6, headOctets: 6 },
    expect: { fault: "ERR_REQUEST_LINE_TOO_LONG", status: 414 },
  },
  {
    name: "lets a field's limit win over the head's on one octet",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nX: a▸b\r\n\r\n",
    limits: { fieldOctets: 4, headOctets: 20 },
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "refuses the LF of a request-line by the head's limit before its version",
    section: "6585 5",
    wire: "GET / HTTP/2.0\r▸\n\r\n",
    limits: { headOctets: 15 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "refuses a CR that ends a line at both limits by the head's",
    section: "6585 5",
    wire: "GET / HTTP/1.0▸\r\n\r\n",
    limits: { requestLineOctets: 14, headOctets: 14 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "refuses the LF of a field line by the head's limit",
    section: "6585 5",
    wire: "GET / HTTP/1.0\r\nX: a\r▸\n\r\n",
    limits: { headOctets: 21 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
  {
    name: "refuses an octet of the method by the head's limit",
    section: "6585 5",
    wire: "GE▸T / HTTP/1.0\r\n\r\n",
    limits: { headOctets: 2 },
    expect: { fault: "ERR_HEAD_TOO_LARGE", status: 431 },
  },
];
