// Lines to stdout that never hold up the process: a pipe that nobody drains, a reader that has gone and a full disk cost
// lines. console.log would wait for the pipe, and so would a thread, which a process waits for when it ends.

import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** Octets that wait while the pipe is full; more are dropped. */
const QUEUE_OCTETS = 2 ** 20;
const RETRY_MS = 100;
const STDOUT = 1;

export class StdoutLines {
  #fd = -1;
  #waiting = "";
  #isScheduled = false;
  #isGone = false;

  write(line: string): void {
    if (this.#isGone) return;
    if (this.#waiting !== "") {
      if (this.#waiting.length + line.length <= QUEUE_OCTETS) this.#waiting += line;
      return;
    }
    this.#waiting = line;
    this.#flush();
  }

  #flush(): void {
    try {
      if (this.#fd < 0) this.#fd = openStdout();
      while (this.#waiting !== "") {
        const octets = Buffer.from(this.#waiting);
        const written = writeSync(this.#fd, octets);
        this.#waiting = written === octets.length ? "" : octets.toString("utf8", written);
      }
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EAGAIN") this.#schedule();
      else {
        this.#waiting = "";
        this.#isGone = code === "EPIPE" || code === "EBADF";
      }
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      this.#flush();
    }, RETRY_MS).unref();
  }
}

/** A pipe is opened a second time, so that only our own writes to it do not wait; a file has one offset for all. */
function openStdout(): number {
  try {
    if (fstatSync(STDOUT).isFIFO()) {
      return openSync("/dev/stdout", constants.O_WRONLY | constants.O_NONBLOCK);
    }
  } catch {}
  return STDOUT;
}
