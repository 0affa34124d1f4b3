// That a transcript which does not hold is told from one that does, whatever is wrong.

import { describe, expect, test } from "vitest";
import { type Manner, octetByOctet, playTranscript, splitAt, WHOLE } from "./play-transcript.ts";
import { parseTranscripts, type Transcript } from "./transcript.ts";
import type { WireClient } from "./wire-client.ts";

function transcript(lines: string): Transcript {
  return parseTranscripts(`# A title  RFC 9112 §3\nrow: a\n${lines}`, "t.wire")[0]!;
}

interface Reaction {
  /** After how many sends. */
  readonly after: number;
  readonly octets?: string;
  readonly ended?: boolean;
  readonly gone?: boolean;
}

/** A client whose server does what it was told, and nothing by itself. */
class ScriptedClient implements WireClient {
  octets: Uint8Array = new Uint8Array(0);
  ended = false;
  gone = false;
  readonly sent: string[] = [];
  readonly #script: Reaction[];

  constructor(script: readonly Reaction[]) {
    this.#script = [...script];
    this.#react();
  }

  send(octets: Uint8Array): Promise<void> {
    this.sent.push(String.fromCharCode(...octets));
    this.#react();
    return Promise.resolve();
  }

  end(): void {
    this.sent.push("FIN");
    this.#react();
  }

  changed(): Promise<void> {
    return Promise.reject(new Error("at rest"));
  }

  rest(): Promise<void> {
    this.sent.push("rest");
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.sent.push(`${ms}ms`);
    this.#react();
  }

  destroy(): void {
    this.gone = true;
  }

  #react(): void {
    while (this.#script[0] !== undefined && this.#script[0].after <= this.sent.length) {
      const { octets = "", ended, gone } = this.#script.shift()!;
      this.octets = new Uint8Array([...this.octets, ...new TextEncoder().encode(octets)]);
      this.ended ||= ended === true;
      this.gone ||= gone === true;
    }
  }
}

const PROBED =
  "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 5\r\n\r\nprobe";

interface Case {
  readonly what: string;
  readonly lines: string;
  readonly script: readonly Reaction[];
}

const HOLD: readonly Case[] = [
  {
    what: "what was expected, then another request answered",
    lines: "> a\n< b\n= open",
    script: [
      { after: 1, octets: "b" },
      { after: 2, octets: PROBED },
    ],
  },
  { what: "a wait", lines: "> a\n< b\n= waiting", script: [{ after: 1, octets: "b" }] },
  { what: "FIN", lines: "> a\n< b\n= closed", script: [{ after: 1, octets: "b", ended: true }] },
  {
    what: "FIN, then both ends gone",
    lines: "> a\n>|\n< b\n= closed",
    script: [{ after: 2, octets: "b", ended: true, gone: true }],
  },
  { what: "a cut", lines: "> a\n< b\n= cut", script: [{ after: 1, octets: "b", gone: true }] },
  { what: "a cut by FIN", lines: "> a\n= cut", script: [{ after: 1, ended: true }] },
  {
    what: "FIN with the client going on",
    lines: "> a\n<|\n> b\n= closed",
    script: [{ after: 1, ended: true }],
  },
  {
    what: "a close once time has passed",
    lines: "> a\n~ 250ms\n= closed",
    script: [{ after: 3, ended: true }],
  },
];

