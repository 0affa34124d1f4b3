// Where the attack "resets" cuts exchanges: each octet of each request, each octet of each answer. Pure.

export interface ResetExchange {
  readonly what: string;
  readonly request: Uint8Array;
}

/** One connection: what is sent, and how much of the answer is waited for before the reset. */
export interface ResetCut {
  readonly octets: Uint8Array;
  readonly answerOctets: number;
  readonly pauseMs: number;
}

export const EXCHANGES: readonly ResetExchange[] = [
  exchange("GET /", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  exchange(
    "POST /echo",
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 24\r\n\r\ntwenty-four octets here.",
  ),
  exchange(
    "chunked POST /upload",
    "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "8;name=value\r\nfirst 8.\r\nC\r\nthen twelve.\r\n0\r\nX-Trailer: value\r\n\r\n",
  ),
  exchange("GET /stream", "GET /stream?octets=300 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  exchange("GET /slow", "GET /slow?ms=20 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
];

function exchange(what: string, request: string): ResetExchange {
  return { what, request: Buffer.from(request, "latin1") };
}

/** After no octet of the request, one, ... all; then after one octet of the answer, two, ... all. */
export function cutsOf(
  { request }: ResetExchange,
  answerOctets: number,
  pauseMs: number,
): ResetCut[] {
  const inRequest = Array.from({ length: request.length + 1 }, (_, i) => ({
    octets: request.subarray(0, i),
    answerOctets: 0,
    pauseMs,
  }));
  const inAnswer = Array.from({ length: answerOctets }, (_, j) => ({
    octets: request,
    answerOctets: j + 1,
    pauseMs,
  }));
  return [...inRequest, ...inAnswer];
}
