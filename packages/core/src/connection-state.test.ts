import { describe, expect, test } from "vitest";
import {
  advance,
  READING,
  READING_DEADLINES,
  READING_NODES,
  type Transitions,
  WRITING,
  WRITING_DEADLINES,
  WRITING_NODES,
} from "./connection-state.ts";

interface Half {
  readonly name: string;
  readonly table: Transitions<string, string>;
  readonly nodes: Readonly<Record<string, { readonly name: string }>>;
  readonly deadlines: Readonly<Record<string, readonly string[]>>;
  readonly first: string;
  /** States that wait for the peer whatever else happens, so they must always have a deadline. */
  readonly waiting: readonly string[];
}

const HALVES: readonly Half[] = [
  {
    name: "reading",
    table: READING as never,
    nodes: READING_NODES as never,
    deadlines: READING_DEADLINES,
    first: "idle",
    waiting: ["idle", "head"],
  },
  {
    name: "writing",
    table: WRITING as never,
    nodes: WRITING_NODES as never,
    deadlines: WRITING_DEADLINES,
    first: "idle",
    waiting: ["flushing", "lingering"],
  },
];

function eventsOf(table: Half["table"]): string[] {
  return [...new Set(Object.values(table).flatMap((row) => Object.keys(row)))];
}

for (const { name, table, nodes, deadlines, first, waiting } of HALVES) {
  const states = Object.keys(table);

  describe(`states of the ${name} half`, () => {
    test("are all reached from the first", () => {
      const reached = new Set([first]);
      for (const state of reached)
        for (const next of Object.values(table[state]!)) reached.add(next!);
      expect([...reached].sort()).toEqual([...states].sort());
    });

    test("all lead to closed, which alone is final, at the latest when the connection is lost", () => {
      for (const state of states) {
        expect([state, table[state]!["lost"]]).toEqual([
          state,
          state === "closed" ? undefined : "closed",
        ]);
      }
      expect(Object.keys(table["closed"]!)).toEqual([]);
    });

    test("lead nowhere that is no state, and never to themselves", () => {
      for (const state of states) {
        for (const next of Object.values(table[state]!)) {
          expect(states).toContain(next!);
          expect(next).not.toBe(state);
        }
      }
    });

    test("move by every event as the table says, and throw on the rest", () => {
      for (const state of states) {
        const node = nodes[state]!;
        for (const event of eventsOf(table)) {
          const next = table[state]![event];
          const move = () => advance(node, (node as unknown as Record<string, never>)[event]);
          if (next === undefined) expect(move).toThrow(/no such move/);
          else expect((move() as { name: string }).name).toBe(next);
        }
      }
    });

    test("have nodes of one shape", () => {
      const shape = ["name", ...Object.keys(nodes[first]!).filter((key) => key !== "name")];
      for (const state of states) expect(Object.keys(nodes[state]!)).toEqual(shape);
      expect(shape.slice(1).sort()).toEqual(eventsOf(table).sort());
    });

    test("have a deadline each, and those that wait for the peer always one", () => {
      expect(Object.keys(deadlines).sort()).toEqual([...states].sort());
      for (const state of states) expect(deadlines[state]!.length).toBeGreaterThan(0);
      for (const state of waiting) expect(deadlines[state]).not.toContain("none");
    });
  });
}

describe("states of the reading half", () => {
  test("never lead back to parsing once it was given up (RFC 9112 §11.2)", () => {
    const dead = new Set(["discarding", "stopped", "ended", "closed"]);
    for (const state of dead) {
      for (const next of Object.values(READING[state as keyof typeof READING])) {
        expect(dead.has(next!)).toBe(true);
      }
    }
  });
});
