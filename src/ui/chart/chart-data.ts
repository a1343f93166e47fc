// From experiments to the progress chart: which mark stands where, the frontier, and a range of val_bpb that lets
// small gains be seen. Karpathy's chart does the same: what is far above the start is pinned to the edge.

import type { Baselines, ExperimentStatus, ExperimentView } from "../../research/index.ts";

export interface ChartPoint {
  readonly number: number;
  readonly status: ExperimentStatus;
  /** Where the mark stands: the score, or the edge of the range; marks without a score stand on the floor. */
  readonly y: number;
  readonly valBpb: number | null;
  /** The score lies above the range. */
  readonly pinned: boolean;
}

/** Where the running best changes, and where it ends. */
export interface FrontierPoint {
  readonly number: number;
  readonly frontier: number;
  /** The frontier give or take what seeds alone move a score by; null where the noise is not known. */
  readonly band: readonly [low: number, high: number] | null;
}

/** The band is so many standard deviations between seeds to either side: luck alone leaves it once in twenty. */
const BAND = 2;

export interface BaselineLine {
  readonly name: keyof Baselines;
  readonly label: string;
  readonly value: number;
}

export interface ChartData {
  /** By number. */
  readonly points: readonly ChartPoint[];
  readonly frontier: readonly FrontierPoint[];
  /** [low, high] in bits per byte. */
  readonly range: readonly [number, number];
  readonly ticks: readonly number[];
  readonly lastNumber: number;
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

/** Close: what the frontier spans and its neighbourhood. Whole: every score and every baseline but uniform. */
type Zoom = "close" | "whole";

export function chartData(
  experiments: readonly ExperimentView[],
  baselines: Baselines | null,
  zoom: Zoom,
  noise: { readonly deviation: number } | null = null,
): ChartData {
  const ordered = [...experiments].sort((a, b) => a.number - b.number);
  const lines = baselineLines(baselines);
  const reach = noise === null ? 0 : BAND * noise.deviation;
  const range = scoreRange(ordered, lines, zoom, reach);
  const [low, high] = range;
  const floor = low + (high - low) * 0.035; // crosses stand on the axis, not across it
  const ceiling = high - (high - low) * 0.02;
  const points = ordered.map((e): ChartPoint => {
    const pinned = e.valBpb !== null && e.valBpb > high;
    const y = e.valBpb === null ? floor : pinned ? ceiling : Math.max(e.valBpb, low);
    return { number: e.number, status: e.status, y, valBpb: e.valBpb, pinned };
  });
  return {
    points,
    frontier: frontierOf(ordered, range, reach),
    range,
    ticks: ticksOf(low, high, 5),
    lastNumber: ordered.at(-1)?.number ?? 0,
    inRange: lines.filter((l) => l.value >= low && l.value <= high),
    above: lines.filter((l) => l.value > high),
    below: lines.filter((l) => l.value < low),
  };
}

function frontierOf(
  ordered: readonly ExperimentView[],
  [low, high]: readonly [number, number],
  reach: number,
): FrontierPoint[] {
  const steps: FrontierPoint[] = [];
  const add = (number: number, frontier: number) => {
    const band = [Math.max(low, frontier - reach), Math.min(high, frontier + reach)] as const;
    steps.push({ number, frontier, band: reach === 0 ? null : band });
  };
  for (const { number, status, valBpb } of ordered) {
    const best = steps.at(-1)?.frontier ?? Infinity;
    if (status === "keep" && valBpb !== null && valBpb < best) add(number, valBpb);
  }
  const [end, last] = [steps.at(-1), ordered.at(-1)];
  if (end !== undefined && last !== undefined && last.number > end.number) add(last.number, end.frontier);
  return steps;
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
  experiments: readonly ExperimentView[],
  lines: readonly BaselineLine[],
  zoom: Zoom,
  reach: number,
): [number, number] {
  const scored = experiments.filter((e) => e.valBpb !== null);
  const scores = scored.flatMap((e) => (e.valBpb === null ? [] : [e.valBpb]));
  const kept = scored.flatMap((e) => (e.status === "keep" && e.valBpb !== null ? [e.valBpb] : []));
  const first = kept.length > 0 ? kept : scores;
  const values = lines.map((l) => l.value);
  if (first.length === 0) {
    // Nothing scored yet: the ruler itself is worth showing.
    const real = values.filter((v) => v < 8);
    return real.length === 0 ? [0, 8] : padded(Math.min(...real), Math.max(...real), 0.25);
  }
  if (zoom === "whole") {
    const all = [...scores, ...lines.filter((l) => l.name !== "uniform").map((l) => l.value)];
    return padded(Math.min(...all), Math.max(...all), 0.06);
  }
  const low = Math.min(...first.map((score) => score - reach), ...scores);
  const high = Math.max(...first) + reach;
  // The baselines give the first few experiments a scale; a long frontier is its own.
  const nearest = values.filter((v) => v >= high).at(-1);
  if (high - low < 0.15 && nearest !== undefined && experiments.length < 4) return padded(low, nearest, 0.12);
  const span = Math.max(high - low, 0.01);
  return [low - span * 0.12, high + span * 0.25];
}

function padded(low: number, high: number, share: number): [number, number] {
  const span = Math.max(high - low, 0.02);
  return [low - span * share, high + span * share];
}

/** How far each label must move down, as a share of the range, so that labels stand at least `gap` apart. */
export function labelShifts(
  values: readonly number[],
  [low, high]: readonly [number, number],
  gap: number,
): number[] {
  const wanted = values.map((v) => (high - v) / (high - low));
  const placed: number[] = [];
  // Values fall, so places rise; each label is pushed below the one before.
  for (const place of wanted) placed.push(Math.max(place, (placed.at(-1) ?? -Infinity) + gap));
  return placed.map((place, i) => place - (wanted[i] ?? place));
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

/** Experiment numbers for the axis: whole, few, and with the last one always among them when it fits. */
export function numberTicks(last: number, wanted: number): number[] {
  if (last <= wanted) return Array.from({ length: last + 1 }, (_, i) => i);
  return ticksOf(0, last, wanted).filter((t) => Number.isInteger(t));
}
