// Octets that arrive in pieces and are wanted as one. Small pieces are copied together: an object each would take a hundred
// times their size, and a peer may send octet by octet.

import { joinOctets } from "./join-octets.ts";

const SMALL_OCTETS = 2048;
const GATHER_OCTETS = 16_384;

export class GatheredOctets {
  octets = 0;
  #pieces: Uint8Array[] = [];
  /** The last of the pieces, while small ones are copied into it. */
  #gather: Uint8Array | undefined;
  #gathered = 0;

  append(piece: Uint8Array): void {
    this.octets += piece.length;
    if (piece.length >= SMALL_OCTETS || this.octets === piece.length) {
      this.#closeGather();
      this.#pieces.push(piece);
      return;
    }
    if (this.#gather !== undefined && this.#gathered + piece.length > GATHER_OCTETS) {
      this.#closeGather();
    }
    this.#gather ??= new Uint8Array(GATHER_OCTETS);
    this.#gather.set(piece, this.#gathered);
    this.#gathered += piece.length;
  }

  /** All of them in one; a single piece as it came. */
  join(): Uint8Array {
    this.#closeGather();
    const [first] = this.#pieces;
    if (first !== undefined && this.#pieces.length === 1) return first;
    return joinOctets(this.#pieces, this.octets);
  }

  clear(): void {
    this.octets = 0;
    this.#pieces = [];
    this.#gather = undefined;
    this.#gathered = 0;
  }

  #closeGather(): void {
    if (this.#gather === undefined) return;
    this.#pieces.push(this.#gather.subarray(0, this.#gathered));
    this.#gather = undefined;
    this.#gathered = 0;
  }
}
