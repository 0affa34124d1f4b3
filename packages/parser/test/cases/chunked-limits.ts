// Cases of the limits of a chunked message body: each at the largest size that passes and at one
// more, at its default and where two meet.
// Data without logic: they are played by run-case.ts.

import type { ChunkedCase } from "./case.ts";

export const chunkedLimitCases: readonly ChunkedCase[] = [
  // ------------------------------------------------------------------------------ chunkLineOctets 4096
  {
    name: "takes a chunk line of 4096 octets",
    section: "9112 7.1.1",
    wire: `1;${"a".repeat(4094)}\r\na\r\n0\r\n\r\n`,
    expect: { content: "a" },
  },
  {
    name: "refuses the octet 4097 of a chunk line",
    section: "9112 7.1.1",
    wire: `1;${"a".repeat(4094)}▸a\r\na\r\n0\r\n\r\n`,
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },
  {
    name: "refuses the octet 4097 of a last chunk's line",
    section: "9112 7.1.1",
    wire: `0;a="${"b".repeat(4091)}▸"\r\n\r\n`,
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },
  {
    name: "counts whitespace around the semicolon",
    section: "9112 7.1.1",
    wire: "1   ▸ ;a\r\n",
    limits: { chunkLineOctets: 4 },
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },
  {
    name: "counts digits of the size",
    section: "9112 7.1.1",
    wire: "000▸1\r\n",
    limits: { chunkLineOctets: 3 },
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },
  {
    name: "lets a chunk line's limit win over grammar on one octet",
    section: "9112 7.1.1",
    wire: "1;a▸@\r\n",
    limits: { chunkLineOctets: 3 },
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },
  {
    name: "takes a CR at the limit of a chunk line for its end",
    section: "9112 7.1.1",
    wire: "1;a\r\na\r\n0\r\n\r\n",
    limits: { chunkLineOctets: 3 },
    expect: { content: "a" },
  },
  {
    name: "refuses a lone LF at the limit of a chunk line as an octet too many",
    section: "9112 7.1.1",
    wire: "1;a▸\na\r\n0\r\n\r\n",
    limits: { chunkLineOctets: 3 },
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },
  {
    name: "lets a chunk line's limit win over the content's on one octet",
    section: "9112 7.1.1",
    wire: "0▸5\r\nabcde\r\n",
    limits: { chunkLineOctets: 1 },
    contentLimit: 0,
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },

  // ------------------------------------------------------------------------------ chunkExcessOctets 16384
  {
    name: "takes chunk lines that exceed their content by 16384 octets",
    section: "9112 7.1.1",
    // Each line has 4018 octets with its CRLF, 4000 more than 16 + 2: four make 16000. The last
    // adds 384.
    wire: `${`1;${"a".repeat(4014)}\r\na\r\n`.repeat(4)}0;${"b".repeat(396)}\r\n\r\n`,
    expect: { content: "aaaa" },
  },
  {
    name: "refuses the octet that exceeds the content by 16385, the LF of the last line",
    section: "9112 7.1.1",
    wire: `${`1;${"a".repeat(4014)}\r\na\r\n`.repeat(4)}0;${"b".repeat(397)}\r▸\n\r\n`,
    expect: { fault: "ERR_CHUNK_EXCESS", status: 413 },
  },
  {
    name: "refuses the octet that exceeds the content by 16385, in an extension",
    section: "9112 7.1.1",
    wire: `${`1;${"a".repeat(4014)}\r\na\r\n`.repeat(4)}0;${"b".repeat(398)}▸b\r\n\r\n`,
    expect: { fault: "ERR_CHUNK_EXCESS", status: 413 },
  },
  {
    name: "refuses the CR that exceeds the content",
    section: "9112 7.1.1",
    // 16 + 2 octets are free, and none beside them.
    wire: `1;${"a".repeat(16)}▸\r\na\r\n0\r\n\r\n`,
    limits: { chunkExcessOctets: 0 },
    expect: { fault: "ERR_CHUNK_EXCESS", status: 413 },
  },
  {
    name: "takes tiny chunks without extensions for ever",
    section: "9112 7.1.1",
    wire: `${"1\r\na\r\n".repeat(300)}0\r\n\r\n`,
    limits: { chunkExcessOctets: 0 },
    expect: { content: "a".repeat(300) },
  },
  {
    name: "forgives excess by content that follows",
    section: "9112 7.1.1",
    // 24 octets of line: 6 of excess; then a plain chunk of 1 octet forgives 15.
    wire: `1;${"a".repeat(20)}\r\na\r\n1\r\na\r\n1;${"a".repeat(20)}\r\na\r\n0\r\n\r\n`,
    limits: { chunkExcessOctets: 6 },
    expect: { content: "aaa" },
  },
  {
    name: "saves nothing up for later excess",
    section: "9112 7.1.1",
    wire: `5\r\nabcde\r\n5\r\nabcde\r\n1;${"a".repeat(20)}\r\na\r\n1;${"a".repeat(16)}▸a\r\na\r\n0\r\n\r\n`,
    limits: { chunkExcessOctets: 6 },
    expect: { fault: "ERR_CHUNK_EXCESS", status: 413 },
  },
  {
    name: "lets a chunk line's limit win over the excess on one octet",
    section: "9112 7.1.1",
    wire: `1;${"a".repeat(16)}▸a\r\na\r\n0\r\n\r\n`,
    limits: { chunkExcessOctets: 0, chunkLineOctets: 18 },
    expect: { fault: "ERR_CHUNK_LINE_TOO_LONG", status: 413 },
  },

  // ------------------------------------------------------------------------------ trailerOctets 4096
  {
    name: "takes a trailer section of 4096 octets",
    section: "6585 5",
    wire: `0\r\nX: ${"a".repeat(4089)}\r\n\r\n`,
    expect: { trailers: [["X", "a".repeat(4089)]] },
  },
  {
    name: "refuses the LF of the empty line as octet 4097 of the trailer section",
    section: "6585 5",
    wire: `0\r\nX: ${"a".repeat(4090)}\r\n\r▸\n`,
    expect: { fault: "ERR_TRAILERS_TOO_LARGE", status: 431 },
  },
  {
    name: "refuses octet 4097 of the trailer section inside a value",
    section: "6585 5",
    wire: `0\r\nX: ${"a".repeat(4093)}▸a\r\n\r\n`,
    expect: { fault: "ERR_TRAILERS_TOO_LARGE", status: 431 },
  },
  {
    name: "does not count chunk lines to the trailer section",
    section: "6585 5",
    wire: "2;abcdef\r\nab\r\n00000\r\nX: abc\r\n\r\n",
    limits: { trailerOctets: 10 },
    expect: { trailers: [["X", "abc"]] },
  },
  {
    name: "lets a field's limit win over the trailer section's on one octet",
    section: "6585 5",
    wire: "0\r\nX: a▸b\r\n\r\n",
    limits: { fieldOctets: 4, trailerOctets: 4 },
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },
  {
    name: "lets the limit of a line win over the name it cuts off",
    section: "row trailers",
    wire: "0\r\nHost▸: a\r\n\r\n",
    limits: { fieldOctets: 4 },
    expect: { fault: "ERR_FIELD_TOO_LONG", status: 431 },
  },

  // ------------------------------------------------------------------------------ trailerLines 32
  {
    name: "takes 32 trailer lines",
    section: "6585 5",
    wire: `0\r\n${"a:b\r\n".repeat(32)}\r\n`,
    expect: { octets: 165 },
  },
  {
    name: "refuses the first octet of trailer line 33",
    section: "6585 5",
    wire: `0\r\n${"a:b\r\n".repeat(32)}▸a:b\r\n\r\n`,
    expect: { fault: "ERR_TOO_MANY_TRAILERS", status: 431 },
  },
  {
    name: "takes an empty trailer section when no line may come",
    section: "6585 5",
    wire: "0\r\n\r\n",
    limits: { trailerLines: 0 },
    expect: { trailers: [] },
  },
  {
    name: "refuses any trailer when no line may come",
    section: "6585 5",
    wire: "0\r\n▸a:b\r\n\r\n",
    limits: { trailerLines: 0 },
    expect: { fault: "ERR_TOO_MANY_TRAILERS", status: 431 },
  },
];
