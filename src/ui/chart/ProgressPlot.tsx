// The plot (recharts): axes, the frontier as steps, baselines as labelled lines; and the points as one layer of paths
// (marks.ts). What follows the pointer is a layer of its own, so that nothing else is drawn again.

import { memo, useDeferredValue, useMemo, type MouseEvent } from "react";
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
import { choose, listOf, shownNumber } from "../actions/selection.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { labelShifts, numberTicks, type ChartData } from "./chart-data.ts";
import { placeLabels, type Labelled } from "./labels.ts";
import { layersOf, nearest, toX, toY, type Plot } from "./marks.ts";

interface Props {
  readonly data: ChartData;
  /** Kept experiments that may be named on the plot. */
  readonly labelled: readonly Labelled[];
  readonly narrow: boolean;
}

// Without a single row recharts draws no lines.
const NO_FRONTIER = [{ number: 0 }];

// About what the plot is high, in pixels: only labels that would overlap are placed by it.
const PLOT_HEIGHT = 330;

export default memo(function ProgressPlot({ data, labelled, narrow }: Props) {
  const numbers = useMemo(() => [-0.5, Math.max(data.lastNumber, 4) + 0.5] as const, [data.lastNumber]);
  const [low, high] = data.range;
  const digits = high - low < 0.1 ? 3 : high - low < 2 ? 2 : 1;
  const shifts = labelShifts(
    data.inRange.map((l) => l.value),
    data.range,
    15 / PLOT_HEIGHT,
  );
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={data.frontier.length === 0 ? NO_FRONTIER : [...data.frontier]}
        margin={{ top: 10, right: narrow || data.inRange.length === 0 ? 12 : 92, bottom: 4, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid stroke="var(--rule)" vertical={false} syncWithTicks />
        <XAxis
          dataKey="number"
          type="number"
          domain={[...numbers]}
          ticks={numberTicks(Math.max(data.lastNumber, 4), narrow ? 5 : 10)}
          tickLine={false}
          axisLine={false}
          height={24}
          interval={0}
        />
        <YAxis
          type="number"
          domain={[low, high]}
          ticks={[...data.ticks]}
          tickFormatter={(value: number) => value.toFixed(digits)}
          tickLine={false}
          axisLine={false}
          width={46}
          allowDataOverflow
        />
        {data.inRange.map((line, i) => (
          <ReferenceLine
            key={line.name}
            y={line.value}
            className="baseline"
            label={{
              value: `${line.label} ${line.value.toFixed(2)}`,
              position: narrow ? "insideBottomLeft" : "right",
              className: "baseline-label",
              dy: (shifts[i] ?? 0) * PLOT_HEIGHT,
            }}
          />
        ))}
        <Area dataKey="band" className="noise-band" {...STEPS} />
        <Line dataKey="frontier" className="frontier" {...STEPS} />
        <Points data={data} labelled={labelled} numbers={numbers} narrow={narrow} />
      </ComposedChart>
    </ResponsiveContainer>
  );
});

const STEPS = { type: "stepAfter", dot: false, activeDot: false, isAnimationActive: false } as const;

interface PointsProps extends Props {
  readonly numbers: readonly [number, number];
}

function Points({ data, labelled, numbers, narrow }: PointsProps) {
  const context = useActions();
  const area = usePlotArea();
  const lit = useDeferredValue(useLit());
  const plot = useMemo(
    (): Plot | null =>
      area === undefined
        ? null
        : { x: area.x, y: area.y, width: area.width, height: area.height, numbers, scores: data.range },
    [area, numbers, data.range],
  );
  const layers = useMemo(
    () => (plot === null ? [] : layersOf(plot, data.points, lit)),
    [plot, data.points, lit],
  );
  const labels = useMemo(
    () => (plot === null ? [] : placeLabels(plot, labelled, narrow ? 3 : Math.floor(plot.width / 120))),
    [plot, labelled, narrow],
  );
  if (plot === null) return null;
  const under = (event: MouseEvent<SVGRectElement>): number | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left + plot.x, event.clientY - box.top + plot.y];
    return nearest(plot, data.points, x, y)?.number ?? null;
  };
  const point = (number: number | null) => {
    if (context.page.getState().cursor !== number) context.page.setState({ cursor: number });
  };
  return (
    <g>
      {layers.map((layer, i) => (
        <path key={i} className={`mark ${layer.className}`} d={layer.path} />
      ))}
      {labels.map((label) => (
        <text key={label.number} className="point-label" x={label.x} y={label.y}>
          {label.text}
        </text>
      ))}
      <Rings plot={plot} data={data} />
      <rect
        className="plot-surface"
        x={plot.x}
        y={plot.y}
        width={plot.width}
        height={plot.height}
        onPointerMove={(event) => {
          point(under(event));
        }}
        onPointerLeave={() => {
          point(null);
        }}
        onClick={(event) => {
          const number = under(event);
          if (number === null) return;
          choose(context, number, event);
          // A finger has no hover: what it touched stays read out.
          point(number);
        }}
      />
    </g>
  );
}

/** What the filter lets through; null: everything. Asked for here, so that a filter draws no axes again. */
function useLit(): ReadonlySet<number> | null {
  const list = usePage(listOf);
  const all = useLab((lab) => lab.experiments.length, 0);
  return useMemo(() => (list.length === all ? null : new Set(list.map((e) => e.number))), [list, all]);
}

/** Rings around the selection, what it is compared with, and the point under the pointer. */
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
