// The plot (recharts): axes, the frontier as steps, baselines as labelled lines; and the points as one layer of paths
// (marks.ts). Parts that follow the pointer are a separate layer, so that nothing else is drawn again.

import { memo, useDeferredValue, useMemo } from "react";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  usePlotArea,
  XAxis,
  YAxis,
} from "recharts";
import { listOf, shownNumber } from "../actions/selection.ts";
import { useLab, usePage } from "../actions/context.ts";
import { numberTicks, ticksOf, type BaselineLine, type ChartData } from "../drawing/chart-data.ts";
import { labelShifts, placeLabels, type Labelled } from "../drawing/labels.ts";
import { layersOf } from "../drawing/marks.ts";
import { toX, toY, type Plot } from "../drawing/plot.ts";
import { staircase } from "../drawing/staircase.ts";
import { scaled, shareOf } from "../state/chart-view.ts";
import { Surface } from "./Surface.tsx";

interface Props {
  readonly data: ChartData;
  /** Kept experiments that may be named on the plot. */
  readonly labelled: readonly Labelled[];
  readonly narrow: boolean;
}

// Without any row recharts draws no lines.
const NO_FRONTIER = [{ number: 0 }];

export default memo(function ProgressPlot({ data, labelled, narrow }: Props) {
  const { numbers, scores } = data;
  const span = scores.high - scores.low;
  const digits = span < 0.1 ? 3 : span < 2 ? 2 : 1;
  const number = (value: number) => scaled(numbers, value);
  const score = (value: number) => scaled(scores, value);
  const rows = data.frontier.map((step) => ({
    number: number(step.number),
    frontier: score(step.frontier),
    band: step.band?.map(score),
  }));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={rows.length === 0 ? NO_FRONTIER : rows}
        margin={{ top: 10, right: narrow || data.inRange.length === 0 ? 12 : 92, bottom: 4, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid stroke="var(--rule)" vertical={false} syncWithTicks />
        <XAxis
          dataKey="number"
          type="number"
          domain={[number(numbers.low), number(numbers.high)]}
          ticks={numberTicks(numbers, narrow ? 5 : 10).map(number)}
          tickFormatter={(_, i: number) => String(numberTicks(numbers, narrow ? 5 : 10)[i] ?? "")}
          tickLine={false}
          axisLine={false}
          height={24}
          interval={0}
          allowDataOverflow
        />
        <YAxis
          type="number"
          domain={[score(scores.low), score(scores.high)]}
          ticks={ticksOf(scores.low, scores.high, 5).map(score)}
          tickFormatter={(_, i: number) => ticksOf(scores.low, scores.high, 5)[i]?.toFixed(digits) ?? ""}
          tickLine={false}
          axisLine={false}
          width={46}
          allowDataOverflow
        />
        {data.inRange.map((line) => (
          <ReferenceLine key={line.name} y={score(line.value)} className="baseline" />
        ))}
        <Area dataKey="band" className="noise-band" {...STEPS} />
        <Line dataKey="frontier" className="frontier" {...STEPS} />
        <Points data={data} labelled={labelled} narrow={narrow} />
      </ComposedChart>
    </ResponsiveContainer>
  );
});

const STEPS = { type: "stepAfter", dot: false, activeDot: false, isAnimationActive: false } as const;

function Points({ data, labelled, narrow }: Props) {
  const area = usePlotArea();
  const lit = useDeferredValue(useLit());
  const plot = useMemo(
    (): Plot | null =>
      area === undefined
        ? null
        : {
            x: area.x,
            y: area.y,
            width: area.width,
            height: area.height,
            numbers: data.numbers,
            scores: data.scores,
          },
    [area, data.numbers, data.scores],
  );
  const layers = useMemo(
    () => (plot === null ? [] : layersOf(plot, data.points, lit)),
    [plot, data.points, lit],
  );
  const labels = useMemo(
    () => (plot === null ? [] : placeLabels(plot, labelled, data, narrow ? 3 : Math.floor(plot.width / 100))),
    [plot, labelled, data, narrow],
  );
  if (plot === null) return null;
  return (
    <g>
      <BaselineNames plot={plot} lines={data.inRange} narrow={narrow} />
      {data.beside.length > 0 && (
        <path className="frontier-beside" d={`M${staircase(plot, data.beside, (step) => step.frontier)}`} />
      )}
      {layers.map((layer, i) => (
        <path key={i} className={`mark ${layer.className}`} d={layer.path} />
      ))}
      {labels.map((label) => (
        <text key={label.number} className="point-label" x={label.x} y={label.y}>
          {label.text}
        </text>
      ))}
      <Rings plot={plot} data={data} />
      <Surface plot={plot} points={data.points} />
    </g>
  );
}

/** Labels beside the plot, or on it where there is no room beside it. */
function BaselineNames({ plot, lines, narrow }: BaselineProps) {
  const places = lines.map((line) => 1 - shareOf(plot.scores, line.value));
  const shifts = labelShifts(places, 15 / plot.height);
  return lines.map((line, i) => (
    <text
      key={line.name}
      className="baseline-label"
      x={narrow ? plot.x + 5 : plot.x + plot.width + 6}
      y={toY(plot, line.value) + (shifts[i] ?? 0) * plot.height + (narrow ? -4 : 4)}
    >
      {line.label} {line.value.toFixed(2)}
    </text>
  ));
}

interface BaselineProps {
  readonly plot: Plot;
  readonly lines: readonly BaselineLine[];
  readonly narrow: boolean;
}

/** Experiments that pass the filter; null: all. Read here, so that a new filter does not redraw the axes. */
function useLit(): ReadonlySet<number> | null {
  const list = usePage(listOf);
  const all = useLab((lab) => lab.experiments.length, 0);
  return useMemo(() => (list.length === all ? null : new Set(list.map((e) => e.number))), [list, all]);
}

/** Rings around the selection, the experiment it is compared with, and the point under the pointer. */
function Rings({ plot, data }: { readonly plot: Plot; readonly data: ChartData }) {
  const shown = usePage(shownNumber);
  const compared = usePage((page) => page.compared);
  const cursor = usePage((page) => page.cursor);
  const ring = (number: number | null, className: string) => {
    const at = number === null ? undefined : data.points.find((p) => p.number === number);
    if (at === undefined) return null;
    const [x, y] = [toX(plot, at.number), toY(plot, at.y)];
    return (
      <g className={className}>
        <path d={`M${x.toFixed(1)} ${plot.y}V${(plot.y + plot.height).toFixed(1)}`} />
        <circle cx={x} cy={y} r={8.5} />
      </g>
    );
  };
  return (
    <g className="rings">
      {ring(compared, "ring-compared")}
      {ring(shown, "ring-selected")}
      {cursor !== shown && ring(cursor, "ring-cursor")}
    </g>
  );
}
