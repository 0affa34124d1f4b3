// The texts that are sent in every coding, and what is left to compare of them.

import { constants } from "node:zlib";

export const CODINGS: readonly string[] = [
  "gzip",
  "deflate",
  "br",
  ...("ZSTD_c_compressionLevel" in constants ? ["zstd"] : []),
];

const SENTENCE = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ";
const REPEATED: Readonly<Record<string, number>> = { small: 20, large: 5000, stream: 2000 };

export const KINDS: readonly string[] = Object.keys(REPEATED);

export function textOf(kind: string): string {
  let text = "";
  for (let at = 0; at < REPEATED[kind]!; at++) text += `${at} ${SENTENCE}`;
  return text;
}

/** Length and a sum that a page can make too. */
export function summary(text: string): string {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1_000_003;
  return `${text.length} ${sum}`;
}
