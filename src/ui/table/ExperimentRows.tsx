// One experiment in the table: its row, and below it, when open, everything about it.

import { memo } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { Status } from "../chart/Mark.tsx";
import { bpb, chance, clock, count, delta, plural } from "../state/format.ts";
import { ExperimentDetail } from "./ExperimentDetail.tsx";

interface Props {
  readonly experiment: ExperimentView;
  readonly open: boolean;
  readonly incumbent: boolean;
  onToggle(): void;
}

export const ExperimentRows = memo(
  function ExperimentRows({ experiment: e, open, incumbent, onToggle }: Props) {
    const id = `experiment-${e.number}`;
    const change = e.valBpb === null || e.incumbentBpb === null ? null : e.valBpb - e.incumbentBpb;
    const failed = e.status === "crash" || e.status === "invalid";
    return (
      <>
        <tr
          className={`row row-${e.status}${open ? " row-open" : ""}`}
          data-testid="experiment-row"
          data-number={e.number}
          data-status={e.status}
          data-commit={e.commit}
          onClick={(event) => {
            if (!(event.target instanceof Element) || event.target.closest("button") === null) onToggle();
          }}
        >
          <td className="cell-number">
            <button
              type="button"
              id={id}
              data-row=""
              className="row-button mono"
              aria-expanded={open}
              aria-controls={open ? `${id}-detail` : undefined}
              aria-label={`Experiment ${e.number}`}
              onClick={onToggle}
            >
              {e.number}
            </button>
          </td>
          <td className="cell-status">
            <Status status={e.status} />
          </td>
          <td className="number cell-score">
            {bpb(e.valBpb)}
            {incumbent && <span className="incumbent-tag"> incumbent</span>}
          </td>
          <td className="number cell-change">
            {e.number === 0 && change === null ? "baseline" : delta(change)}
            {e.evidence !== null && (
              <span className="cell-sure" title="Standard error, and the probability that it is better">
                ± {bpb(e.evidence.standardError)} · P {chance(e.evidence.better)}
              </span>
            )}
            {e.runs > 1 && <span className="cell-sure">{plural(e.runs, "run")}</span>}
          </td>
          <td className="cell-idea">
            {e.hypothesis}
            {failed && e.reason !== "" && <span className="cell-reason">{e.reason}</span>}
          </td>
          <td className="cell-by">{e.researcher}</td>
          <td className="number cell-speed">{e.tokensPerSecond > 0 ? count(e.tokensPerSecond) : "–"}</td>
          <td className="number cell-time">{clock(e.seconds)}</td>
        </tr>
        {open && (
          <tr className="detail-row">
            <td colSpan={8} id={`${id}-detail`}>
              <ExperimentDetail experiment={e} />
            </td>
          </tr>
        )}
      </>
    );
  },
  (a, b) => a.experiment.commit === b.experiment.commit && a.open === b.open && a.incumbent === b.incumbent,
);
