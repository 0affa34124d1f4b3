// Answers in every coding there is, and decodes what is sent to it; its argument names the runtime's adapter.

import { bunAdapter } from "@hyperlane-ts/adapter-bun";
import { nodeAdapter } from "@hyperlane-ts/adapter-node";
import { addressText, compress, decompress, Server } from "@hyperlane-ts/core";
import { CODINGS, textOf } from "./texts.ts";

const server = new Server(process.argv[2] === "bun" ? bunAdapter() : nodeAdapter())
  .port(0)
  .logger(silent())
  .use(compress())
  .use(decompress())
  .get("/:kind/:coding", (ctx) => {
    const { kind = "", coding = "" } = ctx.request.params;
    ctx.response.setHeader("Content-Type", "text/plain; charset=utf-8");
    if (coding !== "negotiated") ctx.response.setHeader("Content-Encoding", coding);
    ctx.response.setBody(kind === "stream" ? inPieces(textOf(kind)) : textOf(kind));
  })
  .post("/length", async (ctx) => {
    ctx.response.text(`${(await ctx.request.text()).length}`);
  })
  .get("/page", (ctx) => {
    ctx.response.html(PAGE);
  });

/** What a browser makes of each answer, as text of the document. */
const PAGE = `<!doctype html><title>codings</title><pre id="seen">waiting</pre><script>
(async () => {
  const seen = [];
  for (const kind of ["small", "large", "stream"]) {
    for (const coding of ${JSON.stringify([...CODINGS, "negotiated"])}) {
      const text = await fetch("/" + kind + "/" + coding).then((answer) => answer.text(), () => "");
      let sum = 0;
      for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1000003;
      seen.push(kind + " " + coding + " " + text.length + " " + sum);
    }
  }
  document.getElementById("seen").textContent = seen.join("\\n");
})();
</script>`;

async function* inPieces(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 700) yield text.slice(at, at + 700);
}

function silent() {
  const call = () => {};
  const logger = { level: "silent", trace: call, debug: call, info: call, warn: call };
  return { ...logger, error: call, fatal: call, child: silent };
}

await server.listen();
console.log(`http://${addressText(server.address!)}`);
