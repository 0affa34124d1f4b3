// Writes a case down as a transcript of packages/core/wire, ready to be judged by a person and added there: what the client
// sends, where it is cut, what the server answered.

import type { FuzzCase } from "./cases.ts";
import { PROFILES } from "./profiles.ts";

/** Octets (Latin-1 text) as a transcript writes them: a line of it for each LF. */
function linesOf(text: string, mark: string): string[] {
  const lines = text.split(/(?<=\n)/).filter((line) => line !== "");
  return lines.map((line) => `${mark} ${escaped(line)}`);
}

export function escaped(text: string): string {
  const shown = text.replace(/[\\{}]|[^ -~]/g, (character) => {
    if (character === "\r") return "\\r";
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    if (/[\\{}]/.test(character)) return `\\${character}`;
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  // A space at the end of a line could not be seen.
  return shown
    .replace(/ $/, "\\x20")
    .replace(/([^\\{}])\1{63,}/g, (run) => `{${run[0]} * ${run.length}}`);
}

/** `answered`: what came back, by the way of playing. */
export function transcriptOf(
  one: FuzzCase,
  title: string,
  answered: Readonly<Record<string, string>>,
): string {
  const { input, cuts, cut, profile } = one;
  const { limits, deadlines } = PROFILES[profile];
  const lines = [
    `# ${title}  RFC 9112 §2.2`,
    "row: no-leniency",
    `! ${JSON.stringify({ limits, deadlines })}`,
  ];
  const stop = cut?.side === "request" ? cut.octet : input.length;
  const ends = [...cuts.filter((at) => at < stop), stop];
  let from = 0;
  for (const end of ends) {
    if (from > 0) lines.push(">/");
    lines.push(...linesOf(input.slice(from, end), ">"));
    from = end;
  }
  if (cut?.how === "fin") lines.push(">|");
  else if (cut !== undefined)
    lines.push(`; the client's ${cut.how} at octet ${cut.octet} of the ${cut.side}`);
  const [first, ...others] = Object.entries(answered);
  if (first !== undefined) lines.push(`; played ${first[0]}:`, ...answerLines(first[1]));
  for (const [way, text] of others) {
    lines.push(`; played ${way}:`, ...answerLines(text).map((line) => `; ${line}`));
  }
  lines.push("= closed");
  return lines.join("\n");
}

function answerLines(text: string): string[] {
  const marked = text.replace(/^(Date: )[^\r]{29}(?=\r$)/gim, "$1\u{1}");
  return linesOf(marked, "<").map((line) => line.replaceAll("\\x01", "{date}"));
}
