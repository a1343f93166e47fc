// The training loss of the selected experiment, over that of the one it is compared with, or of the best.

import type { ExperimentView } from "../../research/index.ts";
import { bestNumber } from "../actions/selection.ts";
import { usePage } from "../actions/context.ts";
import { CurvePlot, type NamedCurve } from "./CurvePlot.tsx";
import { useDetail, WithDetail } from "./Detail.tsx";
import type { Shown } from "./shown.ts";

export function Curves({ experiment, compared }: Shown) {
  const best = usePage(bestNumber);
  const other = compared?.number ?? (best === experiment.number ? null : best);
  const behind = useDetail(other);
  return (
    <WithDetail number={experiment.number}>
      {(detail) => {
        const curves: NamedCurve[] = [];
        if (behind !== null) {
          const name = compared === null ? `best, #${behind.number}` : `#${behind.number}`;
          curves.push({ name, points: behind.curve, kind: "other" });
        }
        curves.push({ name: `#${experiment.number}`, points: detail.curve, kind: "own" });
        const drawn = curves.filter(({ points }) => points.length > 1);
        return (
          <>
            {detail.curve.length > 1 ? (
              <CurvePlot curves={drawn} />
            ) : (
              <p className="empty">{noCurve(experiment)}</p>
            )}
            {detail.step !== null && (
              <details className="detail-part" data-testid="step">
                <summary>Step profile</summary>
                <pre className="commit-message">{detail.step}</pre>
              </details>
            )}
          </>
        );
      }}
    </WithDetail>
  );
}

function noCurve({ number, status }: ExperimentView): string {
  return status === "crash" || status === "invalid"
    ? `#${number} ended before it trained, so it has no loss curve.`
    : `No loss curve of #${number} was recorded.`;
}
