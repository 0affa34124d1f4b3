import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

describe("Fifo", () => {
  test("gives what was pushed in the same order, and undefined when it is empty", () => {
    const property = fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (pushes) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const isPush of pushes) {
        if (isPush) {
          fifo.push(next);
          model.push(next++);
        } else expect(fifo.shift()).toBe(model.shift());
        expect([fifo.length, fifo.first]).toEqual([model.length, model[0]]);
      }
      while (model.length > 0) expect(fifo.shift()).toBe(model.shift());
      expect([fifo.shift(), fifo.length, fifo.first]).toEqual([undefined, 0, undefined]);
    });
    fc.assert(property);
  });
});
