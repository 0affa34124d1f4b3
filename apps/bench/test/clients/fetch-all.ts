// What a fetch is asked of hello, on whichever runtime runs this: prints one JSON object of what it saw.
//
//   node fetch-all.ts http://127.0.0.1:PORT      and with bun the same

const [, , url = ""] = process.argv;
const octets = new Uint8Array(1_500_000).map((_, i) => (i * 31) % 251);

/** The octets in pieces, of no known length to the client. */
function pieces(): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(octets.subarray(at, at + 100_000));
      at += 100_000;
      if (at >= octets.length) controller.close();
    },
  });
}

function isSame(buffer: ArrayBuffer): boolean {
  const got = new Uint8Array(buffer);
  return got.length === octets.length && got.every((octet, i) => octet === octets[i]);
}

/** `duplex` is missing in the types of the options. */
function post(body: unknown): RequestInit {
  return { method: "POST", duplex: "half", body } as RequestInit;
}

const hello = await fetch(`${url}/`);
const gzip = await fetch(`${url}/gzip`);
const named = await fetch(`${url}/hello/w%C3%B6rld`);
const head = await fetch(`${url}/`, { method: "HEAD" });
const missing = await fetch(`${url}/missing`);
const many = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/`)));

console.log(
  JSON.stringify({
    hello: [hello.status, hello.headers.get("content-type"), await hello.text()],
    gzip: [gzip.status, gzip.headers.get("content-encoding"), await gzip.text()],
    named: await named.json(),
    head: [head.status, head.headers.get("content-length"), await head.text()],
    missing: [missing.status, (await missing.text()) !== ""],
    many: new Set(await Promise.all(many.map((one) => one.text()))).size,
    known: isSame(await (await fetch(`${url}/echo`, post(octets))).arrayBuffer()),
    streamed: isSame(await (await fetch(`${url}/echo`, post(pieces()))).arrayBuffer()),
  }),
);
