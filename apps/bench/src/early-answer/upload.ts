// One upload by a real client that does not stop by itself, and what the client saw of the answer.

import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

export type Framing = "content-length" | "chunked";

export interface Uploaded {
  /** The status code, with "cut short" when the answer did not come whole; without an answer the client's error. */
  readonly saw: string;
  /** Octets the client had sent when the answer was there. */
  readonly octets: number;
}

const PIECE = Buffer.alloc(65_536);

export class Uploads {
  readonly #octets: number;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "uploads-"));
  readonly #file: string = join(this.#folder, "content");

  constructor(octets: number) {
    this.#octets = octets;
    writeFileSync(this.#file, "");
    truncateSync(this.#file, octets);
  }

  run(client: "node" | "curl", url: string, framing: Framing): Promise<Uploaded> {
    return client === "node" ? this.#byNode(url, framing) : this.#byCurl(url, framing);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #byNode(url: string, framing: Framing): Promise<Uploaded> {
    const headers =
      framing === "chunked"
        ? { "Transfer-Encoding": "chunked" }
        : { "Content-Length": this.#octets };
    return new Promise((resolve) => {
      const upload = request(url, { method: "POST", agent: false, headers });
      const done = (saw: string): void => {
        resolve({ saw, octets: upload.socket?.bytesWritten ?? 0 });
        upload.destroy();
      };
      upload.on("response", (answer) => {
        answer.resume();
        answer.on("close", () =>
          done(answer.complete ? `${answer.statusCode}` : `${answer.statusCode} cut short`),
        );
      });
      upload.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
      Readable.from(this.#pieces()).pipe(upload);
    });
  }

  *#pieces(): Generator<Buffer> {
    for (let sent = 0; sent < this.#octets; sent += PIECE.length) {
      yield PIECE.subarray(0, Math.min(PIECE.length, this.#octets - sent));
    }
  }

  /** Without Expect: else curl waits for 100 before it sends anything. */
  async #byCurl(url: string, framing: Framing): Promise<Uploaded> {
    const source = framing === "chunked" ? "-" : this.#file;
    const report = "%{http_code} %{size_upload}";
    const args = ["-sS", "--http1.1", "-X", "POST", "-H", "Expect:", "-o", "/dev/null"];
    const input = openSync(this.#file, "r");
    const curl = spawn("curl", [...args, "-w", report, "-T", source, url], {
      stdio: [input, "pipe", "pipe"],
    });
    closeSync(input);
    const printed: string[] = [];
    const complained: string[] = [];
    curl.stdout!.on("data", (text) => printed.push(String(text)));
    curl.stderr!.on("data", (text) => complained.push(String(text)));
    const code = await new Promise((resolve) => curl.on("close", resolve));
    const [status, octets] = printed.join("").split(" ");
    const failed = code === 0 ? "" : ` and exit code ${code}: ${complained.join("").trim()}`;
    return { saw: `${status}${failed}`, octets: Number(octets) };
  }
}
