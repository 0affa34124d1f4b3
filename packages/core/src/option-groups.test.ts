// The members of the options that are groups: what each may be, written down a second time, and what a wrong one is told.

import { describe, expect, test } from "vitest";
import { head, serve } from "../test/memory-server.ts";
import { LIMIT_RANGES } from "./limits.ts";
import { defaultSettings, resolveShedding, type ServerOptions, setOption } from "./options.ts";
import { Server } from "./server.ts";

type Ranges = Readonly<Record<string, readonly [smallest: number, largest: number]>>;

const LIMITS: Ranges = {
  requestLineOctets: [16, 1_048_576],
  headOctets: [32, 1_048_576],
  fieldOctets: [16, 1_048_576],
  fieldLines: [1, 10_000],
  trailerOctets: [2, 1_048_576],
  trailerLines: [0, 10_000],
  chunkLineOctets: [16, 1_048_576],
  chunkExcessOctets: [0, 1_048_576],
  contentOctets: [0, Number.MAX_SAFE_INTEGER],
  connections: [1, 1_000_000],
  connectionsPerPeer: [1, 1_000_000],
  requestsPerConnection: [1, Number.MAX_SAFE_INTEGER],
  handlers: [1, 1_000_000],
  bufferedOctets: [65_536, Number.MAX_SAFE_INTEGER],
  readAheadOctets: [1024, 1_073_741_824],
  writeSliceOctets: [1024, 1_073_741_824],
  drainOctets: [0, Number.MAX_SAFE_INTEGER],
  lingerOctets: [0, Number.MAX_SAFE_INTEGER],
};

const MS = [1, 2_147_483_647] as const;
const DEADLINES: Ranges = {
  firstOctetMs: MS,
  headMs: MS,
  contentGraceMs: MS,
  contentMinRate: [0, 1_073_741_824],
  contentIdleMs: MS,
  contentMs: MS,
  writeStallMs: MS,
  keepAliveMs: MS,
  connectionAgeMs: MS,
  handlerMs: MS,
  lingerMs: MS,
};

const SHEDDING: Ranges = {
  hurryPercent: [1, 1000],
  closePercent: [1, 1000],
  refusePercent: [1, 1000],
  hysteresisPercent: [0, 99],
  holdMs: [0, 2_147_483_647],
  lagMs: [10, 2_147_483_647],
  keepAliveMs: MS,
  headMs: MS,
  closesPerTick: [0, 1_000_000],
  writeStallMs: [1, 2_147_483_647],
  receiveMs: [1, 2_147_483_647],
  admitMs: MS,
};

const GROUPS = {
  limits: LIMITS,
  deadlines: DEADLINES,
  shedding: SHEDDING,
  logKeep: { days: [1, 36_500], files: [1, 1_000_000] },
} satisfies Record<string, Ranges>;

/** What must stand beside a threshold at its bounds, because thresholds are in order. */
const BESIDE: Readonly<Record<string, object>> = {
  hurryPercent: { closePercent: 1000, refusePercent: 1000, hysteresisPercent: 0 },
  closePercent: { hurryPercent: 1, refusePercent: 1000, hysteresisPercent: 0 },
  refusePercent: { hurryPercent: 1, closePercent: 1, hysteresisPercent: 0 },
  hysteresisPercent: { hurryPercent: 100, closePercent: 100, refusePercent: 100 },
};

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function setBySetter(option: string, value: unknown): unknown {
  const server = new Server() as unknown as Record<string, (value: unknown) => unknown>;
  return server[option]!(value);
}

function setByOption(option: string, value: unknown): unknown {
  return new Server(undefined, { [option]: value } as ServerOptions);
}

const WAYS = [
  ["the setter", setBySetter],
  ["the options object", setByOption],
] as const;

