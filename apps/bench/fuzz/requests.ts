// Makes requests of its own: legal ones, of every kind the conformance application answers, so that what a mutation breaks
// is deep inside a connection's life. Texts are Latin-1: one character is one octet.

import type { Random } from "./random.ts";

const GET_TARGETS = [
  "/hello",
  "/text",
  "/json",
  "/redirect",
  "/nothing",
  "/octets/0",
  "/octets/5000",
  "/param/a%20b",
  "/param/%zz",
  "/slow/1",
  "/slow/9",
  "/wait",
  "/throw",
  "/reject",
  "/http-error/404?expose",
  "/http-error/400",
  "/http-error/503",
  "/respond?status=204",
  "/respond?status=304&content=x",
  "/respond?content=abc&set=Connection:close",
  "/respond?piece=ab&piece=cd&piece=ef",
  "/respond?piece=ab&piece=cd&web",
  "/respond?piece=ab&fail",
  "/respond?piece=ab&trailer=X-End:1",
  "/respond?piece=abc&set=Content-Length:3",
  "/respond?piece=abc&set=Content-Length:4",
  "/nowhere",
  "http://h/hello",
] as const;

const POST_TARGETS = [
  "/echo",
  "/unread",
  "/unread-late",
  "/read-late",
  "/count",
  "/stream",
  "/count-stream",
  "/count-stream?max=10",
  "/first-piece",
  "/early",
  "/early-then-read",
  "/early-then-stop",
  "/begin-then-read",
  "/throw-after-send",
  "/throw-while-sending",
  "/trailers",
  "/json",
  "/hello",
] as const;

/** Answered when all content has been read: their answers never depend on time. */
const STEADY_TARGETS = ["/echo", "/count", "/trailers", "/read-late", "/json"] as const;

const METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "REPORT",
  "TRACE",
] as const;

const FIELDS = [
  "X-A: 1",
  "X-A: b, c",
  "Cookie: a=1; b=2",
  "Show: fields",
  "Show: target",
  "Show: method",
  "TE: trailers",
  "Connection: keep-alive",
  "Accept: */*",
  "X-Empty:",
  "X-Obs: \xe9\xff",
] as const;

const EXTENSIONS = ["", "", "", ";a", ";a=b", ' ; a = "q;\\""'] as const;
/** More overhead than a chunk of one octet justifies, less than a chunk line may be long. */
const CRUMB_EXTENSION = ";a=bbbbbbbbbbbbbbbbbb";
const TRAILERS = ["X-End: a\r\n", "X-End: a\r\nX-Two: b\r\n"] as const;

/** One request; `last` of a pipeline may close the connection. */
export function makeRequest(random: Random, last: boolean, steady = false): string {
  const hasContent = random.chance(60);
  const postTargets: readonly string[] = steady ? STEADY_TARGETS : POST_TARGETS;
  const target = random.pick<string>(hasContent ? postTargets : GET_TARGETS);
  let method: string = hasContent ? "POST" : "GET";
  if (random.chance(steady && hasContent ? 0 : 15)) method = random.pick(METHODS);
  const isOld = random.chance(8);
  const lines = isOld && random.chance(50) ? [] : ["Host: h"];
  while (random.chance(30)) lines.push(random.pick(FIELDS));
  if (isOld && random.chance(60)) lines.push("Connection: keep-alive");
  else if (last && random.chance(20)) lines.push("Connection: close");
  let content = "";
  if (hasContent) {
    if (!isOld && random.chance(10)) lines.push("Expect: 100-continue");
    content = random.chance(50) && !isOld ? chunked(random, lines) : counted(random, lines);
  }
  const blank = random.chance(5) ? "\r\n" : "";
  const head = `${method} ${target} HTTP/1.${isOld ? 0 : 1}\r\n`;
  return `${blank}${head}${lines.map((line) => `${line}\r\n`).join("")}\r\n${content}`;
}

/** Requests one behind the other, the first answers still due when the last arrives. */
export function makePipeline(random: Random): string {
  let text = "";
  const count = 1 + random.below(random.chance(10) ? 24 : 5);
  const steady = random.chance(50);
  for (let i = 1; i <= count; i++) text += makeRequest(random, i === count, steady);
  return text;
}

function counted(random: Random, lines: string[]): string {
  const content = makeContent(random);
  lines.splice(random.below(lines.length + 1), 0, `Content-Length: ${content.length}`);
  return content;
}

function chunked(random: Random, lines: string[]): string {
  lines.splice(random.below(lines.length + 1), 0, "Transfer-Encoding: chunked");
  let text = "";
  if (random.chance(15)) text = `1${CRUMB_EXTENSION}\r\nx\r\n`.repeat(1 + random.below(30));
  for (let chunks = random.below(4); chunks > 0; chunks--) {
    const content = makeContent(random);
    if (content === "") continue;
    const size = content.length.toString(16).padStart(random.chance(10) ? 4 : 1, "0");
    text += `${size}${random.pick(EXTENSIONS)}\r\n${content}\r\n`;
  }
  return `${text}0\r\n${random.chance(20) ? random.pick(TRAILERS) : ""}\r\n`;
}

/** Content that looks like a request is what smuggling hides in. */
function makeContent(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return "";
    case 1:
      return "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    case 2:
      return '{"n":1}';
    case 3:
      return "0\r\n\r\n";
    case 4:
      return "x".repeat(random.pick([64, 100, 101, 300, 301, 1100, 3000]));
    default:
      return "hello you".slice(0, 1 + random.below(9));
  }
}

/** More answers than the kernel buffers take, for a client that takes none. */
export const STALLING: string = "GET /octets/400000 HTTP/1.1\r\nHost: h\r\n\r\n".repeat(40);
