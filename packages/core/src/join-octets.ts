// Pieces of octets into one.

/** The pieces behind each other; `octets` is their length in all. */
export function joinOctets(pieces: readonly Uint8Array[], octets: number): Uint8Array {
  const joined = new Uint8Array(octets);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
