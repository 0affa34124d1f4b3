import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { HAS_ZSTD, noise } from "../test/codings.ts";
import { ZstdFrame } from "./zstd-frame.ts";

const { constants } = zlib;

/** A frame as its parts (RFC 8878 §3.1.1), written by hand. */
function frame(
  descriptor: number,
  header: readonly number[],
  ...rest: readonly number[][]
): Uint8Array {
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, ...header, ...rest.flat());
}

/** A block header, least significant octet first. */
function block(isLast: boolean, type: number, size: number): number[] {
  const value = (size << 3) | (type << 1) | (isLast ? 1 : 0);
  return [value & 255, (value >> 8) & 255, value >> 16];
}

const EMPTY = block(true, 0, 0);

const FRAMES: (readonly [name: string, octets: Uint8Array])[] = [
  ["a window descriptor alone", frame(0x00, [0x58], EMPTY)],
  ["a window descriptor and a content size of 2", frame(0x40, [0x58, 0, 0], EMPTY)],
  ["a content size of 4", frame(0x80, [0x58, 0, 0, 0, 0], EMPTY)],
  ["a content size of 8", frame(0xc0, [0x58, 0, 0, 0, 0, 0, 0, 0, 0], EMPTY)],
  ["a single segment", frame(0x20, [0], EMPTY)],
  ["a single segment, content size of 2", frame(0x60, [0, 0], EMPTY)],
  ["a dictionary id of 1", frame(0x01, [0x58, 7], EMPTY)],
  ["a dictionary id of 2", frame(0x02, [0x58, 7, 7], EMPTY)],
  [
    "a dictionary id of 4, single segment, checksum",
    frame(0x27, [7, 7, 7, 7, 0], EMPTY, [1, 2, 3, 4]),
  ],
  ["a raw block", frame(0x20, [3], block(true, 0, 3), [1, 2, 3])],
  ["a run-length block of 300", frame(0x60, [44, 0], block(true, 1, 300), [1])],
  [
    "blocks of all types",
    frame(
      0x00,
      [0x58],
      block(false, 0, 2),
      [1, 2],
      block(false, 1, 9),
      [3],
      block(true, 2, 4),
      [9, 9, 9, 9],
    ),
  ],
  ["an empty block before the last", frame(0x00, [0x58], block(false, 0, 0), EMPTY)],
];

if (HAS_ZSTD) {
  for (const [name, octets] of [
    ["nothing", new Uint8Array(0)],
    ["zeros", new Uint8Array(500)],
    ["noise", noise(700)],
    ["text", new TextEncoder().encode("hello, ".repeat(60))],
  ] as const) {
    for (const checksum of [0, 1]) {
      const params = { [constants.ZSTD_c_checksumFlag]: checksum };
      FRAMES.push([
        `${name}, by node:zlib, checksum ${checksum}`,
        zlib.zstdCompressSync(octets, { params }),
      ]);
    }
  }
}

describe("ZstdFrame", () => {
  test.each(FRAMES)("knows the end of %s, at every cut and octet by octet", (_, octets) => {
    for (let cut = 0; cut <= octets.length; cut++) {
      const found = new ZstdFrame();
      expect(found.push(octets.subarray(0, cut))).toBe(true);
      expect([cut, found.isWhole]).toEqual([cut, cut === octets.length]);
      expect([cut, found.push(octets.subarray(cut)), found.isWhole]).toEqual([cut, true, true]);
    }
    const slow = new ZstdFrame();
    for (const octet of octets) expect(slow.push(Uint8Array.of(octet))).toBe(true);
    expect(slow.isWhole).toBe(true);
  });

  test.each(FRAMES)("takes nothing behind %s, be it another frame", (_, octets) => {
    for (const behind of [Uint8Array.of(0), octets]) {
      const whole = new ZstdFrame();
      expect(whole.push(octets)).toBe(true);
      expect(whole.push(behind)).toBe(false);
      expect(new ZstdFrame().push(Uint8Array.of(...octets, ...behind))).toBe(false);
    }
  });

  test.each([
    ["another magic number", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfc, 0, 0)],
    ["a skippable frame (RFC 8878 §3.1.2)", Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0)],
    ["gzip", zlib.gzipSync("hello")],
    ["a reserved block type", frame(0x00, [0x58], block(true, 3, 0))],
  ])("refuses %s", (_, octets) => {
    expect(new ZstdFrame().push(octets)).toBe(false);
  });

  test("knows the end of a large frame of many blocks", () => {
    if (!HAS_ZSTD) return;
    const octets = zlib.zstdCompressSync(noise(1_000_000));
    const found = new ZstdFrame();
    for (let at = 0; at < octets.length; at += 999) {
      expect(found.isWhole).toBe(false);
      expect(found.push(octets.subarray(at, at + 999))).toBe(true);
    }
    expect(found.isWhole).toBe(true);
  });
});
