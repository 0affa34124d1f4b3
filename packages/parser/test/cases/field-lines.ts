// Cases of line ends, the header section and the end of a head: grammar only.
// Data without logic: they are played by run-case.ts.

import type { HeadCase } from "./case.ts";

export const fieldLineCases: readonly HeadCase[] = [
  // ------------------------------------------------------------------------------ line ends
  {
    name: "refuses a lone LF behind the version",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1▸\nHost: a\r\n\r\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone CR behind the version",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r▸Host: a\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses two CR before the LF of the request-line",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r▸\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a lone LF behind a field value",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a▸\n\r\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone LF behind an empty field value",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nX:▸\n\r\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone CR behind a field value",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r▸X: y\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a lone CR behind the colon",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost:\r▸a\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses two CR behind a field value",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r▸\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a lone LF where the empty line is due",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n▸\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },
  {
    name: "refuses a lone CR where the empty line is due",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n\r▸GET / HTTP/1.1\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses two CR where the empty line is due",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\n\r▸\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a lone LF right behind a request-line",
    section: "9112 2.2",
    wire: "GET / HTTP/1.0\r\n▸\n",
    expect: { fault: "ERR_BARE_LF", status: 400 },
  },

  // ------------------------------------------------------------------------------ field names
  {
    name: "keeps the case of a field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\nhOsT: a\r\nX-a_B: y\r\n\r\n",
    expect: {
      authority: "a",
      fields: [
        ["hOsT", "a"],
        ["X-a_B", "y"],
      ],
    },
  },
  {
    name: "takes every tchar that is no letter in a field name",
    section: "9110 5.6.2",
    wire: "GET / HTTP/1.0\r\n!#$%&'*+-.^_`|~09: y\r\n\r\n",
    expect: { fields: [["!#$%&'*+-.^_`|~09", "y"]] },
  },
  {
    name: "takes __proto__ and constructor as plain names",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\n__proto__: 1\r\nconstructor: 2\r\n1: 3\r\n\r\n",
    expect: {
      fields: [
        ["__proto__", "1"],
        ["constructor", "2"],
        ["1", "3"],
      ],
    },
  },
  {
    name: "refuses an empty field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\n▸: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses a bracket in a field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\nX▸[0]: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses a slash in a field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\nX▸/Y: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses NUL in a field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\nX▸\0: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses a no-break space in a field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\nX▸\xa0: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses the octets of the Kelvin sign in a field name",
    section: "9110 5.1",
    wire: "GET / HTTP/1.0\r\nX▸\xe2\x84\xaa: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME", status: 400 },
  },
  {
    name: "refuses a space between field name and colon",
    section: "9112 5.1",
    wire: "GET / HTTP/1.0\r\nContent-Length▸ : 5\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME_SPACE", status: 400 },
  },
  {
    name: "refuses a tab between field name and colon",
    section: "9112 5.1",
    wire: "GET / HTTP/1.0\r\nX▸\t: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME_SPACE", status: 400 },
  },
  {
    name: "refuses a space inside a field name",
    section: "9112 5.1",
    wire: "GET / HTTP/1.0\r\nX▸ Y: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_NAME_SPACE", status: 400 },
  },
  {
    name: "refuses a field line without a colon",
    section: "9112 5",
    wire: "GET / HTTP/1.0\r\nnonsense▸\r\n\r\n",
    expect: { fault: "ERR_FIELD_COLON", status: 400 },
  },
  {
    name: "refuses a lone LF inside a field name",
    section: "9112 2.2",
    wire: "GET / HTTP/1.0\r\nnonsense▸\n: y\r\n\r\n",
    expect: { fault: "ERR_FIELD_COLON", status: 400 },
  },

  // ------------------------------------------------------------------------------ whitespace at a line's start
  {
    name: "refuses a space before the first field line",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\n▸ Host: a\r\n\r\n",
    expect: { fault: "ERR_FIELD_LEADING_SPACE", status: 400 },
  },
  {
    name: "refuses a tab before the first field line",
    section: "9112 2.2",
    wire: "GET / HTTP/1.1\r\n▸\tHost: a\r\n\r\n",
    expect: { fault: "ERR_FIELD_LEADING_SPACE", status: 400 },
  },
  {
    name: "refuses an empty line made of spaces",
    section: "9112 5",
    wire: "GET / HTTP/1.1\r\n▸  \r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_FIELD_LEADING_SPACE", status: 400 },
  },
  {
    name: "refuses a folded value",
    section: "9112 5.2",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n▸ z\r\n\r\n",
    expect: { fault: "ERR_FIELD_FOLDED", status: 400 },
  },
  {
    name: "refuses a value folded with a tab",
    section: "9112 5.2",
    wire: "GET / HTTP/1.1\r\nTransfer-Encoding:\r\n▸\tchunked\r\n\r\n",
    expect: { fault: "ERR_FIELD_FOLDED", status: 400 },
  },

  // ------------------------------------------------------------------------------ field values
  {
    name: "trims SP and HTAB on both ends of a value only",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX: \t \ty \t z\t \t\r\n\r\n",
    expect: { fields: [["X", "y \t z"]] },
  },
  {
    name: "reads a value right behind the colon",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX:y\r\n\r\n",
    expect: { fields: [["X", "y"]] },
  },
  {
    name: "takes colons in a value",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX::y:\r\n\r\n",
    expect: { fields: [["X", ":y:"]] },
  },
  {
    name: "takes an empty value",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX:\r\nY: z\r\n\r\n",
    expect: {
      fields: [
        ["X", ""],
        ["Y", "z"],
      ],
    },
  },
  {
    name: "takes a value of whitespace only as empty",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX: \t \t \r\n\r\n",
    expect: { fields: [["X", ""]] },
  },
  {
    name: "keeps octets from 0x80 on in a value, whitespace of Unicode too",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX: \x85\x80caf\xe9 \xff\xa0\r\n\r\n",
    expect: { fields: [["X", "\x85\x80caf\xe9 \xff\xa0"]] },
  },
  {
    name: "refuses NUL in a value",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX: a▸\0b\r\n\r\n",
    expect: { fault: "ERR_FIELD_VALUE", status: 400 },
  },
  {
    name: "refuses DEL in a value",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX: a▸\x7f\r\n\r\n",
    expect: { fault: "ERR_FIELD_VALUE", status: 400 },
  },
  {
    name: "refuses VT behind the colon",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX:▸\x0by\r\n\r\n",
    expect: { fault: "ERR_FIELD_VALUE", status: 400 },
  },
  {
    name: "refuses FF at the end of a value",
    section: "9110 5.5",
    wire: "GET / HTTP/1.0\r\nX: y ▸\x0c\r\n\r\n",
    expect: { fault: "ERR_FIELD_VALUE", status: 400 },
  },
  {
    name: "keeps repeated field lines apart and in order",
    section: "9110 5.3",
    wire: "GET / HTTP/1.0\r\nAccept: a\r\nX: 1\r\naccept: b\r\n\r\n",
    expect: {
      fields: [
        ["Accept", "a"],
        ["X", "1"],
        ["accept", "b"],
      ],
    },
  },
];
