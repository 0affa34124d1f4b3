import { expect, test } from "vitest";
import { makeRequestId, requestIdFrom } from "./request-id.ts";

test("ids that are made differ, and are usable themselves", () => {
  const made = Array.from({ length: 1000 }, () => makeRequestId());
  expect(new Set(made).size).toBe(1000);
  for (const id of made) expect(requestIdFrom(id)).toBe(id);
});

test.each([
  "a",
  "018f6b1e-3c1a-7c3e-9d0c-0d5f5f0c9a11",
  "Root=1-67891233-abcdef012345678912345678",
  "a.b_c:d+e/f=g@h-i",
  "x".repeat(128),
])("an id that is received is kept: %s", (id) => {
  expect(requestIdFrom(id)).toBe(id);
});

test.each([undefined, "", " ", "a b", 'a"', "a\\", "a,b", "\u00e9", "a\n", "x".repeat(129), "{}"])(
  "one that cannot be used is replaced: %j",
  (id) => {
    expect(requestIdFrom(id)).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  },
);
