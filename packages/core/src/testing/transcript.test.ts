import { describe, expect, test } from "vitest";
import { parseTranscripts, readTranscripts } from "./transcript.ts";

const TITLE = "# A title  RFC 9112 §3\nrow: a\n";

function parse(lines: string) {
  const [transcript] = parseTranscripts(TITLE + lines, "t.wire");
  return transcript!;
}

describe("parseTranscripts", () => {
  test("parseTranscripts reads every kind of line", () => {
    const transcript = parse(
      [
        "row: a, b",
        '! {"limits": {"fieldLines": 2}}',
        "whole: it says so",
        "memory: it says so too",
        "; a remark",
        "> GET /\\r\\n",
        "> \\r\\n",
        "",
        ">/",
        "> x",
        ">|",
        "< HTTP",
        "< /1.1",
        "<|",
        "~ 250ms",
        "= cut",
      ].join("\n"),
    );
    expect(transcript.title).toBe("A title");
    expect(transcript.section).toBe("RFC 9112 §3");
    expect(transcript.rows).toEqual(["a", "b"]);
    expect(transcript.options).toEqual({ limits: { fieldLines: 2 } });
    expect(transcript.wholeOnly).toBe("it says so");
    expect(transcript.memoryOnly).toBe("it says so too");
    expect(transcript.steps.map((step) => step.kind)).toEqual([
      "send",
      "rest",
      "send",
      "end",
      "expect",
      "expectEnd",
      "pass",
      "outcome",
    ]);
    expect(transcript.steps[0]).toEqual({
      kind: "send",
      octets: new TextEncoder().encode("GET /\r\n\r\n"),
    });
  });

  test("parseTranscripts makes one transcript for each value", () => {
    const transcripts = parseTranscripts(
      `${TITLE}each value: $&\neach value: {x * 2}\n> a{value}b\n< {value}\n= open\n`,
      "t.wire",
    );
    expect(transcripts.map(({ title }) => title)).toEqual(["A title: $&", "A title: {x * 2}"]);
    const sent = transcripts.map(({ steps: [step] }) => (step as { octets: Uint8Array }).octets);
    expect(sent.map((octets) => String.fromCharCode(...octets))).toEqual(["a$&b", "axxb"]);
  });

  test("parseTranscripts takes remarks before the first title and several transcripts", () => {
    const document = `; a remark\n\n${TITLE}= open\n\n${TITLE}= closed\n`;
    expect(parseTranscripts(document, "t.wire").map(({ line }) => line)).toEqual([3, 7]);
  });

  const refused: [what: string, document: string, line: number][] = [
    ["a title without a section", "# A title\nrow: a\n= open", 1],
    ["a title set apart by one space", "# A title RFC 9112 §3\nrow: a\n= open", 1],
    ["a line before the first title", "> x\n", 1],
    ["a line of no kind", `${TITLE}? x\n= open`, 3],
    ["a line that ends in a space", `${TITLE}> x \n= open`, 3],
    ["a carriage return of the file's own", `${TITLE}> x\r\n= open`, 3],
    ["a wrong escape", `${TITLE}> \\q\n= open`, 3],
    ["a date sent by the client", `${TITLE}> {date}\n= open`, 3],
    ["a value nobody named", `${TITLE}> {value}\n= open`, 3],
    ["a wait that is no time", `${TITLE}~ 1s\n= open`, 3],
    ["an unknown outcome", `${TITLE}= gone`, 3],
    ["a step behind the outcome", `${TITLE}= open\n> x`, 4],
    ["no outcome", `${TITLE}> x`, 4],
    ["no row", "# A title  RFC 9112 §3\n= open", 3],
  ];
  for (const [what, document, line] of refused) {
    test(`parseTranscripts refuses ${what}`, () => {
      let thrown: unknown;
      try {
        parseTranscripts(document, "t.wire");
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(SyntaxError);
      expect((thrown as Error).message).toContain(`t.wire:${line}: `);
    });
  }
});

test("readTranscripts reads the documents in the order of the sections", () => {
  const files = [...new Set(readTranscripts().map(({ file }) => file))];
  expect(files[0]).toBe("2.2-lines.wire");
  expect(files.indexOf("9.6-tear-down.wire")).toBeLessThan(
    files.indexOf("9110-6.4-content-of-answers.wire"),
  );
});

test("readTranscripts gives no two transcripts the same title", () => {
  const titles = readTranscripts().map(({ title }) => title);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});
