// The application every transcript is played against. What a transcript wants to see, it asks for: by path, by query, or
// by the field `Show` on any request at all. Answers carry no field that was not asked for.

import type { Context } from "../context.ts";
import { HttpError } from "../errors.ts";
import { consoleLogger } from "../logger.ts";
import type { Handler, Middleware } from "../middleware.ts";
import type { ServerOptions } from "../options.ts";
import type { Request } from "../request.ts";
import type { Response } from "../response.ts";
import { Server } from "../server.ts";
import type { Adapter } from "../transport.ts";

/** A server with the conformance application on it: port 0, no log. It is not listening yet. */
export function conformanceServer(adapter: Adapter, options: ServerOptions = {}): Server {
  const server = new Server(adapter, { port: 0, logger: consoleLogger("silent"), ...options });
  return conformanceApp(server);
}

/** Adds the conformance application to a server that is not listening yet. wire/README.md lists what it answers. */
export function conformanceApp(server: Server): Server {
  server.use(show).use(respond);
  for (const [path, handler] of Object.entries(GET_ROUTES)) server.get(path, handler);
  for (const [path, handler] of Object.entries(POST_ROUTES)) server.post(path, handler);
  // Content is framed alike whatever the method.
  for (const method of ["GET", "DELETE", "OPTIONS", "PUT", "PATCH", "REPORT"]) {
    server.route(method, "/echo", echo);
    server.route(method, "/unread", unread);
  }
  return server;
}

/** Turns of the event loop, so that an answer is not given in the turn its request arrived in. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

// --- On any request

/** What the field `Show` may ask for: what an application sees of the request, whatever its method and target. */
const SHOWN: Readonly<Record<string, (request: Request) => string>> = {
  method: (request) => request.method,
  target: (request) => request.target,
  path: (request) => request.path,
  query: (request) => request.query,
  version: (request) => request.httpVersion,
  authority: (request) => request.authority ?? "none",
  /** Every field line, as received. */
  fields(request) {
    let text = "";
    for (const [name, value] of request.headers) text += `[${name}][${value}]\n`;
    return text;
  },
  /** The field X-A, its lines joined. */
  joined: (request) => `[${request.headers.get("x-a") ?? "absent"}]`,
  cookie: (request) => `[${request.headers.get("cookie") ?? "absent"}]`,
};

const show: Middleware = (ctx, next) => {
  const asked = ctx.request.headers.get("show");
  const shown = asked === undefined ? undefined : SHOWN[asked];
  if (shown === undefined) return next();
  ctx.response.setBody(octetsOfLatin1(shown(ctx.request)));
  return undefined;
};

/** One octet per character, as field values are decoded. */
function octetsOfLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * `/respond?...`, any method: the response the query describes. `status`, `reason`, `content`; `set=Name:value` and
 * `add=Name:value` for fields; `piece` (repeatable) for a stream, `web` to make it a ReadableStream, `fail` to break it
 * behind its pieces; `trailer=Name:value`.
 */
const respond: Middleware = (ctx, next) => {
  if (ctx.request.path !== "/respond") return next();
  const { searchParams: asked } = ctx.request;
  const { response } = ctx;
  if (asked.has("status")) {
    response.setStatusCode(Number(asked.get("status")), asked.get("reason") ?? undefined);
  }
  for (const field of asked.getAll("set")) response.setHeader(...nameAndValue(field));
  for (const field of asked.getAll("add")) response.addHeader(...nameAndValue(field));
  const content = asked.get("content");
  if (content !== null) response.setBody(content);
  if (asked.has("piece")) {
    const pieces = piecesOf(response, asked);
    response.setBody(asked.has("web") ? webStream(pieces) : pieces);
  }
  return undefined;
};

function nameAndValue(field: string): [name: string, value: string] {
  const colon = field.indexOf(":");
  return [field.slice(0, colon), field.slice(colon + 1)];
}

async function* piecesOf(response: Response, asked: URLSearchParams): AsyncGenerator<string> {
  for (const piece of asked.getAll("piece")) {
    await turns(1);
    yield piece;
  }
  if (asked.has("fail")) throw new Error("The stream fails as it was asked to");
  for (const trailer of asked.getAll("trailer")) response.addTrailer(...nameAndValue(trailer));
}

function webStream(pieces: AsyncGenerator<string>): ReadableStream<string> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

// --- Routes

const echo: Handler = async (ctx) => {
  ctx.response.setBody(await ctx.request.bytes());
};

const unread: Handler = (ctx) => {
  ctx.response.setBody("unread");
};

