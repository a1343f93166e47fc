// A unified diff as a table: two columns of line numbers, a sign, the line. A sign, and hidden words for a screen
// reader, mark additions and removals beside the colour.

import { useMemo } from "react";
import { diffLines, type DiffPart, type DiffRow } from "./diff-lines.ts";

interface Props {
  readonly before: string;
  readonly after: string;
  readonly whole: boolean;
  /** Of the file. */
  readonly name?: string;
}

const SIGN = { same: " ", added: "+", removed: "−" } as const;
const SPOKEN = { same: "", added: "added ", removed: "removed " } as const;

export function DiffView({ before, after, whole, name = "train.ts" }: Props) {
  const diff = useMemo(() => diffLines(before, after, whole ? 1e6 : 3), [before, after, whole]);
  if (diff.rows.length === 0)
    return <p className="quiet">Nothing changed: this is the source it started from.</p>;
  return (
    <div className="diff-scroll" tabIndex={0} role="region" aria-label={`Difference of ${name}`}>
      <table className="diff">
        <tbody>
          {diff.rows.map((row, i) => (
            <Line key={i} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ row }: { readonly row: DiffRow }) {
  if (row.kind === "fold") {
    return (
      <tr className="diff-fold">
        <td colSpan={2} />
        <td colSpan={2}>
          {row.lines} unchanged {row.lines === 1 ? "line" : "lines"}
        </td>
      </tr>
    );
  }
  return (
    <tr className={`diff-${row.kind}`}>
      <td className="diff-at">{row.before}</td>
      <td className="diff-at">{row.after}</td>
      <td className="diff-sign" aria-hidden="true">
        {SIGN[row.kind]}
      </td>
      <td className="diff-text">
        {row.kind !== "same" && <span className="hidden">{SPOKEN[row.kind]}</span>}
        {row.parts.map((part, i) => (
          <Part key={i} part={part} kind={row.kind} />
        ))}
      </td>
    </tr>
  );
}

function Part({ part, kind }: { readonly part: DiffPart; readonly kind: "same" | "added" | "removed" }) {
  if (!part.changed) return <>{part.text}</>;
  return kind === "added" ? <ins>{part.text}</ins> : <del>{part.text}</del>;
}
