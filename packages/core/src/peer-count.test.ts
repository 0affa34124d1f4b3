import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PeerCount, peerOf } from "./peer-count.ts";

describe("peerOf", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["0000:0000:0000:0000:0000:ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
  ])("gives %s as the IPv4 address %s", (address, peer) => {
    expect(peerOf(address)).toBe(peer);
  });

  test("takes an IPv4 address mapped into IPv6 for the IPv4 address", () => {
    expect(peerOf("::ffff:192.0.2.1")).toBe(peerOf("192.0.2.1"));
    expect(peerOf("::ffff:192.0.2.1")).not.toBe(peerOf("::ffff:192.0.2.2"));
  });

  // Each row is one /64 in several spellings (RFC 4291 §2.2, RFC 5952).
  const SPELLINGS: readonly (readonly [peer: string, ...spellings: string[]])[] = [
    ["2001:db8:1:2::/64", "2001:db8:1:2::1", "2001:0db8:0001:0002:0000:0000:0000:0001"],
    ["2001:db8:1:2::/64", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::192.0.2.1"],
    ["2001:db8:1:2::/64", "2001:db8:1:2:3::5", "2001:db8:1:2:0:3::", "2001:db8:1:2:0:0:0:0"],
    ["2001:db8:0:0::/64", "2001:db8::1", "2001:db8::", "2001:db8:0:0:1::", "2001:db8::1:2:3:4"],
    ["2001:db8:0:1::/64", "2001:db8:0:1::", "2001:db8:0:1:2:3:4:5", "2001:db8::1:2:3:4:5"],
    ["0:0:0:0::/64", "::", "::1", "0::1", "0:0:0:0:0:0:0:1", "::1:2:3:4"],
    ["0:0:0:1::/64", "::1:2:3:4:5", "0:0:0:1::", "0000:0:00:0001::9"],
    ["1:2:3:4::/64", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:192.0.2.1"],
    ["1:0:0:4::/64", "1::4:5:6:7:8", "1:0:0:4:5:6:7:8"],
    ["fe80:0:0:0::/64", "fe80::1", "fe80::1%eth0", "fe80::2%3", "FE80::ab%en0.1", "fe80::1%a:b"],
    ["64:ff9b:0:0::/64", "64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ];
  for (const [peer, ...spellings] of SPELLINGS) {
    for (const spelling of spellings) {
      test(`gives ${spelling} as ${peer}`, () => {
        expect(peerOf(spelling)).toBe(peer);
      });
    }
  }

  test("looks at the first 64 bits of any IPv6 address, and at nothing else", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const property = fc.property(
      fc.array(group, { minLength: 8, maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      fc.nat(8),
      fc.nat(8),
      (groups, isPadded, isUpper, from, length) => {
        fc.pre(groups.slice(0, 5).some((value) => value !== 0) || groups[5] !== 0xffff);
        const texts = groups.map((value) => {
          const text = value.toString(16).padStart(isPadded ? 4 : 1, "0");
          return isUpper ? text.toUpperCase() : text;
        });
        const spellings = [texts.join(":")];
        const run = groups.slice(from, from + length);
        if (run.length > 0 && run.every((value) => value === 0)) {
          const [left, right] = [texts.slice(0, from), texts.slice(from + run.length)];
          spellings.push(`${left.join(":")}::${right.join(":")}`);
        }
        const peer = `${groups
          .slice(0, 4)
          .map((value) => value.toString(16))
          .join(":")}::/64`;
        for (const spelling of spellings) expect(peerOf(spelling)).toBe(peer);
      },
    );
    fc.assert(property, { numRuns: 500 });
    const zeros = fc.property(fc.nat(8), fc.nat(8), group, (from, length, value) => {
      const groups = Array.from({ length: 8 }, (_, at) =>
        at >= from && at < from + length ? 0 : value || 1,
      );
      const texts = groups.map((each) => each.toString(16));
      if (length === 0 || from >= 8) return;
      const short = `${texts.slice(0, from).join(":")}::${texts.slice(from + length).join(":")}`;
      const isMapped = groups.slice(0, 5).every((each) => each === 0) && groups[5] === 0xffff;
      if (!isMapped) expect(peerOf(short)).toBe(peerOf(texts.join(":")));
    });
    fc.assert(zeros, { numRuns: 500 });
  });
});

describe("PeerCount", () => {
  test("lets in as many of each peer as it may, and one more for each that has left", () => {
    const count = new PeerCount(2);
    expect(["a", "a", "a", "b", "a"].map((peer) => count.enter(peer))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    count.leave("a");
    expect([count.enter("a"), count.enter("a"), count.size]).toEqual([true, false, 2]);
  });

  test("forgets a peer whose last connection has gone", () => {
    const count = new PeerCount(1);
    for (let i = 0; i < 1000; i++) {
      count.enter(`peer ${i}`);
      count.leave(`peer ${i}`);
    }
    expect(count.size).toBe(0);
  });

  test("balances over any order of entering and leaving", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ peer: fc.constantFrom("a", "b", "c"), leaves: fc.boolean() })),
      (most, steps) => {
        const count = new PeerCount(most);
        const open: string[] = [];
        const of = (peer: string) => open.filter((other) => other === peer).length;
        for (const { peer, leaves } of steps) {
          if (!leaves) {
            const isIn = count.enter(peer);
            expect(isIn).toBe(of(peer) < most);
            if (isIn) open.push(peer);
          } else if (of(peer) > 0) {
            count.leave(peer);
            open.splice(open.indexOf(peer), 1);
          }
          expect(count.size).toBe(new Set(open).size);
        }
        for (const peer of open) count.leave(peer);
        expect(count.size).toBe(0);
      },
    );
    fc.assert(property);
  });
});
