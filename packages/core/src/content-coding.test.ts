import { describe, expect, test } from "vitest";
import { HAS_ZSTD, noise, REFERENCE_CODINGS } from "../test/codings.ts";
import { until } from "../test/until.ts";
import {
  CODINGS,
  type Coding,
  codingNamed,
  createDecoder,
  createEncoder,
  encodeContent,
  type ZlibTransform,
} from "./content-coding.ts";

const NAMES: readonly (readonly [string, Coding | "identity" | undefined])[] = [
  ["gzip", "gzip"],
  ["GZIP", "gzip"],
  ["x-gzip", "gzip"],
  ["X-GZip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["Br", "br"],
  ["zstd", HAS_ZSTD ? "zstd" : undefined],
  ["identity", "identity"],
  ["Identity", "identity"],
  ["compress", undefined],
  ["x-compress", undefined],
  ["brotli", undefined],
  ["", undefined],
  [" gzip", undefined],
  ["gzip, br", undefined],
  ["constructor", undefined],
];

const CONTENTS: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["hello", new TextEncoder().encode("hello")],
  ["one octet", Uint8Array.of(0)],
  ["zeros", new Uint8Array(16_384)],
  ["noise", noise(16_384)],
  ["noise of 511 octets", noise(511)],
  ["text", new TextEncoder().encode(JSON.stringify(CODINGS.concat(CODINGS)).repeat(200))],
];

/** Feeds pieces one after the other and gives what has come out behind each, and at the end. */
async function through(transform: ZlibTransform, pieces: readonly Uint8Array[]) {
  const behind: Uint8Array[] = [];
  let all = new Uint8Array(0);
  let hasEnded = false;
  transform.on("data", (octets: Uint8Array) => {
    all = Uint8Array.of(...all, ...octets);
  });
  transform.on("end", () => {
    hasEnded = true;
  });
  for (const piece of pieces) {
    let isTaken = false;
    transform.write(piece, () => {
      isTaken = true;
    });
    await until(() => isTaken);
    behind.push(all);
  }
  transform.end();
  await until(() => hasEnded);
  return { behind, all };
}

describe("codingNamed", () => {
  test.each(NAMES)("%s means %s", (name, coding) => {
    expect(codingNamed(name)).toBe(coding);
  });

  test("knows each coding there is, in order of preference", () => {
    expect(CODINGS).toEqual([...(HAS_ZSTD ? ["zstd"] : []), "br", "gzip", "deflate"]);
    expect(CODINGS.map((coding) => codingNamed(coding))).toEqual(CODINGS);
  });
});

for (const { name, encode, decode, decodePrefix } of REFERENCE_CODINGS) {
  const coding = name as Coding;

  describe(`the coding ${name}`, () => {
    test.each(CONTENTS)("of %s is what node:zlib decodes", (_, content) => {
      expect([...decode(encodeContent(content, coding))]).toEqual([...content]);
    });

    test.each(CONTENTS)("of %s decodes what node:zlib codes", async (_, content) => {
      const { all } = await through(createDecoder(coding), [encode(content)]);
      expect([...all]).toEqual([...content]);
    });

    test("as a stream lets out every piece that has gone in", async () => {
      const texts = ["event one\n\n", "event two\n\n", "x".repeat(40_000), "the last"];
      const pieces = texts.map((text) => new TextEncoder().encode(text));
      const { behind, all } = await through(createEncoder(coding, -1), pieces);
      for (const [i, octets] of behind.entries()) {
        const found = new TextDecoder().decode(decodePrefix(octets));
        expect(found.length).toBe(texts.slice(0, i + 1).join("").length);
      }
      expect(new TextDecoder().decode(decode(all))).toBe(texts.join(""));
    });

    test("of a size known before is not cut up", async () => {
      const piece = new TextEncoder().encode("0123456789 and so on. ".repeat(500));
      const pieces = Array.from({ length: 8 }, () => piece);
      const whole = await through(createEncoder(coding, 8 * piece.length), pieces);
      const pieced = await through(createEncoder(coding, -1), pieces);
      expect(decode(whole.all).length).toBe(8 * piece.length);
      expect(whole.all.length).toBeLessThan(pieced.all.length);
    });
  });
}

test("gzip of hello is 25 octets, of nothing 20", () => {
  const sizes = ["hello", ""].map(
    (text) => encodeContent(new TextEncoder().encode(text), "gzip").length,
  );
  expect(sizes).toEqual([25, 20]);
});
