// Where a zstd frame ends (RFC 8878 §3.1.1), by its headers alone. Zlib's decoders do not agree on that: Bun's and older
// versions of Node take a frame that is cut short for whole, and only some go on with a second one.

const MAGIC = 0xfd2fb528;
/** Magic number and descriptor together. */
const START_OCTETS = 5;
const BLOCK_HEADER_OCTETS = 3;
const CHECKSUM_OCTETS = 4;
const DICTIONARY_OCTETS = [0, 1, 2, 4] as const;
const CONTENT_SIZE_OCTETS = [0, 2, 4, 8] as const;
const RUN_LENGTH = 1;
const RESERVED = 3;

const START = 0;
const BLOCK = 1;
const END = 2;

export class ZstdFrame {
  #at: typeof START | typeof BLOCK | typeof END = START;
  /** Octets that need not be looked at before what `#at` says. */
  #skip = 0;
  /** The header being read, least significant octet first, and how many octets of it there are. */
  #header = 0;
  #filled = 0;
  #hasChecksum = false;

  /** The frame's last octet has come. */
  get isWhole(): boolean {
    return this.#at === END && this.#skip === 0;
  }

  /** Takes the next octets. Reports whether they can be all of one frame; if not, nothing more must be given. */
  push(piece: Uint8Array): boolean {
    for (let i = 0; i < piece.length; ) {
      if (this.#skip > 0) {
        const size = Math.min(this.#skip, piece.length - i);
        this.#skip -= size;
        i += size;
        continue;
      }
      if (this.#at === END) return false;
      this.#header += piece[i++]! * 2 ** (8 * this.#filled++);
      if (this.#filled < (this.#at === START ? START_OCTETS : BLOCK_HEADER_OCTETS)) continue;
      if (!(this.#at === START ? this.#start() : this.#block())) return false;
      this.#header = 0;
      this.#filled = 0;
    }
    return true;
  }

  #start(): boolean {
    if (this.#header % 2 ** 32 !== MAGIC) return false;
    const descriptor = Math.floor(this.#header / 2 ** 32);
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const sizeOctets = CONTENT_SIZE_OCTETS[(descriptor >> 6) as 0]!;
    // A single segment has no window descriptor, but always a content size.
    this.#skip = DICTIONARY_OCTETS[(descriptor & 3) as 0]! + Math.max(1, sizeOctets);
    if (!isSingleSegment && sizeOctets > 0) this.#skip++;
    this.#at = BLOCK;
    return true;
  }

  #block(): boolean {
    const type = (this.#header >> 1) & 3;
    if (type === RESERVED) return false;
    this.#skip = type === RUN_LENGTH ? 1 : this.#header >> 3;
    if ((this.#header & 1) === 1) {
      if (this.#hasChecksum) this.#skip += CHECKSUM_OCTETS;
      this.#at = END;
    }
    return true;
  }
}
