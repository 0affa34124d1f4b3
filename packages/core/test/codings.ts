// Every coding with node:zlib's own ways to apply and undo it: the judge of what the server does.

import * as zlib from "node:zlib";

export interface ReferenceCoding {
  /** As Content-Encoding names it. */
  readonly name: string;
  encode(octets: Uint8Array): Uint8Array;
  decode(octets: Uint8Array): Uint8Array;
  /** Decodes a prefix as far as it goes. */
  decodePrefix(octets: Uint8Array): Uint8Array;
}

const { constants } = zlib;

export const HAS_ZSTD: boolean = typeof zlib.zstdCompressSync === "function";

const ZSTD: ReferenceCoding = {
  name: "zstd",
  encode: (octets) => zlib.zstdCompressSync(octets),
  decode: (octets) => zlib.zstdDecompressSync(octets),
  decodePrefix: (octets) =>
    zlib.zstdDecompressSync(octets, { finishFlush: constants.ZSTD_e_flush }),
};

export const REFERENCE_CODINGS: readonly ReferenceCoding[] = [
  {
    name: "gzip",
    encode: (octets) => zlib.gzipSync(octets),
    decode: (octets) => zlib.gunzipSync(octets),
    decodePrefix: (octets) => zlib.gunzipSync(octets, { finishFlush: constants.Z_SYNC_FLUSH }),
  },
  {
    name: "deflate",
    encode: (octets) => zlib.deflateSync(octets),
    decode: (octets) => zlib.inflateSync(octets),
    decodePrefix: (octets) => zlib.inflateSync(octets, { finishFlush: constants.Z_SYNC_FLUSH }),
  },
  {
    name: "br",
    encode: (octets) => zlib.brotliCompressSync(octets),
    decode: (octets) => zlib.brotliDecompressSync(octets),
    decodePrefix: (octets) =>
      zlib.brotliDecompressSync(octets, { finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  },
  ...(HAS_ZSTD ? [ZSTD] : []),
];

/** The reference of a name the server sent. */
export function referenceCoding(name: string | undefined): ReferenceCoding {
  const found = REFERENCE_CODINGS.find((coding) => coding.name === name?.replace(/^x-/, ""));
  if (found === undefined) throw new Error(`no coding ${name}`);
  return found;
}

/** Octets that no coding makes much smaller; the same ones every time. */
export function noise(octets: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: octets }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >> 16;
  });
}
