// The loss of a finished run as a small still picture: no axis but its ends, named.

import { useMemo } from "react";
import { clock } from "../state/format.ts";
import { Curve, lossRange, type Point } from "../live/loss-trace.ts";

const WIDTH = 600;
const HEIGHT = 120;

export function CurvePlot({ curve, number }: { readonly curve: readonly Point[]; readonly number: number }) {
  const { path, low, high, seconds, last } = useMemo(() => {
    const line = new Curve();
    line.add(curve);
    const seconds = Math.max(line.lastSeconds, 1e-9);
    const [low, high] = lossRange([line], seconds);
    const y = (loss: number) => ((high - loss) / (high - low)) * HEIGHT;
    const path = line.smooth
      .map(
        ([t, loss], i) => `${i === 0 ? "M" : "L"}${((t / seconds) * WIDTH).toFixed(1)} ${y(loss).toFixed(1)}`,
      )
      .join("");
    return { path, low, high, seconds, last: line.smooth.at(-1)?.[1] ?? NaN };
  }, [curve]);
  return (
    <figure className="detail-part curve">
      <figcaption>
        Training loss, nats per token, over {clock(seconds)}; at the end {last.toFixed(3)}
      </figcaption>
      <div className="curve-plot">
        <span className="curve-high">{high.toFixed(2)}</span>
        <span className="curve-low">{low.toFixed(2)}</span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Loss curve of experiment ${number}, ending at ${last.toFixed(3)}`}
        >
          <path d={path} className="curve-line" />
        </svg>
      </div>
    </figure>
  );
}
