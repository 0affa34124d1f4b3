import fc from "fast-check";
import { expect, test } from "vitest";
import { GatheredOctets } from "./gathered-octets.ts";
import { joinOctets } from "./join-octets.ts";

test("gives the pieces behind each other, whatever their sizes", () => {
  const size = fc.oneof(fc.nat(40), fc.integer({ min: 2000, max: 2100 }), fc.nat(20_000));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
      const gathered = new GatheredOctets();
      const pieces = sizes.map((length, at) => new Uint8Array(length).fill(at + 1));
      for (const piece of pieces) gathered.append(piece);
      const octets = sizes.reduce((sum, length) => sum + length, 0);
      expect(gathered.octets).toBe(octets);
      const joined = gathered.join();
      // Far faster than expect on arrays this large.
      expect(Buffer.compare(joined, joinOctets(pieces, octets))).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test("gives a single piece as it came", () => {
  const gathered = new GatheredOctets();
  const piece = Uint8Array.of(1, 2, 3);
  gathered.append(piece);
  expect(gathered.join()).toBe(piece);
});

test("copies small pieces: what they lie in may be as large as it likes", () => {
  const gathered = new GatheredOctets();
  const large = new Uint8Array(65_536).fill(7);
  gathered.append(large.subarray(0, 3000));
  gathered.append(large.subarray(0, 1));
  large.fill(8);
  expect(gathered.join()[3000]).toBe(7);
});

test("begins again behind clear", () => {
  const gathered = new GatheredOctets();
  gathered.append(Uint8Array.of(1));
  gathered.append(Uint8Array.of(2));
  gathered.clear();
  gathered.append(Uint8Array.of(3));
  expect([gathered.octets, [...gathered.join()]]).toEqual([1, [3]]);
});
