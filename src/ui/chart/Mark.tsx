// The mark of a status, the same on the chart, in the table and in the legend. Marks differ in shape, not only in
// colour.

import type { ExperimentStatus } from "../../research/index.ts";
import { Term } from "../frame/Term.tsx";
import type { Word } from "../state/glossary.ts";

/** Drawn around the origin in SVG units. */
export function MarkShape({ status }: { readonly status: ExperimentStatus }) {
  const className = `mark mark-${status}`;
  switch (status) {
    case "keep":
      return <circle r={5} className={className} />;
    case "discard":
      return <circle r={3.5} className={className} />;
    case "crash":
      return <path d="M-4 -4L4 4M4 -4L-4 4" className={className} />;
    case "invalid":
      return <path d="M0 -5L5 0L0 5L-5 0Z" className={className} />;
  }
}

const WORDS = {
  keep: "kept",
  discard: "discarded",
  crash: "crashed",
  invalid: "invalid",
} as const satisfies Record<ExperimentStatus, Word>;

export function statusWord(status: ExperimentStatus): string {
  return WORDS[status];
}

/** Mark and word together; in a legend the word has an explanation. */
export function Status({
  status,
  explained = false,
}: {
  readonly status: ExperimentStatus;
  readonly explained?: boolean;
}) {
  return (
    <span className={`status status-${status}`}>
      <svg viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true">
        <MarkShape status={status} />
      </svg>
      {explained ? <Term word={WORDS[status]} /> : WORDS[status]}
    </span>
  );
}
