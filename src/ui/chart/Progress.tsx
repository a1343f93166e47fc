// The hero: every experiment's val_bpb. One focusable chart, moved through with the arrow keys, with a line that
// reads the point under the cursor, a sentence that says the whole, and the same as a table.

import { lazy, Suspense, useEffect, useId, useMemo, useState, type KeyboardEvent } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { openExperiment } from "../actions/notebook.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { bpb, delta, plural } from "../state/format.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { chartData, type BaselineLine } from "./chart-data.ts";
import { Status, statusWord } from "./Mark.tsx";

const ProgressPlot = lazy(() => import("./ProgressPlot.tsx"));
const NONE: readonly ExperimentView[] = [];

export function Progress() {
  const context = useActions();
  const experiments = useLab((lab) => lab.experiments, NONE);
  const baselines = useLab((lab) => lab.corpus?.baselines ?? null, null);
  const zoom = usePage((page) => page.zoom);
  const [cursor, setCursor] = useState<number | null>(null);
  const noise = useLab((lab) => lab.study?.noise ?? null, null);
  const data = useMemo(
    () => chartData(experiments, baselines, zoom, noise),
    [experiments, baselines, zoom, noise],
  );
  const narrow = useNarrow(640);
  const summary = useId();

  const open = (number: number) => {
    context.page.setState({ filter: "all" });
    void openExperiment(context, number).then(() => {
      context.browser.jump(`experiment-${number}`);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 };
    const step = moves[event.key];
    const lastNumber = data.lastNumber;
    if (experiments.length === 0) return;
    if (step !== undefined)
      setCursor((at) => Math.min(lastNumber, Math.max(0, (at ?? (step > 0 ? -1 : lastNumber + 1)) + step)));
    else if (event.key === "Home") setCursor(0);
    else if (event.key === "End") setCursor(lastNumber);
    else if (event.key === "Enter" && cursor !== null) open(cursor);
    else if (event.key === "Escape") setCursor(null);
    else return;
    event.preventDefault();
  };

  const shown = cursor === null ? undefined : experiments.find((e) => e.number === cursor);
  return (
    <figure className="progress" data-testid="chart" data-points={data.points.length}>
      <figcaption id={summary}>
        <Headline experiments={experiments} />
      </figcaption>
      <div
        className="plot"
        role="group"
        aria-roledescription="chart"
        aria-label="val_bpb of every experiment. Arrow keys move, Enter opens."
        aria-describedby={summary}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setCursor(null);
        }}
      >
        <Suspense fallback={<div className="plot-wait" />}>
          <ProgressPlot data={data} cursor={cursor} narrow={narrow} onHover={setCursor} onOpen={open} />
        </Suspense>
        {!narrow && <span className="axis-name quiet">experiment</span>}
      </div>
      {experiments.length === 0 ? (
        <EmptyPlot />
      ) : (
        <p className="readout" aria-live="polite">
          {shown === undefined ? <Legend noise={noise?.deviation ?? null} /> : <Reading experiment={shown} />}
        </p>
      )}
      <div className="plot-notes">
        <OffScale above={data.above} below={data.below} />
        <ActionButton action="zoom" kind="link" hideWhenUnavailable />
      </div>
      {experiments.length > 0 && <ScoreTable experiments={experiments} />}
    </figure>
  );
}

/** The study in a sentence. */
function Headline({ experiments }: { readonly experiments: readonly ExperimentView[] }) {
  const best = useLab((lab) => lab.study?.bestBpb ?? null, null);
  const first = experiments.find((e) => e.valBpb !== null)?.valBpb ?? null;
  const kept = experiments.filter((e) => e.status === "keep").length;
  if (best === null) {
    return <span className="headline headline-quiet">No experiment has been scored yet.</span>;
  }
  const gained = first !== null && first - best > 0 ? `, ${bpb(first - best)} below the baseline` : "";
  return (
    <>
      <span className="headline">
        <span className="headline-number">{bpb(best)}</span> bits per byte
      </span>
      <span className="headline-rest">
        {experiments.length === 1
          ? "the baseline"
          : `the best of ${plural(experiments.length, "experiment")}${gained}; ${kept} kept`}
      </span>
    </>
  );
}

function EmptyPlot() {
  return (
    <p className="empty plot-empty">
      Here every experiment will be a mark: its number to the right, its score in bits per byte upwards, lower
      is better. A line will follow the best one down. The dashed lines are what simple statistics reach on
      the same text.
    </p>
  );
}

function Legend({ noise }: { readonly noise: number | null }) {
  return (
    <span className="legend">
      <Status status="keep" /> <Status status="discard" /> <Status status="crash" />{" "}
      <Status status="invalid" />
      <span className="status">
        <svg viewBox="-9 -7 18 14" width="18" height="14" aria-hidden="true">
          <path d="M-9 -4H0V4H9" className="frontier-key" />
        </svg>
        frontier
      </span>
      {noise !== null && (
        <span className="status" data-testid="noise">
          <svg viewBox="-9 -7 18 14" width="18" height="14" aria-hidden="true">
            <rect x="-9" y="-5" width="18" height="10" className="noise-key" />
          </svg>
          seed noise (±2σ): {(2 * noise).toFixed(4)}
        </span>
      )}
    </span>
  );
}

function Reading({ experiment: e }: { readonly experiment: ExperimentView }) {
  const change = e.valBpb === null || e.incumbentBpb === null ? null : e.valBpb - e.incumbentBpb;
  return (
    <>
      <span className="mono">#{e.number}</span> {statusWord(e.status)}
      {e.valBpb !== null && <span className="mono"> {bpb(e.valBpb)}</span>}
      {change !== null && (
        <span className="mono">
          {" "}
          ({delta(change)}
          {e.evidence !== null && ` ± ${bpb(e.evidence.standardError)}`})
        </span>
      )}{" "}
      <span className="quiet">{e.valBpb === null ? e.reason : e.hypothesis}</span>
    </>
  );
}

/** Baselines outside the range are named under the chart instead of squeezing it. */
function OffScale({
  above,
  below,
}: {
  readonly above: readonly BaselineLine[];
  readonly below: readonly BaselineLine[];
}) {
  const list = (lines: readonly BaselineLine[]) =>
    lines.map((l) => `${l.label} ${l.value.toFixed(2)}`).join(", ");
  const parts = [
    above.length > 0 ? `above this chart: ${list(above)}` : null,
    below.length > 0 ? `below it: ${list(below)}` : null,
  ].filter((p) => p !== null);
  return <p className="quiet">{parts.join("; ")}</p>;
}

function ScoreTable({ experiments }: { readonly experiments: readonly ExperimentView[] }) {
  return (
    <details className="score-table">
      <summary>The chart as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">Status</th>
            <th scope="col">val_bpb</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((e) => (
            <tr key={e.number}>
              <td>{e.number}</td>
              <td>{statusWord(e.status)}</td>
              <td>{bpb(e.valBpb)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function useNarrow(width: number): boolean {
  const [narrow, setNarrow] = useState(() => innerWidth < width);
  useEffect(() => {
    const query = matchMedia(`(max-width: ${width - 1}px)`);
    const update = () => {
      setNarrow(query.matches);
    };
    query.addEventListener("change", update);
    return () => {
      query.removeEventListener("change", update);
    };
  }, [width]);
  return narrow;
}
