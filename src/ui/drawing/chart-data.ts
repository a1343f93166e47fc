// Computes the progress chart from experiments: the places of the marks, the frontier, and a range of val_bpb that
// shows small gains. As in Karpathy's chart, scores far above the start are pinned to the edge.

import type { Baselines, ExperimentStatus, ExperimentView } from "../../research/index.ts";
import { numbersAxis, type Axis, type ChartView } from "../state/chart-view.ts";

export interface ChartPoint {
  readonly number: number;
  readonly status: ExperimentStatus;
  /** Height of the mark: the score, or the edge of the range; marks without a score are on the floor. */
  readonly y: number;
  readonly valBpb: number | null;
  /** The score lies above the range. */
  readonly pinned: boolean;
}

/** A point where the running best changes or ends. */
export interface FrontierPoint {
  readonly number: number;
  readonly frontier: number;
  /** The frontier plus and minus the noise between seeds; null where the noise is not known. */
  readonly band: readonly [low: number, high: number] | null;
}

/** Half width of the band in standard deviations between seeds: chance alone leaves it once in twenty. */
const BAND = 2;

export interface BaselineLine {
  readonly name: keyof Baselines;
  readonly label: string;
  readonly value: number;
}

export interface ChartData {
  /** The experiments in the window, by number. */
  readonly points: readonly ChartPoint[];
  readonly frontier: readonly FrontierPoint[];
  /** The running best of the study beside this one; empty: none is shown. */
  readonly beside: readonly FrontierPoint[];
  readonly numbers: Axis;
  /** In bits per byte. */
  readonly scores: Axis;
  readonly inRange: readonly BaselineLine[];
  readonly above: readonly BaselineLine[];
  readonly below: readonly BaselineLine[];
}

export const BASELINE_LABELS: Readonly<Record<keyof Baselines, string>> = {
  uniform: "uniform",
  unigram: "unigram",
  bigram: "bigram",
  gzip: "gzip",
  order5: "order-5",
};

export function chartData(
  experiments: readonly ExperimentView[],
  baselines: Baselines | null,
  view: ChartView,
  noise: { readonly deviation: number } | null = null,
  others: readonly ExperimentView[] = [],
): ChartData {
  const ordered = [...experiments].sort((a, b) => a.number - b.number);
  const last = Math.max(ordered.at(-1)?.number ?? 0, others.at(-1)?.number ?? 0);
  const numbers = numbersAxis(last, view);
  const lines = baselineLines(baselines);
  const reach = noise === null ? 0 : BAND * noise.deviation;
  const frontier = frontierOf(ordered, numbers);
  const other = frontierOf(others, numbers);
  const visible = ordered.filter((e) => e.number >= numbers.low && e.number <= numbers.high);
  const box = view.window?.scores ?? null;
  const range = box ?? scoreRange(visible, [...frontier, ...other], lines, view, reach);
  const [low, high] = range;
  const floor = low + (high - low) * 0.035; // crosses are just above the axis
  const ceiling = high - (high - low) * 0.02;
  const points = visible
    .filter((e) => box === null || e.valBpb === null || (e.valBpb >= low && e.valBpb <= high))
    .map((e): ChartPoint => {
      const pinned = e.valBpb !== null && e.valBpb > high;
      const y = e.valBpb === null ? floor : pinned ? ceiling : Math.max(e.valBpb, low);
      return { number: e.number, status: e.status, y, valBpb: e.valBpb, pinned };
    });
  return {
    points,
    frontier: banded(frontier, range, reach),
    beside: banded(other, range, 0),
    numbers,
    scores: { low, high, log: view.logScores, origin: 0 },
    inRange: lines.filter((l) => l.value >= low && l.value <= high),
    above: lines.filter((l) => l.value > high),
    below: lines.filter((l) => l.value < low),
  };
}

interface Step {
  readonly number: number;
  readonly frontier: number;
}

