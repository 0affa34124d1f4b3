// Fetches every coding and prints a line for each: run by Node and by Bun.

import { CODINGS, KINDS, summary } from "./texts.ts";

const url = process.argv[2]!;
for (const kind of KINDS) {
  for (const coding of [...CODINGS, "negotiated"]) {
    const answer = await fetch(`${url}/${kind}/${coding}`);
    console.log(`${kind} ${coding} ${summary(await answer.text())}`);
  }
}
