// Random messages: mostly right, then damaged. Texts have one character per octet.

import fc from "fast-check";
import type { ReferenceLimits } from "./reference.ts";

/**
 * A value from the first list most of the time, so that a message often gets past this part of it.
 */
function mostly(usual: readonly string[], ...others: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  const rare = others.map((arbitrary) => ({ weight: 1, arbitrary }));
  return fc.oneof({ weight: 20 * others.length, arbitrary: fc.constantFrom(...usual) }, ...rare);
}

function textOf(characters: string, max: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters), maxLength: max });
}

const anyOctet = fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet));
// The octets that grammar turns on come more often than their share.
const telling = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...'\r\n\t :;,="\\/?#[]%*@.0159afghHT_\0\x7f\x80\xff') },
  { weight: 1, arbitrary: anyOctet },
);

const lineEnd = mostly(["\r\n"], fc.constantFrom("\n", "\r", "\r\r\n", "\n\r"));
const token = mostly(["X", "a-b", "Accept"], textOf("!#$%&'*+-.^_`|~09azAZ", 8));
const ows = mostly(["", " "], textOf(" \t", 4));

const part = fc.constantFrom(..."0 9 10 99 100 199 200 249 250 255".split(" "));
const oddPart = fc.constantFrom("", "00", "01", "256", "299", "300", "1000", "a");
const ipv4 = fc
  .array(fc.oneof({ weight: 12, arbitrary: part }, oddPart), { minLength: 4, maxLength: 4 })
  .map((parts) => parts.join("."));

const host = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "a",
      "example.org",
      "A.Example",
      "127.0.0.1",
      "[::1]",
      "[1:2:3:4:5:6:7:8]",
      "",
    ),
  },
  textOf("aZ9.-_~%2fF!$&'()*+,;=@{", 8),
  textOf("0123:::fF.", 24).map((address) => `[${address}]`),
  fc
    .tuple(fc.array(textOf("09af", 4), { maxLength: 9 }), fc.option(ipv4))
    .map(([groups, tail]) => `[${groups.concat(tail ?? []).join(":")}]`),
  textOf("vV1aF.:~,", 8).map((address) => `[${address}]`),
);
const port = mostly(
  ["", ":", ":80"],
  fc.constantFrom(":443", ":65535", ":65536", ":080"),
  textOf(":0189a", 7),
);

/** uri-host with a port, or something near it. */
export const authority: fc.Arbitrary<string> = fc.tuple(host, port).map((parts) => parts.join(""));

const pathAndQuery = mostly(
  ["/", "/a/b?c=d", "", "?x", "/?"],
  textOf('/?ab.%2"<>[]\\^`{}|:@*', 10),
);
const target = fc.oneof(
  { weight: 12, arbitrary: pathAndQuery.map((text) => (text.startsWith("/") ? text : `/${text}`)) },
  { weight: 1, arbitrary: fc.constantFrom("*", "a", "a:80", "../a", "http:/a", "mailto:a") },
  { weight: 1, arbitrary: authority },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        mostly(["http://"], fc.constantFrom("HTTP://", "https://", "ftp://", "http:")),
        mostly(["a", "A:80", "a:"], authority),
        pathAndQuery,
      )
      .map((parts) => parts.join("")),
  },
);

const method = mostly(
  ["GET", "GET", "GET", "POST", "OPTIONS", "OPTIONS", "CONNECT"],
  token,
  textOf("M", 27),
);
const version = mostly(
  ["HTTP/1.1", "HTTP/1.1", "HTTP/1.0"],
  fc.constantFrom(
    "HTTP/1.7",
    "HTTP/2.0",
    "HTTP/0.9",
    "HTTP/1.10",
    "http/1.1",
    "HTTP/1",
    "HHTTP/1.1",
    "",
  ),
);

const lists = textOf('aA,, \t;="\\1', 16);
const known: readonly fc.Arbitrary<string>[] = [
  fc.tuple(fc.constantFrom("Host", "host", "HOST"), authority).map((line) => line.join(":")),
  mostly(["5", "0", "007"], textOf("09+-x, ", 18)).map((length) => `Content-Length:${length}`),
  mostly(
    ["chunked", "Chunked", "gzip, chunked", "chunked, gzip", "chunked;a=b", 'x;a="b",chunked', ""],
    lists.map((list) => `${list},chunked`),
    lists,
  ).map((codings) => `transfer-encoding: ${codings}`),
  mostly(["close", "keep-alive", "Keep-Alive, x", "te ,close"], lists).map(
    (list) => `Connection: ${list}`,
  ),
  mostly(["100-continue", "100-CONTINUE,", "x", ""], lists).map((list) => `Expect: ${list}`),
];
const plain = fc
  .tuple(token, ows, fc.string({ unit: telling, maxLength: 6 }), ows)
  .map(
    ([name, before, value, after]) =>
      `${name}:${before}${value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "x")}${after}`,
  );

