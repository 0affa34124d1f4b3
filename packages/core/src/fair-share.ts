// How much one connection may do before others get their turn. Always-ready input, and handlers that wait for nothing but
// microtasks, would keep the event loop to themselves otherwise.

const REQUESTS_PER_TURN = 16;

/** Ms of one turn of the event loop that handlers may be begun in, or that an answer's source may give pieces in. */
export const TURN_MS = 5;

/** What a connection has used of its share: the requests it may begin in one turn. */
export class FairShare {
  #requests = 0;
  /** The share is used up: the connection waits for the event loop to come round. */
  isSpent = false;

  /** Takes a request from the share. */
  take(): void {
    this.#requests++;
  }

  /** One more request is to be begun. Reports whether there is a share left for it; if not, it stays spent until renewed. */
  allows(): boolean {
    this.isSpent = this.#requests >= REQUESTS_PER_TURN;
    return !this.isSpent;
  }

  /** The event loop has come round. */
  renew(): void {
    this.#requests = 0;
    this.isSpent = false;
  }
}