const GET_ROUTES: Readonly<Record<string, Handler>> = {
  "/hello": (ctx) => {
    ctx.response.setBody("hello");
  },
  "/probe": (ctx) => {
    ctx.response.setBody("probe");
  },
  "/text": (ctx) => {
    ctx.response.text("text");
  },
  "/json": (ctx) => {
    ctx.response.json({ n: 1 });
  },
  "/redirect": (ctx) => {
    ctx.response.redirect("/hello");
  },
  "/nothing": () => {},
  "/octets/:count": (ctx) => {
    ctx.response.setBody("x".repeat(Number(ctx.request.params["count"])));
  },
  "/param/:value": (ctx) => {
    ctx.response.setBody(ctx.request.params["value"]!);
  },
  "/slow/:turns": async (ctx) => {
    const { params } = ctx.request;
    await turns(Number(params["turns"]));
    ctx.response.setBody(`slow ${params["turns"]}`);
  },
  /** Answers once the signal has fired. */
  "/signal": async (ctx) => {
    const { signal } = ctx.request;
    const waited = !signal.aborted;
    if (waited) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ctx.response.setBody(waited ? "signal fired" : "signal had fired");
  },
  "/throw": () => {
    throw new Error("The handler throws as it was asked to");
  },
  "/reject": async () => {
    await turns(1);
    throw new Error("The handler rejects as it was asked to");
  },
  "/http-error/:status": (ctx) => {
    const status = Number(ctx.request.params["status"]);
    throw new HttpError(status, "told by the handler", {
      expose: ctx.request.query === "expose",
      headers: { "X-Told": "yes" },
    });
  },
};

const POST_ROUTES: Readonly<Record<string, Handler>> = {
  "/echo": echo,
  "/unread": unread,
  /** Answers late, without reading. */
  "/unread-late": async (ctx) => {
    await turns(3);
    ctx.response.setBody("unread");
  },
  /** Reads only after a while. */
  "/read-late": async (ctx) => {
    await turns(3);
    await echo(ctx);
  },
  "/count": async (ctx) => {
    const content = await ctx.request.bytes();
    ctx.response.setBody(String(content.length));
  },
  /** The content piece by piece; `?length=n` declares the length. */
  "/stream": (ctx) => {
    const length = ctx.request.searchParams.get("length");
    if (length !== null) ctx.response.setHeader("Content-Length", length);
    ctx.response.setBody(ctx.request.stream());
  },
  /** Counts a content of any size, up to `?max=n`. */
  "/count-stream": async (ctx) => {
    const max = ctx.request.searchParams.get("max");
    let octets = 0;
    const options = max === null ? {} : { maxOctets: Number(max) };
    for await (const piece of ctx.request.stream(options)) octets += piece.length;
    ctx.response.setBody(String(octets));
  },
  /** Reads the first piece and no more. */
  "/first-piece": async (ctx) => {
    for await (const _ of ctx.request.stream()) break;
    ctx.response.setBody("enough");
  },
  /** Sends its answer at once, then returns. */
  "/early": async (ctx) => {
    ctx.response.setStatusCode(403).setBody("early");
    await ctx.send();
  },
  /** Sends its answer at once, then reads on. */
  "/early-then-read": async (ctx) => {
    const content = ctx.request.bytes();
    ctx.response.setBody("early");
    await ctx.send();
    await content;
  },
  /** Reads one piece, sends its answer, then stops reading. */
  "/early-then-stop": async (ctx) => {
    const content = ctx.request.stream();
    await content.next();
    ctx.response.setBody("early");
    await ctx.send();
    await content.return?.();
  },
  /** Begins a streamed answer, then reads the content into it. */
  "/begin-then-read": (ctx) => {
    ctx.response.setBody(begunThenRead(ctx));
  },
  /** Sends its answer, then throws. */
  "/throw-after-send": async (ctx) => {
    ctx.response.setBody("sent");
    await ctx.send();
    throw new Error("The handler throws after sending as it was asked to");
  },
  /** Begins a streamed answer, then throws. */
  "/throw-while-sending": async (ctx) => {
    ctx.response.setBody(begunThenWaiting(ctx));
    ctx.send().catch(() => {});
    await turns(5);
    throw new Error("The handler throws while sending as it was asked to");
  },
  "/trailers": async (ctx) => {
    const content = await ctx.request.text();
    let text = `${content}|${ctx.request.headers.get("x-end") ?? "not merged"}\n`;
    for (const [name, value] of ctx.request.trailers) text += `[${name}][${value}]\n`;
    ctx.response.setBody(octetsOfLatin1(text));
  },
  "/json": async (ctx) => {
    ctx.response.json(await ctx.request.json());
  },
};

async function* begunThenWaiting({ request }: Context): AsyncGenerator<string> {
  yield "begun";
  await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
}

async function* begunThenRead(ctx: Context): AsyncGenerator<string | Uint8Array> {
  yield "begun";
  yield* ctx.request.stream();
}