for (const [way, set] of WAYS) {
  describe(`${way} of Server`, () => {
    for (const [group, members] of Object.entries(GROUPS)) {
      for (const [name, [min, max]] of Object.entries(members)) {
        test(`holds ${group}.${name} to ${min} to ${max}`, () => {
          set(group, { ...BESIDE[name], [name]: min });
          set(group, { ...BESIDE[name], [name]: max });
          for (const value of [min - 1, max + 1, min + 0.5, Number.NaN]) {
            const thrown = thrownBy(() => set(group, { [name]: value }));
            expect(thrown).toBeInstanceOf(RangeError);
            expect(thrown.message).toBe(
              `Cannot set option ${group}.${name}: it is ${value}, allowed is a whole number from ${min} to ${max}`,
            );
          }
          const thrown = thrownBy(() => set(group, { [name]: `${min}` }));
          expect(thrown).toBeInstanceOf(TypeError);
          expect(thrown.message).toContain(`${group}.${name}`);
        });
      }

      test(`refuses an unknown member of ${group}, and names those there are`, () => {
        for (const name of ["headOctet", "__proto__x", "constructor", "toString"]) {
          const thrown = thrownBy(() => set(group, { [name]: 1 }));
          expect(thrown).toBeInstanceOf(RangeError);
          expect(thrown.message).toBe(
            `Cannot set option ${group}.${name}: there is no such option, allowed are ${Object.keys(members).join(", ")}`,
          );
        }
      });
    }

    test.each([["/"], ["/live"], ["/a/b-c_d.e~f/%41"], ['/"<>[]{}|^`']])(
      "accepts health paths such as %s",
      (path) => {
        set("health", { live: path });
        set("health", { ready: path, live: undefined });
      },
    );

    test.each([
      [""],
      ["live"],
      ["/a?b"],
      ["/a#b"],
      ["/a b"],
      ["/\u00e9"],
      ["/a\n"],
      ["/a\0"],
      ["*"],
      ["http://h/"],
      [5],
      [null],
      [false],
    ])("refuses %j as a health path", (path) => {
      for (const name of ["live", "ready"]) {
        const thrown = thrownBy(() => set("health", { [name]: path }));
        expect(thrown).toBeInstanceOf(TypeError);
        expect(thrown.message).toBe(
          `Cannot set option health.${name}: it is ${JSON.stringify(path)}, allowed is a path that begins with / and has no query`,
        );
      }
    });

    test("refuses one path for both health questions, and questions there are not", () => {
      const twice = thrownBy(() => set("health", { live: "/a", ready: "/a" }));
      expect(twice).toBeInstanceOf(RangeError);
      expect(twice.message).toBe(
        'Cannot set option health: live and ready are both "/a", allowed are two different paths',
      );
      const unknown = thrownBy(() => set("health", { startup: "/a" }));
      expect(unknown).toBeInstanceOf(RangeError);
      expect(unknown.message).toContain("health.startup: there is no such option");
      expect(unknown.message).toContain("live, ready");
    });
  });
}

describe("the levels of shedding", () => {
  const LADDERS: readonly (readonly [ServerOptions["shedding"], text: string])[] = [
    [{ closePercent: 69 }, "closePercent: it is 69, allowed is hurryPercent (70) or more"],
    [{ hurryPercent: 86 }, "closePercent: it is 85, allowed is hurryPercent (86) or more"],
    [{ refusePercent: 84 }, "refusePercent: it is 84, allowed is closePercent (85) or more"],
    [{ hysteresisPercent: 70 }, "hysteresisPercent: it is 70, allowed is less than hurryPercent"],
    [{ hurryPercent: 10 }, "hysteresisPercent: it is 10, allowed is less than hurryPercent (10)"],
    [
      { hurryPercent: 200, closePercent: 200, refusePercent: 200, hysteresisPercent: 100 },
      "hysteresisPercent: it is 100",
    ],
  ];
  for (const [shedding, text] of LADDERS) {
    test(`shedding ${JSON.stringify(shedding)} is refused, also in two calls`, () => {
      for (const set of [
        () => new Server(undefined, { shedding: shedding! }),
        () => new Server().shedding({ holdMs: 5 }).shedding(shedding!),
      ]) {
        const thrown = thrownBy(set);
        expect(thrown).toBeInstanceOf(RangeError);
        expect(thrown.message).toContain(`Cannot set option shedding.${text}`);
      }
    });
  }

  test("may begin at once", () => {
    const settings = defaultSettings();
    const shedding = { hurryPercent: 50, closePercent: 50, refusePercent: 50 };
    setOption(settings, "shedding", shedding);
    expect(resolveShedding(settings)).toMatchObject(shedding);
  });
});

describe.each(WAYS)("access by %s", (_, set) => {
  test.each([
    [{ format: "clf" }, 'access.format: it is "clf", allowed is "json", "common", "combined"'],
    [{ query: 1 }, "access.query: it is 1, allowed is true or false"],
    [{ redact: "x" }, 'access.redact: it is "x", allowed is a function'],
    [{ body: true }, "access.body: there is no such option, allowed are format, query, redact"],
  ])("refuses %j", (access, text) => {
    expect(thrownBy(() => set("access", access)).message).toBe(`Cannot set option ${text}`);
  });

  test("takes an object with some members", () => {
    set("access", {});
    set("access", { query: false, format: undefined });
  });
});

describe("health named in two calls", () => {
  test("refuses the path the other question has already", () => {
    const server = new Server().health({ live: "/a" });
    expect(() => server.health({ ready: "/a" })).toThrow(RangeError);
    expect(() => server.health({ ready: "/b" })).not.toThrow();
  });
});

describe("a limit of the parser", () => {
  for (const [name, [min, max]] of Object.entries(LIMIT_RANGES)) {
    for (const value of [min, max]) {
      if (value === Number.MAX_SAFE_INTEGER) continue;
      test(`that is allowed can be worked with: ${name} ${value}`, async () => {
        const server = await serve((app) => app.use((ctx) => void ctx.response.text("a")), {
          limits: { [name]: value },
        });
        const peer = await server.connect().send(head("GET /"));
        // Small limits refuse the head; none of them breaks the server.
        expect(peer.statuses.length).toBe(1);
        expect(server.server.stats().closes["internal"]).toBe(undefined);
        expect(server.log.filter(({ level }) => level === "error")).toEqual([]);
      });
    }
  }
});
