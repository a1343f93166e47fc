// The plot itself (recharts): marks, the frontier as steps, baselines as labelled lines. Loaded after the first paint.

import {
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  XAxis,
  YAxis,
  CartesianGrid,
} from "recharts";
import { numberTicks, type ChartData, type ChartPoint } from "./chart-data.ts";
import { MarkShape } from "./Mark.tsx";

interface Props {
  readonly data: ChartData;
  readonly cursor: number | null;
  readonly narrow: boolean;
  onHover(number: number | null): void;
  onOpen(number: number): void;
}

interface MarkProps {
  readonly cx?: number;
  readonly cy?: number;
  readonly payload?: ChartPoint;
}

export default function ProgressPlot({ data, cursor, narrow, onHover, onOpen }: Props) {
  const last = Math.max(data.lastNumber, 4);
  const [low, high] = data.range;
  const digits = high - low < 0.1 ? 3 : high - low < 2 ? 2 : 1;
  const mark = ({ cx = 0, cy = 0, payload }: MarkProps) => {
    if (payload === undefined) return <g />;
    const here = payload.number === cursor;
    return (
      <g
        className="point"
        data-number={payload.number}
        data-status={payload.status}
        onPointerEnter={() => {
          onHover(payload.number);
        }}
        onPointerLeave={() => {
          onHover(null);
        }}
        onClick={() => {
          onOpen(payload.number);
        }}
      >
        <circle cx={cx} cy={cy} r={11} className="point-target" />
        {here && <circle cx={cx} cy={cy} r={9.5} className="point-cursor" />}
        <MarkShape status={payload.status} x={cx} y={cy} pinned={payload.pinned} />
      </g>
    );
  };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={[...data.points]}
        margin={{ top: 10, right: narrow ? 8 : 64, bottom: 4, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid className="graph-paper" vertical={false} />
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
        {data.inRange.map((line) => (
          <ReferenceLine
            key={line.name}
            y={line.value}
            className="baseline"
            label={{
              value: `${line.label} ${line.value.toFixed(2)}`,
              position: "insideTopRight",
              className: "baseline-label",
            }}
          />
        ))}
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
