// The mark of a status, the same on the chart, in the table and in the legend: told apart by shape, not by colour.

import type { ExperimentStatus } from "../../research/index.ts";

/** Drawn around (x, y) in SVG units; `pinned` marks stand for a value above the edge. */
export function MarkShape({
  status,
  x = 0,
  y = 0,
  size = 5,
  pinned = false,
}: {
  readonly status: ExperimentStatus;
  readonly x?: number;
  readonly y?: number;
  readonly size?: number;
  readonly pinned?: boolean;
}) {
  const place = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
  const s = size;
  const d = (path: string) => <path transform={place} d={path} className={`mark mark-${status}`} />;
  const n = (value: number) => value.toFixed(2);
  if (pinned) return d(`M${n(-s * 0.8)} ${n(s * 0.6)}L0 ${n(-s * 0.7)}L${n(s * 0.8)} ${n(s * 0.6)}Z`);
  switch (status) {
    case "keep":
      return <circle transform={place} r={s} className="mark mark-keep" />;
    case "discard":
      return <circle transform={place} r={s * 0.7} className="mark mark-discard" />;
    case "crash":
      return d(
        `M${n(-s * 0.8)} ${n(-s * 0.8)}L${n(s * 0.8)} ${n(s * 0.8)}M${n(s * 0.8)} ${n(-s * 0.8)}L${n(-s * 0.8)} ${n(s * 0.8)}`,
      );
    case "invalid":
      return d(`M0 ${n(-s)}L${n(s)} 0L0 ${n(s)}L${n(-s)} 0Z`);
  }
}

const WORDS: Readonly<Record<ExperimentStatus, string>> = {
  keep: "kept",
  discard: "discarded",
  crash: "crashed",
  invalid: "invalid",
};

export function statusWord(status: ExperimentStatus): string {
  return WORDS[status];
}

/** Mark and word together. */
export function Status({ status }: { readonly status: ExperimentStatus }) {
  return (
    <span className={`status status-${status}`}>
      <svg viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true">
        <MarkShape status={status} />
      </svg>
      {statusWord(status)}
    </span>
  );
}
