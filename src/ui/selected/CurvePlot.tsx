// Loss curves of finished runs over each other: axes at round values, the smoothed line of each, and both values under
// the pointer.

import { useMemo, useState } from "react";
import { ticksOf } from "../drawing/chart-data.ts";
import { clock } from "../state/format.ts";
import { Curve, inBits, lossRange, type Point } from "../live/loss-trace.ts";

const WIDTH = 600;
const HEIGHT = 200;

export interface NamedCurve {
  readonly name: string;
  readonly points: readonly Point[];
  readonly kind: "own" | "other";
}

export function CurvePlot({ curves }: { readonly curves: readonly NamedCurve[] }) {
  const [at, setAt] = useState<number | null>(null);
  const drawn = useMemo(() => draw(curves), [curves]);
  const { low, high, seconds, lines } = drawn;
  const top = (loss: number) => `${((high - loss) / (high - low)) * 100}%`;
  const moment = at === null ? seconds : at * seconds;
  return (
    <figure className="curve" data-testid="curves">
      <figcaption>
        Training loss in bits per token, smoothed, over seconds of training
        <span className="live-key">
          {lines.map(({ name, kind }) => (
            <span key={name} className={kind === "own" ? "key-current" : "key-incumbent"}>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div
        className="curve-plot"
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setAt(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
        }}
        onPointerLeave={() => {
          setAt(null);
        }}
      >
        {ticksOf(low, high, 4).map((tick) => (
          <span key={tick} className="curve-tick" style={{ top: top(tick) }}>
            {tick.toFixed(high - low < 0.5 ? 2 : 1)}
          </span>
        ))}
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={lines.map((l) => `Loss of ${l.name}, ${l.last.toFixed(3)} at the end`).join("; ")}
        >
          {lines.map(({ name, kind, path }) => (
            <path key={name} d={path} className={`curve-line curve-${kind}`} />
          ))}
        </svg>
        {at !== null && <span className="curve-cursor" style={{ left: `${100 * at}%` }} />}
        <span className="curve-end">{clock(seconds)}</span>
      </div>
      <p className="curve-reading">
        At {clock(moment)}:{" "}
        {lines
          .map(({ name, line }) => {
            const loss = line.at(Math.min(moment, line.lastSeconds));
            return `${name} ${loss === null ? "–" : loss.toFixed(3)}`;
          })
          .join(", ")}
      </p>
      <CurveTable lines={lines} seconds={seconds} />
    </figure>
  );
}

const ROWS = 10;

/** The curves as a table, for people who cannot see them. */
function CurveTable({ lines, seconds }: Pick<ReturnType<typeof draw>, "lines" | "seconds">) {
  const moments = Array.from({ length: ROWS }, (_, i) => ((i + 1) * seconds) / ROWS);
  return (
    <details className="score-table">
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}, bits per token
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moments.map((moment) => (
            <tr key={moment}>
              <th scope="row">{clock(moment)}</th>
              {lines.map(({ name, line }) => (
                <td key={name}>{line.at(moment)?.toFixed(3) ?? "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function draw(curves: readonly NamedCurve[]) {
  const made = curves.map(({ name, kind, points }) => {
    const line = new Curve();
    line.add(inBits(points));
    return { name, kind, line };
  });
  const seconds = Math.max(1e-9, ...made.map(({ line }) => line.lastSeconds));
  const [low, high] = lossRange(
    made.map(({ line }) => line),
    seconds,
  );
  const y = (loss: number) => ((high - loss) / (high - low)) * HEIGHT;
  const lines = made.map(({ name, kind, line }) => {
    const path = line.smooth
      .map(
        ([t, loss], i) => `${i === 0 ? "M" : "L"}${((t / seconds) * WIDTH).toFixed(1)} ${y(loss).toFixed(1)}`,
      )
      .join("");
    return { name, kind, line, path, last: line.smooth.at(-1)?.[1] ?? NaN };
  });
  return { low, high, seconds, lines };
}