const fieldLine = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: plain },
      ...known.map((arbitrary) => ({ weight: 1, arbitrary })),
    ),
    lineEnd,
  )
  .map((parts) => parts.join(""));

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly added: string;
}

// Even: numbers with bias, and doubles at all, would lie near 0 and do most damage to the first
// octet.
const anywhere = fc.noBias(fc.nat({ max: 9999 })).map((part) => part / 10000);

const edit: fc.Arbitrary<Edit> = fc.record({
  at: anywhere,
  removed: fc.integer({ min: 0, max: 3 }),
  added: fc.string({ unit: telling, maxLength: 2 }),
});

function damaged(message: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edits = fc.oneof(
    { weight: 2, arbitrary: fc.constant<Edit[]>([]) },
    { weight: 1, arbitrary: fc.array(edit, { minLength: 1, maxLength: 2 }) },
  );
  return fc.tuple(message, edits).map(([text, changes]) =>
    changes.reduce((changed, { at, removed, added }) => {
      const from = Math.floor(at * changed.length);
      return changed.slice(0, from) + added + changed.slice(from + removed);
    }, text),
  );
}

/** A head of a request, or something near it, perhaps with octets behind it. */
export const head: fc.Arbitrary<string> = damaged(
  fc
    .tuple(
      mostly(["", "", "\r\n"], fc.constantFrom("\r\n\r\n", "\r\n\r\n\r\n", "\n", "\r")),
      fc.tuple(method, target, version).map((parts) => parts.join(" ")),
      lineEnd,
      mostly(["Host: a\r\n", "Host: a\r\n", "HOST:a:80\r\n", ""], fc.constant("")),
      fc.array(fieldLine, { maxLength: 5 }).map((lines) => lines.join("")),
      lineEnd,
      mostly([""], fc.string({ unit: telling, maxLength: 4 })),
    )
    .map((parts) => parts.join("")),
);

const quoted = fc
  .string({ unit: telling, maxLength: 5 })
  .map((text) => `"${text.replace(/[^\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]/g, "\\x")}"`);
const extension = fc
  .tuple(
    ows,
    ows,
    token,
    mostly(
      ["", "=b"],
      fc.tuple(ows, ows, fc.oneof(token, quoted)).map(([a, b, v]) => `${a}=${b}${v}`),
    ),
  )
  .map(([a, b, name, value]) => `${a};${b}${name}${value}`);
const extensions = mostly(
  [""],
  fc.array(extension, { maxLength: 3 }).map((all) => all.join("")),
);
const zeros = mostly(["", "", "0"], textOf("0", 16));

const chunk = fc
  .tuple(
    zeros,
    fc.string({ unit: anyOctet, minLength: 1, maxLength: 20 }),
    extensions,
    lineEnd,
    lineEnd,
  )
  .map(
    ([digits, data, exts, end, dataEnd]) =>
      digits + data.length.toString(16) + exts + end + data + dataEnd,
  );
const trailerLine = mostly(
  ["X: y\r\n", "Checksum:\t1 \r\n"],
  fieldLine,
  fc.constantFrom(
    "Host: a\r\n",
    "te:\r\n",
    "X-Forwarded-For: a\r\n",
    "Hos: a\r\n",
    "x-forwarded: \r\n",
  ),
);

/** A chunked message body, or something near it. */
export const chunkedBody: fc.Arbitrary<string> = damaged(
  fc
    .tuple(
      fc.array(chunk, { maxLength: 4 }).map((chunks) => chunks.join("")),
      fc.tuple(zeros, extensions, lineEnd).map(([digits, exts, end]) => `0${digits}${exts}${end}`),
      fc.array(trailerLine, { maxLength: 3 }).map((lines) => lines.join("")),
      lineEnd,
    )
    .map((parts) => parts.join("")),
);

/** Mostly the defaults, at times limits so small that a short message meets them. */
export const limits: fc.Arbitrary<Partial<ReferenceLimits>> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        requestLineOctets: fc.integer({ min: 1, max: 60 }),
        headOctets: fc.integer({ min: 1, max: 200 }),
        fieldOctets: fc.integer({ min: 1, max: 40 }),
        fieldLines: fc.integer({ min: 1, max: 9 }),
        trailerOctets: fc.integer({ min: 2, max: 60 }),
        trailerLines: fc.integer({ min: 0, max: 3 }),
        chunkLineOctets: fc.integer({ min: 1, max: 40 }),
        chunkExcessOctets: fc.integer({ min: 0, max: 20 }),
      },
      { requiredKeys: [] },
    ),
  },
);

/** Where to cut a message, as parts of its length. */
export const cuts: fc.Arbitrary<number[]> = fc.array(anywhere, { maxLength: 5 });
