// Cases of the chunked transfer coding up to its trailer section.
// Data without logic: they are played by run-case.ts.

import type { ChunkedCase } from "./case.ts";

export const chunkedCases: readonly ChunkedCase[] = [
  // ------------------------------------------------------------------------------ whole bodies
  {
    name: "reads the smallest message body",
    section: "9112 7.1",
    wire: "0\r\n\r\n",
    expect: { content: "", octets: 5, trailers: [] },
  },
  {
    name: "reads chunks in order",
    section: "9112 7.1",
    wire: "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n",
    expect: { content: "hello world", octets: 31 },
  },
  {
    name: "hands on CRLF and every octet inside chunk-data",
    section: "9112 7.1",
    wire: "9\r\n\r\n0\r\n\r\n\0\xff\r\n0\r\n\r\n",
    expect: { content: "\r\n0\r\n\r\n\0\xff", octets: 19 },
  },
  {
    name: "leaves octets behind the message body alone",
    section: "9112 7.1",
    wire: "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    expect: { content: "a", octets: 11 },
  },
  {
    name: "waits for the first digit",
    section: "9112 7.1",
    wire: "",
    expect: "need more",
  },
  {
    name: "waits inside chunk-data",
    section: "9112 8",
    wire: "5\r\nhel",
    expect: "need more",
  },
  {
    name: "waits for the CRLF behind chunk-data",
    section: "9112 8",
    wire: "5\r\nhello",
    expect: "need more",
  },
  {
    name: "waits for the empty line behind the last chunk",
    section: "9112 7.1",
    wire: "5\r\nhello\r\n0\r\n",
    expect: "need more",
  },
  {
    name: "waits for the LF of the empty line",
    section: "9112 7.1",
    wire: "0\r\n\r",
    expect: "need more",
  },

  // ------------------------------------------------------------------------------ chunk-size
  {
    name: "reads hexadecimal digits in both cases",
    section: "9112 7.1",
    wire: "0a\r\n0123456789\r\nB\r\n0123456789a\r\n00\r\n\r\n",
    expect: { content: "01234567890123456789a" },
  },
  {
    name: "takes 16 digits, zeros before the size too",
    section: "row chunk-size",
    wire: "0000000000000001\r\na\r\n0000000000000000\r\n\r\n",
    expect: { content: "a" },
  },
  {
    name: "refuses a seventeenth digit",
    section: "row chunk-size",
    wire: "0000000000000000▸1\r\na\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_SIZE_DIGITS", status: 400 },
  },
  {
    name: "refuses a seventeenth zero",
    section: "row chunk-size",
    wire: "0000000000000000▸0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_SIZE_DIGITS", status: 400 },
  },
  {
    name: "reads a size above 32 bits without wrapping",
    section: "9112 7.1",
    wire: "100000002\r\nab\r\n",
    expect: "need more",
  },
  {
    name: "refuses a size above the content limit instead of wrapping at 32 bits",
    section: "9112 7.1",
    wire: "10000000▸2\r\nab\r\n0\r\n\r\n",
    contentLimit: 1048576000,
    expect: { fault: "ERR_CONTENT_TOO_LARGE", status: 413 },
  },
  {
    name: "takes a size of 2^53 - 1",
    section: "9112 7.1",
    wire: "1fffffffffffff\r\na",
    expect: "need more",
  },
  {
    name: "refuses a size of 2^53 at its last digit",
    section: "9112 7.1",
    wire: "2000000000000▸0\r\na",
    expect: { fault: "ERR_CONTENT_TOO_LARGE", status: 413 },
  },
  {
    name: "refuses a size of 2^64 - 1 at the digit that goes beyond 2^53",
    section: "9112 7.1",
    wire: "fffffffffffff▸fff\r\na",
    expect: { fault: "ERR_CONTENT_TOO_LARGE", status: 413 },
  },
  {
    name: "refuses an empty size",
    section: "9112 7.1",
    wire: "▸\r\na\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses an empty size before an extension",
    section: "9112 7.1",
    wire: "▸;a=b\r\na\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a prefix of hexadecimal",
    section: "9112 7.1",
    wire: "0▸x2\r\nab\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a letter behind f",
    section: "9112 7.1",
    wire: "▸g\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a colon behind the digits",
    section: "9112 7.1",
    wire: "2▸:\r\nab\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a plus sign",
    section: "9112 7.1",
    wire: "▸+2\r\nab\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a minus sign",
    section: "9112 7.1",
    wire: "▸-2\r\nab\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses an underscore between digits",
    section: "9112 7.1",
    wire: "1▸_0\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a space before the size",
    section: "9112 7.1",
    wire: "▸ 2\r\nab\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a bad size of a later chunk",
    section: "9112 7.1",
    wire: "1\r\na\r\n▸z\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses an octet above 0x7f for a digit",
    section: "9112 7.1",
    wire: "1▸\xb2\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },

  // ------------------------------------------------------------------------------ line ends
  {
    name: "refuses a lone LF behind the size",
    section: "9112 2.2",
    wire: "1▸\na\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },
  {
    name: "refuses a lone CR behind the size",
    section: "9112 2.2",
    wire: "1\r▸a\r\n0\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses a space before the CRLF of a chunk line",
    section: "row chunk extensions",
    wire: "1 ▸\r\na\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a lone LF behind chunk-data",
    section: "9112 7.1",
    wire: "1\r\na▸\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_END", status: 400 },
  },
  {
    name: "refuses a lone CR behind chunk-data",
    section: "9112 7.1",
    wire: "1\r\na\r▸0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_END", status: 400 },
  },
  {
    name: "refuses chunk-data longer than its size",
    section: "9112 7.1",
    wire: "1\r\na▸a\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_END", status: 400 },
  },
  {
    name: "refuses chunk-data shorter than its size",
    section: "9112 7.1",
    wire: "2\r\na\r▸\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_END", status: 400 },
  },
  {
    name: "refuses two CRLF behind chunk-data",
    section: "9112 7.1",
    wire: "1\r\na\r\n▸\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_SIZE", status: 400 },
  },

  // ------------------------------------------------------------------------------ content limit
  {
    name: "takes as much content as the limit",
    section: "9110 15.5.14",
    wire: "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    contentLimit: 5,
    expect: { content: "abcde" },
  },
  {
    name: "refuses the digit that goes beyond the limit",
    section: "9110 15.5.14",
    wire: "3\r\nabc\r\n▸3\r\ndef\r\n0\r\n\r\n",
    contentLimit: 5,
    expect: { fault: "ERR_CONTENT_TOO_LARGE", status: 413 },
  },
  {
    name: "takes zeros before a size that just passes",
    section: "9110 15.5.14",
    wire: "005\r\nabcde\r\n0\r\n\r\n",
    contentLimit: 5,
    expect: { content: "abcde" },
  },
  {
    name: "takes an empty body when no content may come",
    section: "9110 15.5.14",
    wire: "00\r\nX: y\r\n\r\n",
    contentLimit: 0,
    expect: { content: "", trailers: [["X", "y"]] },
  },
  {
    name: "refuses the first octet when no content may come",
    section: "9110 15.5.14",
    wire: "0▸1\r\na\r\n0\r\n\r\n",
    contentLimit: 0,
    expect: { fault: "ERR_CONTENT_TOO_LARGE", status: 413 },
  },
];
