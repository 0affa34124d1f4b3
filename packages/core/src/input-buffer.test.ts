import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputBuffer } from "./input-buffer.ts";

function regionOf(input: InputBuffer): number[] {
  return [...input.bytes.subarray(input.start, input.end)];
}

type Step =
  | { readonly kind: "append"; readonly size: number }
  | { readonly kind: "consume"; readonly part: number }
  | { readonly kind: "extend" | "compact" | "clear" };

// Around the sizes at which the buffer changes its ways: 2048 gathers no more, 4096 fills a gathering.
const size = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 300 }),
  fc.constantFrom(2047, 2048, 2049, 4095, 4096, 4097, 10_000),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("append" as const), size }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("consume" as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("extend" as const, "compact" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
);

describe("InputBuffer against a list of octets", () => {
  test("holds what was appended and not consumed, in order; views of what was consumed never change", () => {
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const input = new InputBuffer();
      let model: number[] = [];
      let next = 0;
      const views: { view: Uint8Array; copy: number[] }[] = [];
      for (const { kind, ...rest } of steps) {
        if (kind === "append") {
          const { size } = rest as { size: number };
          const octets = Uint8Array.from({ length: size }, () => next++ & 0xff);
          input.append(octets);
          for (const octet of octets) model.push(octet);
        } else if (kind === "consume") {
          const held = input.end - input.start;
          const count = Math.round(held * (rest as { part: number }).part);
          const view = input.bytes.subarray(input.start, input.start + count);
          views.push({ view, copy: [...view] });
          input.consume(count);
          expect(views.at(-1)!.copy).toEqual(model.slice(0, count));
          model = model.slice(count);
        } else if (kind === "extend") {
          const before = input.end - input.start;
          const grew = input.extend();
          expect(grew).toBe(before < model.length);
          expect(input.end - input.start > before).toBe(grew);
        } else if (kind === "compact") input.compact();
        else {
          input.clear();
          model = [];
        }
        expect(input.octets).toBe(model.length);
        const region = regionOf(input);
        expect(region).toEqual(model.slice(0, region.length));
        // There is always something to read while octets are held.
        expect(region.length > 0).toBe(model.length > 0);
      }
      while (input.extend()) {}
      expect(regionOf(input)).toEqual(model);
      for (const { view, copy } of views) expect([...view]).toEqual(copy);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe("InputBuffer", () => {
  test("takes the first chunk without copying it", () => {
    const input = new InputBuffer();
    const chunk = new Uint8Array(100);
    input.append(chunk);
    expect(input.bytes).toBe(chunk);
  });

  test("does not keep views of the chunks it gathers: a chunk may be small and its memory large", () => {
    const input = new InputBuffer();
    input.append(new Uint8Array(10));
    for (let i = 0; i < 100; i++) input.append(new Uint8Array(1_000_000).subarray(i, i + 1));
    while (input.extend()) {}
    expect(input.octets).toBe(110);
    expect(input.bytes.buffer.byteLength).toBeLessThan(10_000);
  });

  test("compact copies a small rest out of a large chunk, and leaves a large rest", () => {
    const input = new InputBuffer();
    const chunk = Uint8Array.from({ length: 65_536 }, (_, i) => i & 0xff);
    input.append(chunk);
    input.consume(10);
    input.compact();
    expect(input.bytes).toBe(chunk);
    input.consume(65_500);
    input.compact();
    expect(input.bytes.buffer.byteLength).toBeLessThan(1100);
    expect(regionOf(input)).toEqual([...chunk.subarray(65_510)]);
  });

  test("grows for octets that come one by one by doubling, so that the work stays linear", () => {
    const input = new InputBuffer();
    let buffers = 0;
    let last: Uint8Array | undefined;
    for (let i = 0; i < 16_384; i++) {
      input.append(Uint8Array.of(i & 0xff));
      input.extend();
      if (input.bytes !== last) buffers++;
      last = input.bytes;
    }
    expect(input.octets).toBe(16_384);
    expect(buffers).toBeLessThan(12);
  });

  test("holds no memory once everything is consumed or cleared", () => {
    const input = new InputBuffer();
    for (const leave of [() => input.consume(5000), () => input.clear()]) {
      input.append(new Uint8Array(5000));
      leave();
      expect([input.octets, input.bytes.buffer.byteLength]).toEqual([0, 0]);
    }
  });
});

test.each([
  ["Uint8Array", (octets: number) => new Uint8Array(octets)],
  ["Buffer", (octets: number) => Buffer.alloc(octets)],
] as const)("compact lets go of a large %s of which little is held", (_, make) => {
  const input = new InputBuffer();
  const large = make(65_536);
  input.append(large);
  input.consume(65_530);
  input.compact();
  large.fill(1);
  expect(regionOf(input)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(input.bytes.buffer.byteLength).toBe(6);
});
