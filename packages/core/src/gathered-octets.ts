// Octets that arrive in pieces and are wanted as one. Small pieces are copied together: an object each would take a hundred
// times their size, and a peer may send octet by octet. What is held is counted by the memory it takes.

import { joinOctets } from "./join-octets.ts";

const SMALL_OCTETS = 2048;
const GATHER_LEAST_OCTETS = 256;
const GATHER_OCTETS = 16_384;
/** A piece of memory that is this many times larger is copied out of it. */
const PINNED_TIMES = 4;

export class GatheredOctets {
  /** Octets of memory that are held. */
  heldOctets = 0;
  #octets = 0;
  #pieces: Uint8Array[] = [];
  /** The last of the pieces, while small ones are copied into it. */
  #gather: Uint8Array | undefined;
  #gathered = 0;

  append(piece: Uint8Array): void {
    this.#octets += piece.length;
    if (piece.length >= SMALL_OCTETS) {
      this.#closeGather();
      // Not slice(): of a Buffer that is a view.
      const isPinning = piece.buffer.byteLength > PINNED_TIMES * piece.length;
      this.#pieces.push(isPinning ? new Uint8Array(piece) : piece);
      this.heldOctets += isPinning ? piece.length : piece.buffer.byteLength;
      return;
    }
    if (this.#gathered + piece.length > GATHER_OCTETS) this.#closeGather();
    this.#reserve(this.#gathered + piece.length).set(piece, this.#gathered);
    this.#gathered += piece.length;
  }

  /** All of them and `last` in one; `last` alone as it came. */
  join(last?: Uint8Array): Uint8Array {
    if (last !== undefined && this.#octets === 0) return last;
    this.#closeGather();
    if (last !== undefined) {
      this.#pieces.push(last);
      this.#octets += last.length;
    }
    return joinOctets(this.#pieces, this.#octets);
  }

  clear(): void {
    this.heldOctets = 0;
    this.#octets = 0;
    this.#pieces = [];
    this.#gather = undefined;
    this.#gathered = 0;
  }

  /** Room for so many octets; what has been gathered is in it. */
  #reserve(octets: number): Uint8Array {
    const held = this.#gather;
    if (held !== undefined && held.length >= octets) return held;
    const size = Math.max(GATHER_LEAST_OCTETS, 2 ** Math.ceil(Math.log2(octets)));
    const gather = new Uint8Array(size);
    if (held !== undefined) gather.set(held);
    this.heldOctets += size - (held?.length ?? 0);
    this.#gather = gather;
    return gather;
  }

  #closeGather(): void {
    if (this.#gather === undefined) return;
    this.#pieces.push(this.#gather.subarray(0, this.#gathered));
    this.#gather = undefined;
    this.#gathered = 0;
  }
}