const FAIL: readonly Case[] = [
  { what: "a wrong octet", lines: "> a\n< bc\n= waiting", script: [{ after: 1, octets: "bd" }] },
  { what: "a missing octet", lines: "> a\n< bc\n= waiting", script: [{ after: 1, octets: "b" }] },
  { what: "nothing", lines: "> a\n< b\n= waiting", script: [] },
  { what: "an octet too many", lines: "> a\n< b\n= waiting", script: [{ after: 1, octets: "bc" }] },
  {
    what: "an octet too many before FIN",
    lines: "> a\n< b\n= closed",
    script: [{ after: 1, octets: "bc", ended: true }],
  },
  {
    what: "an octet too many before a cut",
    lines: "> a\n< b\n= cut",
    script: [{ after: 1, octets: "bc", gone: true }],
  },
  {
    what: "an octet too many behind an answer",
    lines: "> a\n< b\n= open",
    script: [
      { after: 1, octets: "bc" },
      { after: 2, octets: PROBED },
    ],
  },
  {
    what: "an octet too many behind the last answer",
    lines: "> a\n< b\n= open",
    script: [
      { after: 1, octets: "b" },
      { after: 2, octets: `${PROBED}!` },
    ],
  },
  {
    what: "a connection that takes no other request",
    lines: "> a\n< b\n= open",
    script: [{ after: 1, octets: "b" }],
  },
  {
    what: "FIN behind the last answer",
    lines: "> a\n< b\n= open",
    script: [
      { after: 1, octets: "b" },
      { after: 2, octets: PROBED, ended: true },
    ],
  },
  {
    what: "FIN in the middle",
    lines: "> a\n< bc\n= closed",
    script: [{ after: 1, octets: "b", ended: true }],
  },
  { what: "no FIN", lines: "> a\n< b\n= closed", script: [{ after: 1, octets: "b" }] },
  { what: "no cut", lines: "> a\n< b\n= cut", script: [{ after: 1, octets: "b" }] },
  { what: "FIN instead of a wait", lines: "> a\n= waiting", script: [{ after: 1, ended: true }] },
  { what: "a loss instead of a wait", lines: "> a\n= waiting", script: [{ after: 1, gone: true }] },
  { what: "a loss instead of FIN", lines: "> a\n= closed", script: [{ after: 1, gone: true }] },
  {
    what: "a loss where the client goes on",
    lines: "> a\n<|\n> b\n= closed",
    script: [{ after: 1, ended: true, gone: true }],
  },
  {
    what: "an octet before its time",
    lines: "> a\n< b\n> c\n< d\n= waiting",
    script: [{ after: 1, octets: "bX" }],
  },
];

describe("playTranscript", () => {
  for (const { what, lines, script } of HOLD) {
    test(`playTranscript accepts ${what}`, async () => {
      await playTranscript(transcript(lines), new ScriptedClient(script));
    });
  }

  for (const { what, lines, script } of FAIL) {
    test(`playTranscript refuses ${what}`, async () => {
      const play = playTranscript(transcript(lines), new ScriptedClient(script));
      await expect(play).rejects.toThrow("t.wire:");
    });
  }

  test("playTranscript shows where the server went another way", async () => {
    const client = new ScriptedClient([{ after: 1, octets: "right\r\nwrong" }]);
    const play = playTranscript(transcript("> a\n< right\\r\\nwrung\n= open"), client);
    await expect(play).rejects.toThrow(
      "--- as expected up to octet 9:\nright\\r\\n\nwr\n--- then came:\nong\n--- due was:\nung",
    );
  });

  const cut: [manner: Manner, sent: string[]][] = [
    [WHOLE, ["abc", "rest", "de", "FIN", "rest"]],
    [octetByOctet(true), ["a", "b", "c", "rest", "d", "e", "FIN", "rest"]],
    [octetByOctet(false), ["a", "b", "c", "rest", "d", "e", "FIN", "rest"]],
    [octetByOctet(true, 2), ["abc", "rest", "d", "e", "FIN", "rest"]],
    [splitAt(0, 2), ["ab", "c", "rest", "de", "FIN", "rest"]],
    [splitAt(1, 1), ["abc", "rest", "d", "e", "FIN", "rest"]],
  ];
  for (const [manner, sent] of cut) {
    test(`playTranscript cuts what the client sends: ${manner.name}, ${sent.length} steps`, async () => {
      const client = new ScriptedClient([]);
      await playTranscript(transcript("> ab\n> c\n>/\n> de\n>|\n= waiting"), client, manner);
      expect(client.sent).toEqual(sent);
    });
  }
});
