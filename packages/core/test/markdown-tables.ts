// Tables of a Markdown page, cell by cell, so that tests can hold them against the code. Knows GitHub's table syntax as
// far as docs/ uses it: a row is one line, no cell holds a vertical bar.

/** One row of a table, and where it stands. */
export interface Row {
  /** The last heading above the table, without its marks. */
  readonly heading: string;
  /** Cells by the names of their columns. */
  readonly cells: ReadonlyMap<string, string>;
  /** Number of its line, from 0. */
  readonly line: number;
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}

/** Every row of every table, in order; headings and rules of tables left out. */
export function rowsOf(page: string): readonly Row[] {
  const rows: Row[] = [];
  let heading = "";
  let columns: string[] | undefined;
  for (const [line, text] of page.split("\n").entries()) {
    const title = /^#+ (.+)$/.exec(text)?.[1];
    if (title !== undefined) heading = title;
    if (!text.startsWith("|")) columns = undefined;
    else if (columns === undefined) columns = cellsOf(text);
    else if (!/^\|[ :|-]+\|$/.test(text)) {
      const cells = cellsOf(text);
      if (cells.length !== columns.length) throw new Error(`line ${line + 1}: ${text}`);
      rows.push({ heading, line, cells: new Map(columns.map((name, i) => [name, cells[i]!])) });
    }
  }
  return rows;
}

/** The row as its line. */
export function lineOf(cells: ReadonlyMap<string, string>): string {
  return `| ${[...cells.values()].join(" | ")} |`;
}

/** What a cell names: its text without marks of code. */
export function nameIn(cell: string | undefined): string {
  return (cell ?? "").replaceAll("`", "");
}
