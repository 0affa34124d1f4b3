import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { noise } from "../test/codings.ts";
import { gate, settled } from "../test/memory-server.ts";
import { pieces } from "../test/pieces.ts";
import { until } from "../test/until.ts";
import { createDecoder, createEncoder, type ZlibTransform } from "./content-coding.ts";
import { openSource } from "./stream-source.ts";
import { type OctetChecks, TransformedOctets } from "./transformed-octets.ts";

/** gzip over pieces that are given by hand, with its transform to look at. */
function coded(make: () => ZlibTransform = () => createEncoder("gzip", -1), checks?: OctetChecks) {
  const source = pieces();
  const made: ZlibTransform[] = [];
  const octets = new TransformedOctets(
    openSource(source.stream),
    () => made[made.push(make()) - 1]!,
    checks,
  );
  return { source, made, octets };
}

async function* listOf<T>(...values: T[]): AsyncGenerator<T, undefined> {
  yield* values;
}

function over(
  values: AsyncIterable<Uint8Array | string>,
  make: () => ZlibTransform,
  checks?: OctetChecks,
) {
  return new TransformedOctets(openSource(values), make, checks);
}

async function joined(octets: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of octets) all.push(piece);
  return Buffer.concat(all);
}

const gzip = () => createEncoder("gzip", -1);
const gunzip = () => createDecoder("gzip");

describe("TransformedOctets", () => {
  test("asks its source for nothing before it is asked itself, and then for one piece at a time", async () => {
    const { source, made, octets } = coded();
    await settled();
    expect([source.asked, made.length]).toEqual([0, 0]);
    const first = octets.next();
    await settled();
    expect([source.asked, made.length]).toEqual([1, 1]);
    await source.give("one");
    expect((await first).done).toBe(false);
    await settled();
    expect(source.asked).toBe(1);
    void octets.next();
    await until(() => source.asked === 2);
    await octets.return();
  });

  test("asks for a piece only when the one before has been transformed", async () => {
    let transform: ZlibTransform | undefined;
    const waiting: number[] = [];
    const source = async function* () {
      for (let i = 0; i < 20; i++) {
        waiting.push(transform!.writableLength);
        yield noise(100_000);
      }
    };
    const make = () => {
      transform = createEncoder("br", -1);
      return transform;
    };
    await joined(over(source(), make));
    expect([waiting.length, Math.max(...waiting)]).toEqual([20, 0]);
  });

  test("goes on when a piece is empty or makes no octets", async () => {
    const content = noise(3000);
    const values = [...content].flatMap((octet) => [Uint8Array.of(octet), new Uint8Array(0), ""]);
    const octets = over(listOf(...values), () => createEncoder("gzip", content.length));
    expect([...gunzipSync(await joined(octets))]).toEqual([...content]);
  });

  test("gives octets of any size, more than fit into it at once too", async () => {
    const content = new Uint8Array(3_000_000);
    expect((await joined(over(listOf(gzipSync(content)), gunzip))).length).toBe(3_000_000);
    const random = noise(1_000_000);
    const through = over(over(listOf(random), gzip), gunzip);
    expect(Buffer.compare(await joined(through), random)).toBe(0);
  });

  test("keeps little when nobody takes what it makes", async () => {
    const coder = createDecoder("gzip");
    const octets = over(listOf(gzipSync(new Uint8Array(50_000_000))), () => coder);
    await octets.next();
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(coder.readableLength).toBeLessThan(300_000);
    await octets.return();
    expect(coder.destroyed).toBe(true);
  });

  test("answers several calls of next in order, those behind the end too", async () => {
    const octets = over(listOf(gzipSync("a"), gzipSync("b"), gzipSync("c")), gunzip);
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => octets.next()));
    const text = results.map(({ value }) =>
      value === undefined ? "" : String.fromCharCode(...value),
    );
    expect(text.join("")).toBe("abc");
    expect(results.at(-1)!.done).toBe(true);
  });

  test("return() while a piece is waited for frees source and transform, and ends the wait", async () => {
    const { source, made, octets } = coded();
    const waiting = octets.next();
    await settled();
    expect(await octets.return()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect([source.returned, made[0]!.destroyed]).toEqual([1, true]);
    await octets.return();
    expect(source.returned).toBe(1);
    // What the source still gives or throws concerns nobody.
    await source.fail(new Error("too late"));
    expect((await octets.next()).done).toBe(true);
  });

  test("return() before anything frees the source and makes no transform", async () => {
    const { source, made, octets } = coded();
    await octets.return();
    expect([source.returned, source.asked, made.length]).toEqual([1, 0, 0]);
  });

  test("return() while the transform works frees both", async () => {
    for (let times = 0; times < 50; times++) {
      const { source, made, octets } = coded();
      const waiting = octets.next();
      await source.give("x".repeat(200_000));
      await octets.return();
      await waiting;
      expect([source.returned, made[0]!.destroyed]).toEqual([1, true]);
    }
  });

  test("fails once with what the source threw, and is at its end then", async () => {
    const { source, made, octets } = coded();
    const first = octets.next();
    await source.give("one");
    await first;
    const second = octets.next();
    await source.fail(new Error("source"));
    await expect(second).rejects.toThrow("source");
    expect(made[0]!.destroyed).toBe(true);
    expect((await octets.next()).done).toBe(true);
  });

  test("fails with the transform's error, translated, and lets go of the source", async () => {
    const { source, made, octets } = coded(gunzip, {
      faultOf: (error) => new Error("mine", { cause: error }),
    });
    const first = octets.next();
    await source.give("this is no gzip, not at all");
    await expect(first).rejects.toThrow("mine");
    expect([source.returned, source.asked, made[0]!.destroyed]).toEqual([1, 1, true]);
  });

  test.each([5, null, undefined, {}, [1], new ArrayBuffer(1)])(
    "refuses the piece %s",
    async (value) => {
      let canceled = 0;
      const source = {
        next: async () => ({ done: false as const, value: value as never }),
        cancel: () => void canceled++,
      };
      const octets = new TransformedOctets(source, gzip);
      await expect(octets.next()).rejects.toThrow(TypeError);
      expect(canceled).toBe(1);
    },
  );

  test.each([
    ["fed", { fed: () => fails() }],
    ["fedAll", { fedAll: () => fails() }],
    ["made", { made: () => fails() }],
    ["leftOver", { leftOver: () => fails() }],
  ] as const)("fails with what the check %s throws", async (_, checks) => {
    const whole = Buffer.concat([gzipSync("hello"), new Uint8Array(9)]);
    const wanted = "leftOver" in checks ? whole : gzipSync("hello");
    let transform: ZlibTransform | undefined;
    const octets = over(
      listOf<Uint8Array>(wanted),
      () => {
        transform = gunzip();
        return transform;
      },
      checks,
    );
    await expect(joined(octets)).rejects.toThrow("checked");
    expect(transform!.destroyed).toBe(true);
  });

  test("leaves no rejection unhandled, whatever goes wrong", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", note);
    const never = gate<never>();
    for (const values of [
      listOf("no gzip"),
      listOf(5 as never),
      listOf(gzipSync("a").subarray(0, 9)),
    ]) {
      void over(values, gunzip).next();
    }
    void over(
      (async function* () {
        yield await never.promise;
      })(),
      gunzip,
    ).next();
    never.fail(new Error("never"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

function fails(): never {
  throw new Error("checked");
}
