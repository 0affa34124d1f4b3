// What the servers are asked in each scenario, and over how many connections. Data; knows no server and no load tool.

/** What is sent, again and again. */
export interface RequestPlan {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Field lines besides Host and those of the content. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly contentOctets?: number;
  /** The content comes in chunks of so many octets, its length unannounced. */
  readonly chunkOctets?: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly request: RequestPlan;
  readonly connections: number;
  /** Requests in one write; 1 when left out. */
  readonly pipelined?: number;
  /** A connection for each request. */
  readonly closes?: boolean;
  /** Requests a second, due at random times whether those before them were answered or not. */
  readonly ratePerSecond?: number;
  /** Connections beside the busy ones that had one answer and are kept. */
  readonly idle?: number;
  /** Routes besides those of the contract. */
  readonly routes?: number;
  /** Only our servers, without and with access lines. */
  readonly isLogging?: boolean;
  /** Part of a run that asks for nothing else. */
  readonly isDefault?: boolean;
  /** Canned peers can answer it. */
  readonly isCanned?: boolean;
  /** What the answer must be. */
  readonly answer: AnswerPlan;
  /** Requests after which a runtime has compiled what it will compile. */
  readonly warmUpRequests: number;
  readonly notes: readonly string[];
}

export interface AnswerPlan {
  readonly type: string;
  readonly content:
    | "hello"
    | "json"
    | "gzip of hello"
    | "1 MiB"
    | "the request's"
    | "octets"
    | "id";
}

const TEXT = "text/plain; charset=utf-8";
const HELLO: AnswerPlan = { type: TEXT, content: "hello" };
const GET: RequestPlan = { method: "GET", path: "/" };
const OCTETS = "application/octet-stream";

/** Sent by a desktop browser for a page of a site it knows; 8 field lines, 703 octets in all with Host. */
const BROWSER_FIELDS: RequestPlan["fields"] = [
  ["Connection", "keep-alive"],
  ["Upgrade-Insecure-Requests", "1"],
  [
    "User-Agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  ],
  [
    "Accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
  ],
  ["Accept-Encoding", "gzip, deflate, br, zstd"],
  ["Accept-Language", "en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7"],
  [
    "Cookie",
    "session=3f6c1d0a94b24c1f9d6a51b7e0c2f8aa; theme=dark; consent=necessary.preferences.statistics; first_seen=1763856000; experiment=landing-b; cart=eyJpdGVtcyI6W3siaWQiOjQyLCJuIjoxfV19; trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01; lang=en; tz=Europe.Berlin; seen=17; v=12",
  ],
];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "new-connection",
    title: "A new connection for each request, 1000 at a time (the original page's)",
    request: GET,
    connections: 1000,
    closes: true,
    isDefault: true,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 20_000,
    notes: [
      "The accept queue is each server's own default, 511 for Node: a burst of 1000 connects may overflow it, and what overflows waits a second for the retransmitted SYN; that is the tail, not the server.",
    ],
  },
  {
    name: "keep-alive",
    title: "64 connections, kept",
    request: GET,
    connections: 64,
    isDefault: true,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 40_000,
    notes: [],
  },
  {
    name: "pipelined",
    title: "64 connections, kept, 16 requests in one write",
    request: GET,
    connections: 64,
    pipelined: 16,
    isDefault: true,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 100_000,
    notes: [],
  },
  {
    name: "echo",
    title: "POST of 1 KiB, echoed, 64 connections",
    request: { method: "POST", path: "/echo", contentOctets: 1024 },
    connections: 64,
    isDefault: true,
    isCanned: true,
    answer: { type: OCTETS, content: "the request's" },
    warmUpRequests: 40_000,
    notes: [],
  },
  {
    name: "keep-alive-1000",
    title: "1000 connections, kept",
    request: GET,
    connections: 1000,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 40_000,
    notes: [],
  },
  {
    name: "browser-head",
    title: "The head a browser sends, 64 connections",
    request: { method: "GET", path: "/", fields: BROWSER_FIELDS },
    connections: 64,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 40_000,
    notes: [],
  },
  {
    name: "json",
    title: "JSON made from an object, 64 connections",
    request: { method: "GET", path: "/json" },
    connections: 64,
    answer: { type: "application/json", content: "json" },
    warmUpRequests: 40_000,
    notes: [],
  },
  {
    name: "gzip",
    title: "The original page's example: hello, gzip made for each answer, 64 connections",
    request: { method: "GET", path: "/gzip" },
    connections: 64,
    answer: { type: "application/json", content: "gzip of hello" },
    warmUpRequests: 20_000,
    notes: ["Most of it is the compression: 5 octets become 25."],
  },
  {
    name: "routes",
    title: "200 routes, a parameter in the path, 64 connections",
    request: { method: "GET", path: "/r137/items/42" },
    connections: 64,
    routes: 200,
    answer: { type: TEXT, content: "id" },
    warmUpRequests: 40_000,
    notes: [],
  },
  {
    name: "download",
    title: "Answers of 1 MiB, 16 connections",
    request: { method: "GET", path: "/large" },
    connections: 16,
    answer: { type: OCTETS, content: "1 MiB" },
    warmUpRequests: 500,
    notes: [],
  },
  {
    name: "upload",
    title: "Chunked uploads of 64 KiB in 16 chunks, 16 connections",
    request: { method: "POST", path: "/upload", contentOctets: 65_536, chunkOctets: 4096 },
    connections: 16,
    answer: { type: TEXT, content: "octets" },
    warmUpRequests: 3000,
    notes: [],
  },
  {
    name: "open-loop",
    title: "2000 requests a second that are due whether or not those before them were answered",
    request: GET,
    connections: 64,
    ratePerSecond: 2000,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 40_000,
    notes: [
      "Latency counts from the moment a request was due. All other scenarios are closed loops: a client that waits for a slow answer does not ask meanwhile, so queueing hides from their percentiles.",
      "The load makes few requests here on purpose: processor time per request is higher than under full load.",
    ],
  },
  {
    name: "idle",
    title: "10,000 idle connections beside 64 busy ones",
    request: GET,
    connections: 64,
    idle: 10_000,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 20_000,
    notes: [
      "One server after the other, not interleaved. For every server that caps its connections the cap is half as high again.",
      "Each idle connection had one answer. Servers that close idle connections soon hold fewer of them at the end; the rows say so.",
    ],
  },
  {
    name: "connections-10000",
    title: "10,000 connections, kept, all busy",
    request: GET,
    connections: 10_000,
    isCanned: true,
    answer: HELLO,
    warmUpRequests: 40_000,
    notes: ["For every server that caps its connections the cap is half as high again."],
  },
  {
    name: "logging",
    title: "Access log off and on, 64 connections",
    request: GET,
    connections: 64,
    isLogging: true,
    answer: HELLO,
    warmUpRequests: 40_000,
    notes: ["JSON access lines in files, one for each request."],
  },
];
