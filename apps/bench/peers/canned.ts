// The answers of peers that only have a socket, octet for octet as long as ours, and as much reading as tells where a
// request ends: the empty line, and behind it 1024 octets where the request begins with a P. Nothing else is looked at.

/** Whether the load makes a connection for each request. */
const CLOSES = process.env["PEER_CLOSES"] === "1";
const ECHO_OCTETS = 1024;
const POST = 0x50;

let hello = "";
let echoHead: Buffer = Buffer.alloc(0);
renew();

/** Makes the answers again when the second is over, as servers do with their Date. */
function renew(): void {
  const now = Date.now();
  hello = `${head("text/plain; charset=utf-8", 5)}hello`;
  echoHead = Buffer.from(head("application/octet-stream", ECHO_OCTETS), "latin1");
  setTimeout(renew, 1000 - (now % 1000)).unref();
}

function head(type: string, octets: number): string {
  return (
    `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${octets}\r\n${CLOSES ? "Connection: close\r\n" : ""}\r\n`
  );
}

/** One connection's requests, all of one kind. Under `PEER_CLOSES` what is given out is its last answer. */
export class CannedConnection {
  /** A request that is not whole yet. */
  #rest: Buffer | undefined;

  /** Whether the connection has to be closed behind its answers. */
  get closes(): boolean {
    return CLOSES;
  }

  /** Gives the answers to all requests that are whole now, or `undefined`. Text is ASCII. */
  push(octets: Buffer): string | Buffer | undefined {
    const all = this.#rest === undefined ? octets : Buffer.concat([this.#rest, octets]);
    return all[0] === POST ? this.#echoes(all) : this.#hellos(all);
  }

  #hellos(all: Buffer): string | undefined {
    let requests = 0;
    let end = 0;
    for (;;) {
      const headEnd = all.indexOf("\r\n\r\n", end, "latin1");
      if (headEnd === -1) break;
      requests++;
      end = headEnd + 4;
    }
    this.#keep(all, end);
    if (requests === 1) return hello;
    return requests === 0 ? undefined : hello.repeat(requests);
  }

  #echoes(all: Buffer): Buffer | undefined {
    const ends: number[] = [];
    for (let end = 0; ; ) {
      const headEnd = all.indexOf("\r\n\r\n", end, "latin1");
      end = headEnd + 4 + ECHO_OCTETS;
      if (headEnd === -1 || end > all.length) break;
      ends.push(end);
    }
    this.#keep(all, ends.at(-1) ?? 0);
    if (ends.length === 0) return undefined;
    const length = echoHead.length + ECHO_OCTETS;
    const answers = Buffer.allocUnsafe(length * ends.length);
    ends.forEach((end, i) => {
      answers.set(echoHead, i * length);
      all.copy(answers, i * length + echoHead.length, end - ECHO_OCTETS, end);
    });
    return answers;
  }

  #keep(all: Buffer, end: number): void {
    this.#rest = end === all.length ? undefined : all.subarray(end);
  }
}
