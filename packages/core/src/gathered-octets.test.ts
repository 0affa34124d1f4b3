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
      const octets = sizes.reduce((sum, length) => sum + length, 0);
      for (const piece of pieces.slice(0, -1)) gathered.append(piece);
      const joined = gathered.join(pieces.at(-1));
      // Far faster than expect on arrays this large.
      expect(Buffer.compare(joined, joinOctets(pieces, octets))).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test("gives a single piece as it came", () => {
  const gathered = new GatheredOctets();
  const piece = Uint8Array.of(1, 2, 3);
  expect(gathered.join(piece)).toBe(piece);
});

test("lets go of the memory that small pieces lie in", () => {
  const gathered = new GatheredOctets();
  const large = new Uint8Array(65_536).fill(7);
  gathered.append(large.subarray(0, 1));
  gathered.append(large.subarray(0, 3000));
  large.fill(8);
  const joined = gathered.join();
  expect([joined[0], joined[1], joined.length]).toEqual([7, 7, 3001]);
});

test.each([
  ["Uint8Array", (octets: number) => new Uint8Array(octets)],
  ["Buffer", (octets: number) => Buffer.alloc(octets)],
] as const)("copies a piece out of a %s that is much larger", (_, make) => {
  const gathered = new GatheredOctets();
  const large = make(65_536);
  gathered.append(large.subarray(0, 4096));
  large.fill(1);
  expect(gathered.heldOctets).toBe(4096);
  expect(gathered.join().every((octet) => octet === 0)).toBe(true);
});

test("counts the memory that is held: little for little", () => {
  const gathered = new GatheredOctets();
  gathered.append(Uint8Array.of(1));
  expect(gathered.heldOctets).toBe(256);
  for (let i = 0; i < 100_000; i++) gathered.append(Uint8Array.of(i & 255));
  expect(gathered.heldOctets).toBeGreaterThanOrEqual(100_001);
  expect(gathered.heldOctets).toBeLessThan(120_000);
  const whole = new Uint8Array(8192);
  gathered.append(whole.subarray(0, 4096));
  expect(gathered.heldOctets).toBeLessThan(128_000);
});

test("begins again behind clear", () => {
  const gathered = new GatheredOctets();
  gathered.append(Uint8Array.of(1));
  gathered.append(Uint8Array.of(2));
  gathered.clear();
  expect(gathered.heldOctets).toBe(0);
  gathered.append(Uint8Array.of(3));
  expect([...gathered.join()]).toEqual([3]);
});
