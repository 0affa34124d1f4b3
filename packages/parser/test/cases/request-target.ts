// Cases of the request-target: its octets and its forms but absolute-form.
// Data without logic: they are played by run-case.ts.

import type { HeadCase } from "./case.ts";

export const requestTargetCases: readonly HeadCase[] = [
  // ------------------------------------------------------------------------------ octets
  {
    name: "takes what browsers send besides RFC 3986 in path and query, unchanged",
    section: "octets in the target",
    wire: 'GET /"<>[]\\^`{}|%%zz?"<>[]\\^`{}|%?% HTTP/1.1\r\nHost: a\r\n\r\n',
    expect: {
      target: '/"<>[]\\^`{}|%%zz?"<>[]\\^`{}|%?%',
      path: '/"<>[]\\^`{}|%%zz',
      query: '"<>[]\\^`{}|%?%',
    },
  },
  {
    name: "does not decode a target",
    section: "9112 3.3",
    wire: "GET /%2e%2E/%0d%0aX:%00?%3f HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { path: "/%2e%2E/%0d%0aX:%00", query: "%3f" },
  },
  {
    name: "refuses a fragment",
    section: "9112 3.2.1",
    wire: "GET /a▸#b HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses a fragment at the target's start",
    section: "9112 3.2.1",
    wire: "GET ▸# HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses a fragment in absolute-form",
    section: "9112 3.2.2",
    wire: "GET http://a/▸#b HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses NUL in the target",
    section: "9112 3.2",
    wire: "GET /▸\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses DEL in the target",
    section: "9112 3.2",
    wire: "GET /▸\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses UTF-8 in the target",
    section: "9112 3.2",
    wire: "GET /caf▸\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses a lone LF in the target",
    section: "9112 2.2",
    wire: "GET /a▸\nb HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET", status: 400 },
  },
  {
    name: "refuses an unencoded space in the target by what follows it",
    section: "9112 3.2",
    wire: "GET /a ▸b HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_VERSION", status: 400 },
  },

  // ------------------------------------------------------------------------------ origin-form
  {
    name: "cuts the query at the first question mark",
    section: "9112 3.2.1",
    wire: "GET /a/b?c=d?e HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { targetForm: "origin", path: "/a/b", query: "c=d?e" },
  },
  {
    name: "takes an empty query",
    section: "9112 3.2.1",
    wire: "GET /a? HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { path: "/a", query: "" },
  },
  {
    name: "keeps two leading slashes a path",
    section: "9112 3.2.1",
    wire: "GET //a/b HTTP/1.1\r\nHost: h\r\n\r\n",
    expect: { targetForm: "origin", path: "//a/b", authority: "h" },
  },
  {
    name: "keeps a URI behind a slash a path",
    section: "9112 3.2.1",
    wire: "GET /http://u@x:y/? HTTP/1.1\r\nHost: h\r\n\r\n",
    expect: { targetForm: "origin", path: "/http://u@x:y/", authority: "h" },
  },
  {
    name: "refuses a relative path",
    section: "9112 3.2.1",
    wire: "GET ▸a/b HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_FORM", status: 400 },
  },
  {
    name: "refuses a path of dots",
    section: "9112 3.2.1",
    wire: "GET ▸../a HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_FORM", status: 400 },
  },
  {
    name: "refuses a query without a path",
    section: "9112 3.2.1",
    wire: "GET ▸?a HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_FORM", status: 400 },
  },
  {
    name: "refuses a backslash as the first octet",
    section: "9112 3.2.1",
    wire: "GET ▸\\a HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_FORM", status: 400 },
  },

  // ------------------------------------------------------------------------------ asterisk-form
  {
    name: "takes an asterisk with OPTIONS",
    section: "9112 3.2.4",
    wire: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { targetForm: "asterisk", target: "*", path: "*", query: "", authority: "a" },
  },
  {
    name: "refuses an asterisk with GET",
    section: "9112 3.2.4",
    wire: "GET ▸* HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_ASTERISK", status: 400 },
  },
  {
    name: "refuses an asterisk with OPTIONS in lower case",
    section: "9110 9.1",
    wire: "options ▸* HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_ASTERISK", status: 400 },
  },
  {
    name: "refuses an asterisk with more behind it",
    section: "9112 3.2.4",
    wire: "OPTIONS ▸*a HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_FORM", status: 400 },
  },

  // ------------------------------------------------------------------------------ authority-form
  {
    name: "takes a host and port with CONNECT",
    section: "9112 3.2.3",
    wire: "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    expect: { targetForm: "authority", path: "", query: "", authority: "example.org:443" },
  },
  {
    name: "takes an IPv6 literal with CONNECT",
    section: "9112 3.2.3",
    wire: "CONNECT [::1]:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { targetForm: "authority", authority: "[::1]:80" },
  },
  {
    name: "refuses authority-form with another method",
    section: "9112 3.2.3",
    wire: "GET ▸example.org:80 HTTP/1.1\r\nHost: example.org\r\n\r\n",
    expect: { fault: "ERR_TARGET_AUTHORITY_FORM", status: 400 },
  },
  {
    name: "refuses CONNECT in lower case with authority-form",
    section: "9110 9.1",
    wire: "connect ▸example.org:80 HTTP/1.1\r\nHost: example.org\r\n\r\n",
    expect: { fault: "ERR_TARGET_AUTHORITY_FORM", status: 400 },
  },
  {
    name: "refuses CONNECT with origin-form",
    section: "9112 3.2.3",
    wire: "CONNECT ▸/ HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
  {
    name: "refuses CONNECT with absolute-form",
    section: "9112 3.2.3",
    wire: "CONNECT ▸http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
  {
    name: "refuses CONNECT with an asterisk",
    section: "9112 3.2.3",
    wire: "CONNECT ▸* HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
  {
    name: "refuses CONNECT without a port",
    section: "9110 9.3.6",
    wire: "CONNECT ▸example.org HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
  {
    name: "refuses CONNECT with an empty port",
    section: "9110 9.3.6",
    wire: "CONNECT ▸example.org: HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
  {
    name: "refuses CONNECT with a port above 65535",
    section: "9110 9.3.6",
    wire: "CONNECT ▸example.org:65536 HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
  {
    name: "refuses CONNECT with userinfo",
    section: "9112 3.2.3",
    wire: "CONNECT ▸u@example.org:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    expect: { fault: "ERR_TARGET_CONNECT", status: 400 },
  },
];
