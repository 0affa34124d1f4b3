// From a seed to a case and from a case to a small transcript, without a server.

import { parseTranscripts } from "@hyperlane-ts/core/testing";
import { expect, test } from "vitest";
import { makeCase } from "./cases.ts";
import { readSeeds } from "./corpus.ts";
import { minimize, without } from "./minimize.ts";
import { transcriptOf } from "./wire-text.ts";

const seeds = readSeeds();

test("makeCase gives the same case for the same seed and index, and others for others", () => {
  const [one, again, other, next] = [
    makeCase(7, 30, seeds),
    makeCase(7, 30, seeds),
    makeCase(8, 30, seeds),
    makeCase(7, 31, seeds),
  ];
  expect(again).toEqual(one);
  expect(other.input).not.toBe(one.input);
  expect(next.input).not.toBe(one.input);
});

test("makeCase gives octets, cuts in order inside of them, and every kind and profile", () => {
  const kinds = new Set<string>();
  for (let index = 0; index < 2000; index++) {
    const { kind, profile, input, cuts, cut } = makeCase(1, index, seeds);
    kinds
      .add(kind)
      .add(profile)
      .add(cut?.how ?? "");
    expect(input).toMatch(/^[\0-\xff]*$/);
    const places = [0, ...cuts, Math.max(input.length, 1)];
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  }
  const all = [
    "",
    "cut",
    "destroy",
    "fin",
    "hasty",
    "narrow",
    "overdue",
    "plain",
    "reset",
    "split",
  ];
  expect([...kinds].sort()).toEqual(all);
});

test("without moves cuts and the client's end along with the octets behind what is removed", () => {
  const one = { ...makeCase(1, 0, seeds), input: "0123456789", cuts: [2, 4, 6, 9] };
  const cut = { how: "fin", side: "request", octet: 8 } as const;
  expect(without({ ...one, cut }, 3, 6)).toMatchObject({
    input: "0126789",
    cuts: [2, 3, 6],
    cut: { octet: 5 },
  });
});

test("minimize keeps what a failure needs and nothing else", async () => {
  const one = { ...makeCase(1, 0, seeds), kind: "split", cuts: [3, 50, 90] } as const;
  const input = `${"a".repeat(70)}X${"b".repeat(30)}Y${"c".repeat(40)}`;
  const fails = async ({
    input: left,
    cuts,
  }: typeof one | { input: string; cuts: readonly number[] }) =>
    /X.*Y/.test(left) && cuts.length > 0;
  const small = await minimize({ ...one, input }, fails, Number.POSITIVE_INFINITY);
  expect(small.input).toBe("XY");
  expect(small.cuts).toHaveLength(1);
});

test("transcriptOf writes what parseTranscripts reads: the same octets, the same cuts", () => {
  for (let index = 0; index < 300; index++) {
    const one = makeCase(3, index, seeds);
    const text = transcriptOf(one, "A title", { whole: "HTTP/1.1 200 OK\r\n{}\\ \x01\xff" });
    const [transcript] = parseTranscripts(text, "case.wire");
    const sends = transcript!.steps.filter(({ kind }) => kind === "send");
    const sent = sends.map((step) =>
      step.kind === "send" ? Buffer.from(step.octets).toString("latin1") : "",
    );
    const stop = one.cut?.side === "request" ? one.cut.octet : one.input.length;
    expect(sent.join("")).toBe(one.input.slice(0, stop));
  }
});
