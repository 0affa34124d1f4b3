import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IdleEntry, IdleList } from "./idle-list.ts";

interface Named extends IdleEntry {
  readonly name: number;
}

function entry(name: number): Named {
  return { name, idleNext: undefined, idlePrevious: undefined, idleQueue: undefined };
}

/** Takes the oldest out again and again; gives their names. */
function orderOf(list: IdleList<Named>): number[] {
  const names: number[] = [];
  for (let oldest = list.oldest; oldest !== undefined; oldest = list.oldest) {
    names.push(oldest.name);
    list.remove(oldest);
  }
  return names;
}

describe("IdleList", () => {
  test("lets those go first that never sent an octet, then the others, each by how long they have stood", () => {
    const list = new IdleList<Named>();
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(entry) as [Named, Named, Named, Named, Named];
    list.add(a, false);
    list.add(b, true);
    list.add(c, false);
    list.add(d, true);
    list.add(e, false);
    expect([list.oldest, list.oldestAnswered, list.size]).toEqual([b, a, 5]);
    expect(orderOf(list)).toEqual([2, 4, 1, 3, 5]);
    expect([list.oldest, list.oldestAnswered, list.size]).toEqual([undefined, undefined, 0]);
  });

  test("counts an entry once, and puts it last when it is added again", () => {
    const list = new IdleList<Named>();
    const [a, b] = [entry(1), entry(2)];
    list.add(a, true);
    list.add(b, false);
    list.add(a, false);
    expect([list.size, list.oldest]).toEqual([2, b]);
    expect(orderOf(list)).toEqual([2, 1]);
  });

  test("has no answered one while all that stand in it are silent", () => {
    const list = new IdleList<Named>();
    list.add(entry(1), true);
    expect([list.oldest?.name, list.oldestAnswered]).toEqual([1, undefined]);
  });

  test("takes no notice of the removal of what does not stand in it", () => {
    const list = new IdleList<Named>();
    const [a, b] = [entry(1), entry(2)];
    list.add(a, true);
    list.remove(b);
    list.remove(a);
    list.remove(a);
    expect([list.size, list.oldest]).toEqual([0, undefined]);
  });

  test("holds nothing of what has left", () => {
    const list = new IdleList<Named>();
    const [a, b, c] = [entry(1), entry(2), entry(3)];
    for (const each of [a, b, c]) list.add(each, false);
    for (const each of [b, a, c]) {
      list.remove(each);
      expect(each).toEqual(entry(each.name));
    }
  });

  test("moves an entry at the same cost however many stand before and behind it", () => {
    const looks = (size: number): number => {
      let looked = 0;
      const counted = (name: number): Named => {
        const plain = entry(name);
        return new Proxy(plain, {
          get(target, member, receiver) {
            looked++;
            return Reflect.get(target, member, receiver);
          },
        });
      };
      const list = new IdleList<Named>();
      const entries = Array.from({ length: size }, (_, name) => counted(name));
      for (const each of entries) list.add(each, false);
      looked = 0;
      list.add(entries[size >> 1]!, false);
      list.remove(entries[size >> 2]!);
      list.remove(list.oldest!);
      return looked;
    };
    expect(looks(10_000)).toBe(looks(8));
  });
});

type Step =
  | { readonly kind: "silent" | "answered" | "remove"; readonly which: number }
  | { readonly kind: "removeOldest" | "removeOldestAnswered" };

const COUNT = 8;
const which = fc.integer({ min: 0, max: COUNT - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("silent" as const, "answered" as const, "remove" as const),
      which,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("removeOldest" as const, "removeOldestAnswered" as const),
    }),
  },
);

describe("IdleList against two arrays", () => {
  test("stands in the same order after any moves", () => {
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new IdleList<Named>();
      const entries = Array.from({ length: COUNT }, (_, name) => entry(name));
      let silent: number[] = [];
      let answered: number[] = [];
      const leave = (name: number | undefined) => {
        silent = silent.filter((other) => other !== name);
        answered = answered.filter((other) => other !== name);
      };
      for (const move of steps) {
        if (!("which" in move)) {
          const isAnswered = move.kind === "removeOldestAnswered";
          const oldest = isAnswered ? list.oldestAnswered : list.oldest;
          if (oldest !== undefined) list.remove(oldest);
          leave(isAnswered ? answered[0] : (silent[0] ?? answered[0]));
        } else {
          leave(move.which);
          if (move.kind === "remove") list.remove(entries[move.which]!);
          else {
            list.add(entries[move.which]!, move.kind === "silent");
            (move.kind === "silent" ? silent : answered).push(move.which);
          }
        }
        expect(list.size).toBe(silent.length + answered.length);
        expect(list.oldest?.name).toBe(silent[0] ?? answered[0]);
        expect(list.oldestAnswered?.name).toBe(answered[0]);
        const standing = entries.filter((each) => each.idleQueue !== undefined);
        expect(standing.map(({ name }) => name)).toEqual([...silent, ...answered].sort());
      }
      expect(orderOf(list)).toEqual([...silent, ...answered]);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
