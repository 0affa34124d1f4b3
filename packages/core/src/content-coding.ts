// The content codings this server has (RFC 9110 §8.4.1): their names, and node:zlib's ways to apply and to undo them.
// Knows no request and no response.

import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

export type Coding = "zstd" | "br" | "gzip" | "deflate";

/** One of node:zlib's transforms. */
export type ZlibTransform = Transform & {
  /** Octets it has taken for its own, not those that wait in it. */
  readonly bytesWritten: number;
};

/** Node has it from 22.15 on. */
const HAS_ZSTD = typeof zlib.zstdCompressSync === "function";

/** The codings there are, in order of preference. */
export const CODINGS: readonly Coding[] = HAS_ZSTD
  ? ["zstd", "br", "gzip", "deflate"]
  : ["br", "gzip", "deflate"];

/** The coding that `name` means, in any case; `x-gzip` is gzip (RFC 9110 §8.4.1.3). `undefined` for one we do not have. */
export function codingNamed(name: string): Coding | "identity" | undefined {
  const folded = name.toLowerCase();
  switch (folded) {
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "br":
    case "deflate":
    case "identity":
      return folded;
    case "zstd":
      return HAS_ZSTD ? folded : undefined;
    default:
      return undefined;
  }
}

const { constants } = zlib;
const GZIP_LEVEL = 6;
const BROTLI_QUALITY = 4;
const ZSTD_LEVEL = 3;

/**
 * Window of brotli and zstd for what is coded as a stream, 256 KiB. With their own windows of 4 and 2 MiB an encoder
 * grows to 9.8 and 7.0 MiB, with this one to 4.4 MiB each, and JSON text of 6 MB comes out no larger (Node 24).
 */
const WINDOW_LOG = 18;
/** The largest zstd window that the coding allows (RFC 9659 §3); libzstd alone would take 128 MiB. */
const ZSTD_WINDOW_LOG_MAX = 23;
/** Small contents get small output buffers: node:zlib's 16 KiB for each make a quarter of the time of coding `hello`. */
const CHUNK_OCTETS_MIN = 512;
const CHUNK_OCTETS_MAX = 16_384;
/** Node takes smaller buffers out of a pool, and then each piece decoded would keep 64 KiB alive. */
const DECODED_CHUNK_OCTETS = 32_768;

/** Codes content at once. */
export function encodeContent(content: Uint8Array, coding: Coding): Uint8Array {
  const chunkSize = Math.min(CHUNK_OCTETS_MAX, Math.max(CHUNK_OCTETS_MIN, content.length));
  switch (coding) {
    case "gzip":
      return zlib.gzipSync(content, { chunkSize, level: GZIP_LEVEL });
    case "deflate":
      return zlib.deflateSync(content, { chunkSize, level: GZIP_LEVEL });
    case "br": {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      };
      return zlib.brotliCompressSync(content, { chunkSize, params });
    }
    case "zstd": {
      const params = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
      return zlib.zstdCompressSync(content, { chunkSize, params });
    }
  }
}

/**
 * A transform that codes. `octets`: the size of the content, which is then coded as a whole; -1 when it is not known:
 * then every piece is flushed, so that whoever receives it can decode it to its end.
 */
export function createEncoder(coding: Coding, octets: number): ZlibTransform {
  const isFlushed = octets < 0;
  switch (coding) {
    case "gzip":
    case "deflate": {
      const flush = isFlushed ? constants.Z_SYNC_FLUSH : constants.Z_NO_FLUSH;
      const options = { flush, level: GZIP_LEVEL };
      return coding === "gzip" ? zlib.createGzip(options) : zlib.createDeflate(options);
    }
    case "br": {
      const { BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_PROCESS } = constants;
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: WINDOW_LOG,
        [constants.BROTLI_PARAM_SIZE_HINT]: Math.max(0, octets),
      };
      const flush = isFlushed ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_PROCESS;
      return zlib.createBrotliCompress({ flush, params });
    }
    case "zstd": {
      const params = {
        [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL,
        [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      };
      if (isFlushed) return zlib.createZstdCompress({ flush: constants.ZSTD_e_flush, params });
      return zlib.createZstdCompress({ pledgedSrcSize: octets, params });
    }
  }
}

/** A transform that decodes. What is malformed or cut short is an error of it; cut short zstd is not everywhere. */
export function createDecoder(coding: Coding): ZlibTransform {
  const chunkSize = DECODED_CHUNK_OCTETS;
  switch (coding) {
    case "gzip":
      return zlib.createGunzip({ chunkSize });
    case "deflate":
      return zlib.createInflate({ chunkSize });
    case "br":
      return zlib.createBrotliDecompress({ chunkSize });
    case "zstd": {
      const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
      return zlib.createZstdDecompress({ chunkSize, params });
    }
  }
}
