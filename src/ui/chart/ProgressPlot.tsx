// The plot itself (recharts): marks, the frontier as steps, baselines as labelled lines. Loaded after the first paint.

import {
  Area,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  XAxis,
  YAxis,
  CartesianGrid,
} from "recharts";
import { labelShifts, numberTicks, type ChartData, type ChartPoint } from "./chart-data.ts";
import { MarkShape } from "./Mark.tsx";

interface Props {
  readonly data: ChartData;
  readonly cursor: number | null;
  readonly narrow: boolean;
  onHover(number: number | null): void;
  onOpen(number: number): void;
}

// Without a single row recharts draws no lines; this one carries no mark.
const NO_POINTS = [{ number: 0 }];

// About what the plot is high, in pixels: only labels that would overlap are placed by it.
const PLOT_HEIGHT = 330;

interface MarkProps {
  readonly cx?: number;
  readonly cy?: number;
  readonly payload?: Partial<ChartPoint>;
}

export default function ProgressPlot({ data, cursor, narrow, onHover, onOpen }: Props) {
  const last = Math.max(data.lastNumber, 4);
  const [low, high] = data.range;
  const digits = high - low < 0.1 ? 3 : high - low < 2 ? 2 : 1;
  const shifts = labelShifts(
    data.inRange.map((l) => l.value),
    data.range,
    15 / PLOT_HEIGHT,
  );
  const mark = ({ cx = 0, cy = 0, payload }: MarkProps) => {
    const { number, status, pinned } = payload ?? {};
    if (number === undefined || status === undefined) return <g />;
    const here = number === cursor;
    return (
      <g
        className="point"
        data-number={number}
        data-status={status}
        onPointerEnter={() => {
          onHover(number);
        }}
        onPointerLeave={() => {
          onHover(null);
        }}
        onClick={() => {
          onOpen(number);
        }}
      >
        <circle cx={cx} cy={cy} r={11} className="point-target" />
        {here && <circle cx={cx} cy={cy} r={9.5} className="point-cursor" />}
        <MarkShape status={status} x={cx} y={cy} pinned={pinned ?? false} />
      </g>
    );
  };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={data.points.length === 0 ? NO_POINTS : [...data.points]}
        margin={{ top: 10, right: narrow ? 8 : 92, bottom: 4, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid stroke="var(--rule)" vertical={false} syncWithTicks />
        <XAxis
          dataKey="number"
          type="number"
          domain={[-0.5, last + 0.5]}
          ticks={numberTicks(last, narrow ? 5 : 10)}
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
        <Area
          dataKey="band"
          type="stepAfter"
          className="noise-band"
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          connectNulls
        />
        <Line
          dataKey="frontier"
          type="stepAfter"
          className="frontier"
          dot={false}
          activeDot={false}
          isAnimationActive={false}
          connectNulls
        />
        <Scatter dataKey="y" shape={mark} isAnimationActive={false} />
      </ComposedChart>
    </ResponsiveContainer>
  );
}
