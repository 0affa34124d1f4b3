// The answer of peers that only have a socket, octet for octet as long as ours, and what they need to know of a request:
// where it ends. They take requests without content, which arrive whole, as a load generator sends them.

const HEAD =
  "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 19:00:00 GMT\r\n" +
  "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n";

/** For a connection that goes on. */
export const ANSWER: string = `${HEAD}\r\nhello`;
/** For one that ends behind it. */
export const LAST_ANSWER: string = `${HEAD}Connection: close\r\n\r\nhello`;

/** Whether the load makes a connection for each request: the first argument says so. */
export const ONE_REQUEST_EACH: boolean = process.argv[2] === "connection";

/** How many heads end in these octets. */
export function requestsIn(octets: Buffer): number {
  let requests = 0;
  let at = octets.indexOf("\r\n\r\n", 0, "latin1");
  while (at !== -1) {
    requests++;
    at = octets.indexOf("\r\n\r\n", at + 4, "latin1");
  }
  return requests;
}

export function sayWhere(port: number): void {
  console.log(`listens on http://127.0.0.1:${port}`);
}
