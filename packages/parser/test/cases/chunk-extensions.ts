// Cases of chunk extensions: read by grammar, then ignored.
// Data without logic: they are played by run-case.ts.

import type { ChunkedCase } from "./case.ts";

export const chunkExtensionCases: readonly ChunkedCase[] = [
  {
    name: "ignores an extension without a value",
    section: "9112 7.1.1",
    wire: "1;a\r\na\r\n0;b\r\n\r\n",
    expect: { content: "a" },
  },
  {
    name: "ignores extensions with values",
    section: "9112 7.1.1",
    wire: '1;a=b;c="d";e\r\na\r\n0;f=""\r\n\r\n',
    expect: { content: "a" },
  },
  {
    name: "takes BWS around the semicolon and the equals sign",
    section: "9112 7.1.1",
    wire: '1 \t; \ta\t = \tb ;\tc\t;d= "e" ; f\r\na\r\n0\r\n\r\n',
    expect: { content: "a" },
  },
  {
    name: "takes what a quoted string may hold, CRLF not among it",
    section: "9110 5.6.4",
    wire: '1;a="\t ;=!#[]~\x80\xff\\"\\\\\\\t\\a"\r\na\r\n0\r\n\r\n',
    expect: { content: "a" },
  },
  {
    name: "waits inside a quoted string",
    section: "9112 7.1.1",
    wire: '1;a="b',
    expect: "need more",
  },
  {
    name: "refuses a semicolon alone",
    section: "9112 7.1.1",
    wire: "1;▸\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses two semicolons",
    section: "9112 7.1.1",
    wire: "1;▸;a\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses an extension without a name",
    section: "9112 7.1.1",
    wire: "1;▸=a\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses an equals sign without a value",
    section: "9112 7.1.1",
    wire: "1;a=▸\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses two equals signs",
    section: "9112 7.1.1",
    wire: "1;a=▸=b\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses two tokens with a space between",
    section: "9112 7.1.1",
    wire: "1;a ▸b\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a token behind a quoted string",
    section: "9112 7.1.1",
    wire: '1;a="b"▸c\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a quote inside a token",
    section: "9112 7.1.1",
    wire: '1;a=b▸"c"\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a space before the CRLF behind an extension's name",
    section: "row chunk extensions",
    wire: "1;a ▸\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a space before the CRLF behind an extension's value",
    section: "row chunk extensions",
    wire: '1;a="b"\t▸\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses an open quote at the end of the line",
    section: "9112 7.1.1",
    wire: '1;a="b▸\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a backslash at the end of the line",
    section: "9110 5.6.4",
    wire: '1;a="b\\▸\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses LF in a quoted string",
    section: "9112 7.1.1",
    wire: '1;a="▸\nb"\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses NUL in a quoted string",
    section: "9110 5.6.4",
    wire: '1;a="▸\0"\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses DEL behind a backslash",
    section: "9110 5.6.4",
    wire: '1;a="\\▸\x7f"\r\na\r\n',
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a lone LF behind an extension",
    section: "9112 2.2",
    wire: "1;a▸\na\r\n0\r\n\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
  {
    name: "refuses a lone CR behind an extension",
    section: "9112 2.2",
    wire: "1;a\r▸a\r\n0\r\n\r\n",
    expect: { fault: "ERR_BARE_CR", status: 400 },
  },
  {
    name: "refuses an octet above 0x7f in an extension's name",
    section: "9112 7.1.1",
    wire: "1;▸\xe9\r\na\r\n",
    expect: { fault: "ERR_CHUNK_EXTENSION", status: 400 },
  },
];