/** The running best between the ends of the axis: it begins at the left end and continues to the newest experiment. */
function frontierOf(ordered: readonly ExperimentView[], { low, high }: Axis): readonly Step[] {
  const steps: Step[] = [];
  for (const { number, status, valBpb } of ordered) {
    const best = steps.at(-1)?.frontier ?? Infinity;
    if (status === "keep" && valBpb !== null && valBpb < best && number <= high)
      steps.push({ number, frontier: valBpb });
  }
  const enters = steps.findLastIndex(({ number }) => number < low);
  const shown = enters < 0 ? steps : steps.slice(enters);
  const [first, end, last] = [shown[0], shown.at(-1), ordered.at(-1)];
  if (enters >= 0 && first !== undefined) shown[0] = { ...first, number: low };
  const to = Math.min(high, last?.number ?? high);
  if (end !== undefined && to > end.number) shown.push({ number: to, frontier: end.frontier });
  return shown;
}

/** The steps inside the range, with the noise around them. */
function banded(
  steps: readonly Step[],
  [low, high]: readonly [number, number],
  reach: number,
): readonly FrontierPoint[] {
  const inside = (score: number) => Math.min(high, Math.max(low, score));
  return steps.map(({ number, frontier }) => ({
    number,
    frontier: inside(frontier),
    band: reach === 0 ? null : ([inside(frontier - reach), inside(frontier + reach)] as const),
  }));
}

function baselineLines(baselines: Baselines | null): BaselineLine[] {
  if (baselines === null) return [];
  const names = Object.keys(BASELINE_LABELS) as (keyof Baselines)[];
  return names
    .map((name) => ({ name, label: BASELINE_LABELS[name], value: baselines[name] }))
    .filter((l) => Number.isFinite(l.value))
    .sort((a, b) => b.value - a.value);
}

function scoreRange(
  visible: readonly ExperimentView[],
  frontier: readonly Step[],
  lines: readonly BaselineLine[],
  view: ChartView,
  reach: number,
): readonly [number, number] {
  const scores = visible.flatMap((e) => (e.valBpb === null ? [] : [e.valBpb]));
  const best = frontier.map((step) => step.frontier);
  const first = best.length > 0 ? best : scores;
  const values = lines.map((l) => l.value);
  if (first.length === 0) {
    // No score yet: the chart shows the baselines.
    const real = values.filter((v) => v < 8);
    return real.length === 0 ? [0, 8] : padded(Math.min(...real), Math.max(...real), 0.25);
  }
  if (view.range === "whole") {
    const all = [...scores, ...lines.filter((l) => l.name !== "uniform").map((l) => l.value)];
    return padded(Math.min(...all), Math.max(...all), 0.06);
  }
  const low = Math.min(...first.map((score) => score - reach), ...scores);
  // In a window on a level frontier, most of the experiments above it must fit.
  const upper = view.window === null ? first : [...first, quantile(scores, 0.8) ?? low];
  const high = Math.max(...upper) + reach;
  // The baselines give the first few experiments a scale; a long frontier needs none.
  const nearest = values.filter((v) => v >= high).at(-1);
  if (high - low < 0.15 && nearest !== undefined && visible.length < 4 && view.window === null)
    return padded(low, nearest, 0.12);
  const span = Math.max(high - low, 0.01);
  return [low - span * 0.12, high + span * 0.25];
}

function quantile(values: readonly number[], share: number): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? null;
}

function padded(low: number, high: number, share: number): [number, number] {
  const span = Math.max(high - low, 0.02);
  return [low - span * share, high + span * share];
}

/** Round values inside [low, high], about `wanted` of them, at steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(low: number, high: number, wanted: number): number[] {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push(Number((i * step).toPrecision(10)));
  }
  return ticks;
}

/** Whole experiment numbers for the axis, about `wanted` of them; on a logarithmic one 0 and 1, 2, 5 times powers of ten. */
export function numberTicks({ low, high, log }: Axis, wanted: number): number[] {
  const first = Math.max(0, Math.ceil(low));
  if (log && high > 20 && high > 6 * (first + 1)) {
    const powers = Array.from({ length: 7 }, (_, power) => [1, 2, 5].map((m) => m * 10 ** power));
    const ticks = [0, ...powers.flat()].filter((tick) => tick >= low && tick <= high);
    const thinned = ticks.length > wanted + 2 ? ticks.filter((t) => /^10*$|^0$/.test(t.toFixed(0))) : ticks;
    return thinned;
  }
  if (high - low < wanted + 1)
    return Array.from({ length: Math.floor(high) - first + 1 }, (_, i) => first + i);
  return ticksOf(low, high, wanted).filter((t) => Number.isInteger(t));
}
