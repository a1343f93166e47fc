// The score of every experiment: one focusable chart, whose arrow keys move the selection; a line about the experiment
// under the pointer; a summary in one sentence; and a table of the same data.

import {
  lazy,
  Suspense,
  useDeferredValue,
  useEffect,
  useId,
  useMemo,
  useState,
  type KeyboardEvent,
} from "react";
import type { ExperimentView } from "../../research/index.ts";
import { lastNumber } from "../actions/chart.ts";
import { select, shownNumber } from "../actions/selection.ts";
import { useActions, useArena, useLab, usePage } from "../actions/context.ts";
import { baselinesOf } from "../actions/conditions.ts";
import { bpb, delta, plural } from "../state/format.ts";
import { panTo } from "../state/chart-view.ts";
import { Term } from "../frame/Term.tsx";
import { BASELINE_LABELS, chartData, type BaselineLine } from "../drawing/chart-data.ts";
import { labelled } from "../drawing/labels.ts";
import { Beside } from "./Beside.tsx";
import { ChartTools } from "./ChartTools.tsx";
import { Reading } from "./Reading.tsx";
import { statusWord } from "./Mark.tsx";

const ProgressPlot = lazy(() => import("./ProgressPlot.tsx"));
const NONE: readonly ExperimentView[] = [];

export default function Progress() {
  const context = useActions();
  // The chart follows a verdict after the list and the run, in a task of its own that input may interrupt.
  const experiments = useDeferredValue(useLab((lab) => lab.experiments, NONE));
  const arena = useArena();
  const baselines = usePage(baselinesOf);
  const view = usePage((page) => page.chart);
  const noise = useLab((lab) => lab.study?.noise ?? null, null);
  const others = usePage((page) => page.beside?.experiments ?? NONE);
  const data = useMemo(
    () => chartData(experiments, baselines, view, noise, others),
    [experiments, baselines, view, noise, others],
  );
  const named = useMemo(() => labelled(experiments, data), [experiments, data]);
  useFollowSelection();
  const narrow = useNarrow(640);
  const summary = useId();

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 };
    const first = experiments[0];
    const last = experiments.at(-1);
    if (first === undefined || last === undefined) return;
    if (event.shiftKey) return;
    const move = moves[event.key];
    const at = experiments.findIndex((e) => e.number === shownNumber(context.page.getState()));
    if (move !== undefined) {
      const to = experiments[Math.min(experiments.length - 1, Math.max(0, at + move))];
      if (to !== undefined) select(context, to.number);
    } else if (event.key === "Home") select(context, first.number);
    else if (event.key === "End") select(context, last.number);
    else if (event.key === "Enter") context.browser.jump("selected");
    else return;
    event.preventDefault();
  };

  return (
    <figure className="progress" data-testid="chart" data-points={data.points.length}>
      <figcaption id={summary} className="progress-head">
        <Headline experiments={experiments} />
        <ChartTools />
      </figcaption>
      <div
        className="plot"
        role="group"
        aria-roledescription="chart"
        aria-label={`Score of every experiment (${arena.unit}). Arrow keys move the selection, plus and minus zoom, Enter goes to it.`}
        aria-describedby={summary}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <Suspense fallback={<div className="plot-wait" />}>
          <ProgressPlot data={data} labelled={named} narrow={narrow} />
        </Suspense>
        {!narrow && <span className="axis-name quiet">No.</span>}
      </div>
      {experiments.length === 0 ? (
        <p className="empty plot-empty">
          Every experiment will be a mark here: its number to the right, its score ({arena.unit}) upwards;
          lower is better. A line follows the best one down.{" "}
          {baselines !== null && "The dashed lines are the scores of simple statistics on the same text."}
        </p>
      ) : (
        <>
          <Reading noise={noise?.deviation ?? null} />
          <Beside experiments={experiments} />
        </>
      )}
      <div className="plot-notes">
        <OffScale above={data.above} below={data.below} />
        {experiments.length > 0 && <ScoreTable experiments={experiments} />}
      </div>
    </figure>
  );
}

/** Moves the window to a selection outside of it. */
function useFollowSelection(): void {
  const { page } = useActions();
  const selected = usePage((p) => p.selected);
  useEffect(() => {
    if (selected === null) return;
    page.setState((old) => ({ chart: panTo(old.chart, lastNumber(old), selected) }));
  }, [page, selected]);
}

/** The study in a sentence. */
function Headline({ experiments }: { readonly experiments: readonly ExperimentView[] }) {
  const best = useLab((lab) => lab.study?.bestBpb ?? null, null);
  const { unit, trains } = useArena();
  const first = experiments.find((e) => e.valBpb !== null)?.valBpb ?? null;
  const kept = experiments.filter((e) => e.status === "keep").length;
  if (best === null) {
    return <span className="headline headline-quiet">No experiment has been scored yet.</span>;
  }
  const gained = first !== null && first - best > 0 ? ` · gain ${delta(first - best)}` : "";
  return (
    <span className="headline-lines">
      <span className="headline">
        <span className="headline-number">{bpb(best)}</span> {trains ? <Term word="bits per byte" /> : unit}
      </span>
      <span className="headline-rest">
        {experiments.length === 1
          ? "the baseline"
          : `best of ${plural(experiments.length, "experiment")}${gained} · ${kept} kept`}
      </span>
    </span>
  );
}

/** Names the baselines outside of the range under the chart, so that they do not compress it. */
function OffScale({
  above,
  below,
}: {
  readonly above: readonly BaselineLine[];
  readonly below: readonly BaselineLine[];
}) {
  const list = (lines: readonly BaselineLine[]) =>
    lines.map((l) => `${BASELINE_LABELS[l.name]} ${l.value.toFixed(2)}`).join(", ");
  const parts = [
    above.length > 0 ? `Above this chart: ${list(above)}` : null,
    below.length > 0 ? `Below this chart: ${list(below)}` : null,
  ].filter((p) => p !== null);
  const words = parts.join(". ");
  return (
    <p className="quiet" title={words}>
      {words}
    </p>
  );
}

/** The chart as a table, for people who cannot see it; the rows are rendered when it is opened. */
function ScoreTable({ experiments }: { readonly experiments: readonly ExperimentView[] }) {
  const [open, setOpen] = useState(false);
  const { unit } = useArena();
  return (
    <details
      className="score-table"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>As a table</summary>
      {open && (
        <div className="score-scroll" tabIndex={0} role="region" aria-label="Scores of all experiments">
          <table>
            <thead>
              <tr>
                <th scope="col">Experiment</th>
                <th scope="col">Status</th>
                <th scope="col">Score ({unit})</th>
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
        </div>
      )}
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
