// The visible part of the chart, and its axes. Zooming and panning work on positions along the axis, not on values, so
// that they feel the same on a logarithmic one.

/** Values at both ends of an axis; a logarithmic one starts at `origin`, so that experiment 0 has a position on it. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly origin: number;
}

export interface ChartView {
  /** Close: the best scores and their neighbourhood; whole: every score. */
  readonly range: "close" | "whole";
  readonly logScores: boolean;
  readonly logNumbers: boolean;
  /** The visible part; null: everything. */
  readonly window: ChartWindow | null;
}

interface ChartWindow {
  /** Experiments; an end at infinity follows the newest one. */
  readonly numbers: readonly [low: number, high: number];
  /** Bits per byte; null: fitted to the experiments shown. */
  readonly scores: readonly [low: number, high: number] | null;
}

export const WHOLE_CHART: ChartView = { range: "close", logScores: false, logNumbers: false, window: null };

/** Fewer experiments than this are not zoomed into. */
const MIN = 4;

/** The position of a value along its axis, before scaling. */
export function scaled({ log, origin }: Pick<Axis, "log" | "origin">, value: number): number {
  return log ? Math.log10(value + origin) : value;
}

function unscaled({ log, origin }: Axis, place: number): number {
  return log ? 10 ** place - origin : place;
}

/** The position of a value between the ends of the axis, 0 to 1. */
export function shareOf(axis: Axis, value: number): number {
  const low = scaled(axis, axis.low);
  return (scaled(axis, value) - low) / (scaled(axis, axis.high) - low);
}

/** The value at a share of the axis. */
export function valueAt(axis: Axis, share: number): number {
  const [low, high] = [scaled(axis, axis.low), scaled(axis, axis.high)];
  return unscaled(axis, low + share * (high - low));
}

/** The axis of numbers up to the newest experiment. */
function allNumbers(last: number, { logNumbers }: ChartView): Axis {
  return { low: -0.5, high: Math.max(last, MIN) + 0.5, log: logNumbers, origin: 1 };
}

/** The visible part of the axis of numbers. */
export function numbersAxis(last: number, view: ChartView): Axis {
  const all = allNumbers(last, view);
  if (view.window === null) return all;
  const [low, high] = view.window.numbers;
  return { ...all, low: Math.max(low, all.low), high: Math.min(high, all.high) };
}

/**
 * The view with new ends of its axis of numbers, clamped. The whole axis removes the window; too small a part is
 * ignored.
 */
function withNumbers(view: ChartView, last: number, low: number, high: number): ChartView {
  const all = allNumbers(last, view);
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  if (low <= all.low + 1e-6 && high >= all.high - 1e-6) return { ...view, window: null };
  if (Math.min(high, all.high) - Math.max(low, all.low) < MIN) return view;
  const numbers = [
    Math.max(low, all.low),
    high > all.high || near(high, all.high) ? Infinity : high,
  ] as const;
  return { ...view, window: { numbers, scores: null } };
}

/** Shows `factor` times as much of the axis; the value at `share` keeps its position. */
export function zoom(view: ChartView, last: number, share: number, factor: number): ChartView {
  const axis = numbersAxis(last, view);
  const from = share - share * factor;
  const [low, high] = [valueAt(axis, from), valueAt(axis, from + factor)];
  return withNumbers(view, last, low, high);
}

/** Moves the window along the axis by a share of it, as far as there are experiments. */
export function pan(view: ChartView, last: number, by: number): ChartView {
  if (view.window === null) return view;
  const [axis, all] = [numbersAxis(last, view), allNumbers(last, view)];
  const width = shareOf(all, axis.high) - shareOf(all, axis.low);
  const from = Math.min(1 - width, Math.max(0, shareOf(all, axis.low) + by * width));
  const moved = withNumbers(view, last, valueAt(all, from), valueAt(all, from + width));
  return moved.window === null ? view : { ...moved, window: { ...moved.window, scores: view.window.scores } };
}

/** Moves the window as little as needed to show an experiment near its edge. */
export function panTo(view: ChartView, last: number, number: number): ChartView {
  const axis = numbersAxis(last, view);
  const share = shareOf(axis, number);
  if (view.window === null || (share >= 0 && share <= 1)) return view;
  return pan(view, last, share < 0 ? share - 0.1 : share - 0.9);
}

/** The view of the part inside a box. */
export function boxed(view: ChartView, last: number, box: ChartWindow): ChartView {
  const [low, high] = box.numbers;
  if (high - low < 1) return view;
  const { window } = withNumbers(view, last, low, high);
  return { ...view, window: { numbers: window?.numbers ?? [-0.5, Infinity], scores: box.scores } };
}
