// The blocks of a report, from which Markdown, an HTML page and a panel are made.

/** Text, the number of an experiment as a link to it, or code. */
export type Inline = string | { readonly experiment: number } | { readonly code: string };
export type Line = readonly Inline[];

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "text"; readonly line: Line; readonly id?: string }
  | { readonly kind: "list"; readonly items: readonly Line[] }
  | {
      readonly kind: "table";
      readonly id?: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly Line[])[];
      /** The rows are the experiments themselves, the targets of the links. */
      readonly anchors?: boolean;
    }
  | { readonly kind: "quote"; readonly title: Line; readonly text: string }
  | { readonly kind: "chart" };

export interface Report {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The section, or nothing where it has no blocks. */
export function section(text: string, blocks: readonly (Block | null)[]): readonly Block[] {
  const some = blocks.filter((block) => block !== null);
  return some.length === 0 ? [] : [{ kind: "heading", text }, ...some];
}

export function text(...line: Line): Block {
  return { kind: "text", line };
}

/** A table, or nothing without rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (Inline | Line)[])[],
  more: { readonly id?: string; readonly anchors?: boolean } = {},
): Block | null {
  if (rows.length === 0) return null;
  const lines = rows.map((row) => row.map((cell): Line => (isLine(cell) ? cell : [cell])));
  return { kind: "table", head, rows: lines, ...more };
}

const isLine = (cell: Inline | Line): cell is Line => Array.isArray(cell);

/** "3, 7 to 9 and 12", each number a link. */
export function numbered(numbers: readonly number[]): Line {
  const spans: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last?.to === number - 1) last.to = number;
    else spans.push({ from: number, to: number });
  }
  // Two neighbours do not become a range.
  const parts = spans.flatMap(({ from, to }): Line[] =>
    to - from > 1
      ? [[{ experiment: from }, " to ", { experiment: to }]]
      : Array.from({ length: to - from + 1 }, (_, i) => [{ experiment: from + i }]),
  );
  return parts.flatMap((part, i): Line => {
    const before = i === 0 ? [] : [i === parts.length - 1 ? " and " : ", "];
    return [...before, ...part];
  });
}

/** A cell that does not wrap: figures and names, no sentences. */
export function isShort(cell: Line): boolean {
  return cell.every((part) => typeof part !== "string" || part.length < 20);
}
