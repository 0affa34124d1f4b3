import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseCoding } from "./accept-encoding.ts";
import type { Coding } from "./content-coding.ts";

const ALL: readonly Coding[] = ["zstd", "br", "gzip", "deflate"];

/** Accept-Encoding, what is offered, what is chosen. */
const CASES: readonly (readonly [
  name: string,
  field: string | undefined,
  offered: readonly Coding[],
  chosen: Coding | undefined,
])[] = [
  ["a missing field: nothing is said, so nothing is coded", undefined, ALL, undefined],
  ["an empty field: no coding (RFC 9110 §12.5.3)", "", ALL, undefined],
  ["a field of blanks and commas", " , ,\t", ALL, undefined],
  ["one coding", "gzip", ALL, "gzip"],
  ["in any case", "GZip", ALL, "gzip"],
  ["x-gzip means gzip (RFC 9110 §8.4.1.3)", "x-gzip", ALL, "gzip"],
  ["a browser's", "gzip, deflate, br, zstd", ALL, "zstd"],
  ["an older browser's", "gzip, deflate, br", ALL, "br"],
  ["of equal weights the first offered, whatever the client's order", "deflate, gzip", ALL, "gzip"],
  [
    "of equal weights the first offered, whatever our own order",
    "br, gzip",
    ["gzip", "br"],
    "gzip",
  ],
  ["the highest weight", "zstd;q=0.1, br;q=0.2, gzip;q=0.9", ALL, "gzip"],
  ["three decimals count", "br;q=0.998, gzip;q=0.999", ALL, "gzip"],
  ["weights with blanks", "br ; q=0.5 , gzip\t;\tq=0.6", ALL, "gzip"],
  ["Q in upper case", "br;Q=0.5, gzip;Q=0.6", ALL, "gzip"],
  ["0. and 1. are weights", "br;q=0., gzip;q=1.", ALL, "gzip"],
  ["weight 0 refuses", "zstd;q=0, br;q=0.0, gzip;q=0.000", ALL, undefined],
  ["a wildcard", "*", ALL, "zstd"],
  ["a wildcard for what is not named", "zstd;q=0, *", ALL, "br"],
  ["a wildcard below what is named", "gzip, *;q=0.5", ALL, "gzip"],
  ["a wildcard above what is named", "gzip;q=0.5, *", ALL, "zstd"],
  ["a wildcard that refuses the rest", "gzip;q=0.1, *;q=0", ALL, "gzip"],
  ["identity alone", "identity", ALL, undefined],
  ["identity above a coding", "gzip;q=0.5, identity", ALL, undefined],
  ["identity level with a coding", "gzip;q=0.5, identity;q=0.5", ALL, "gzip"],
  ["identity below a coding", "gzip, identity;q=0.5", ALL, "gzip"],
  ["identity refused, a coding there", "identity;q=0, gzip;q=0.001", ALL, "gzip"],
  ["identity refused, a wildcard there", "identity;q=0, *", ALL, "zstd"],
  ["identity refused, nothing there: no coding all the same", "identity;q=0", ALL, undefined],
  ["everything refused: no coding all the same", "*;q=0", ALL, undefined],
  ["codings nobody has", "compress, lzma, sdch", ALL, undefined],
  ["nothing offered", "gzip, br, *", [], undefined],
  ["something not offered", "br, gzip;q=0.2", ["gzip"], "gzip"],
  ["of two the first counts", "gzip;q=0, gzip", ALL, undefined],
  ["of two names of one coding the first counts", "x-gzip;q=0.1, gzip, br;q=0.5", ALL, "br"],
  ["a weight above 1 is malformed", "br;q=1.1, gzip;q=0.1", ALL, "gzip"],
  ["a weight of four decimals is malformed", "br;q=0.9999, gzip;q=0.1", ALL, "gzip"],
  ["a weight without a number is malformed", "br;q=, gzip;q=0.1", ALL, "gzip"],
  ["a negative weight is malformed", "br;q=-1, gzip;q=0.1", ALL, "gzip"],
  ["an exponent is malformed", "br;q=1e0, gzip;q=0.1", ALL, "gzip"],
  ["a bare semicolon is malformed", "br;, gzip;q=0.1", ALL, "gzip"],
  ["a second weight is malformed", "br;q=1;q=1, gzip;q=0.1", ALL, "gzip"],
  ["another parameter is malformed", "br;level=1, gzip;q=0.1", ALL, "gzip"],
  ["two words are malformed", "br zstd, gzip;q=0.1", ALL, "gzip"],
  ["a quoted string is malformed, comma and all", '"br, zstd", gzip;q=0.1', ALL, "gzip"],
  ["names of objects", "constructor, __proto__, gzip;q=0.1", ALL, "gzip"],
];

/** The same once more, slow and by the letter: each member is cut out, each rule asked in turn. */
function slowChoice(field: string | undefined, offered: readonly Coding[]): string | undefined {
  const members = (field ?? "").split(",").map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""));
  const read = members.flatMap((member) => {
    const [name = "", ...parameters] = member
      .split(";")
      .map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""));
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || parameters.length > 1) return [];
    const [parameter = "q=1"] = parameters;
    if (!/^q=/i.test(parameter)) return [];
    const number = parameter.slice(2);
    const thousandths = Array.from({ length: 1001 }, (_, i) => i / 1000);
    const weight = thousandths.find((value) =>
      [0, 1, 2, 3].some((digits) => {
        const text = value.toFixed(digits);
        return (
          Number(text) === value && (text === number || (digits === 0 && `${text}.` === number))
        );
      }),
    );
    if (weight === undefined) return [];
    return [{ name: name.toLowerCase().replace(/^x-gzip$/, "gzip"), weight }];
  });
  const weightOf = (name: string) => read.find((member) => member.name === name)?.weight;
  const weighted = offered
    .map((coding, order) => ({ coding, order, weight: weightOf(coding) ?? weightOf("*") ?? 0 }))
    .filter(({ weight }) => weight > 0 && weight >= (weightOf("identity") ?? 0))
    .sort((a, b) => b.weight - a.weight || a.order - b.order);
  return weighted[0]?.coding;
}

const blank = fc.constantFrom("", "", "", " ", "\t", "  ");
const member = fc
  .tuple(
    fc.constantFrom(
      "gzip",
      "x-gzip",
      "GZIP",
      "br",
      "zstd",
      "deflate",
      "identity",
      "*",
      "lzma",
      "",
      "b r",
      "é",
    ),
    blank,
    fc.constantFrom("", "", ";", ";q=", ";Q=", ";level="),
    fc.constantFrom(
      "",
      "0",
      "1",
      "0.5",
      "0.25",
      "0.125",
      "0.000",
      "1.000",
      "1.001",
      "0.1234",
      "2",
      "x",
      "0.",
    ),
    blank,
  )
  .map(([name, before, mark, number, after]) => {
    const parameter = mark === "" ? "" : before + mark.replace(";", `;${after}`) + number;
    return before + name + parameter + after;
  });

describe("chooseCoding", () => {
  test.each(CASES)("%s", (_, field, offered, chosen) => {
    expect(chooseCoding(field, offered)).toBe(chosen);
    expect(slowChoice(field?.replace(/"[^"]*"/g, "?/"), offered)).toBe(chosen);
  });

  test("agrees with a slow second implementation", () => {
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: 6 }),
        fc.shuffledSubarray([...ALL]),
        (members, offered) => {
          const field = members.join(",");
          expect(chooseCoding(field, offered)).toBe(slowChoice(field, offered));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
