// The target "bun-serve": Bun's own server with its defaults and the routes that all targets have.

import { BIG, burn, numberIn, serveControl, streamed } from "./control.ts";

const { port = 0 } = JSON.parse(process.env["ATTACK_OPTIONS"] ?? "{}").server ?? {};

const server = Bun.serve({ hostname: "127.0.0.1", port, fetch: answer });

async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case "GET /":
      return new Response("hello");
    case "GET /big":
      return new Response(BIG);
    case "POST /upload": {
      let octets = 0;
      for await (const piece of request.body ?? []) octets += piece.length;
      return new Response(String(octets));
    }
    case "POST /echo":
      return new Response(request.body);
    case "GET /burn":
      burn(numberIn(search, "ms", 5));
      return new Response("burnt");
    case "GET /block":
      burn(numberIn(search, "ms", 2500));
      return new Response("blocked");
    case "GET /resolved":
      await Promise.resolve();
      return new Response("resolved");
    case "GET /slow":
      await Bun.sleep(numberIn(search, "ms", 200));
      return new Response("slow");
    case "GET /stream":
      return new Response(streamed(numberIn(search, "octets", 1_048_576)) as never);
    default:
      return new Response(null, { status: 404 });
  }
}

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void server.stop());
serveControl(`http://127.0.0.1:${server.port}`, () => ({
  connections: { active: server.pendingRequests },
}));
