// The loss of the current run and of the incumbent, outside React. Points arrive in batches many times a second; a
// canvas reads them when it draws. Curves are smoothed, and compared at the same moment of training.

import type { HotEvent } from "../../research/index.ts";

/** [seconds of training, loss in bits per token] */
export type Point = readonly [seconds: number, loss: number];

/** Points of the lab, whose losses are in nats, in bits: the page's one unit. */
export const inBits = (points: readonly Point[]): readonly Point[] =>
  points.map(([seconds, nats]) => [seconds, nats / Math.LN2]);

/** Loss against time with a running mean beside it; seconds never decrease. */
export class Curve {
  readonly points: Point[] = [];
  readonly smooth: Point[] = [];
  private mean = 0;
  private weight = 0;

  /** Adds points; a loss that is not finite cannot be drawn and is left out. */
  add(points: readonly Point[]): void {
    for (const point of points) {
      const [seconds, loss] = point;
      const last = this.points.at(-1);
      if (!Number.isFinite(loss) || (last !== undefined && seconds < last[0])) continue;
      // An exponential mean with Adam's bias correction: the first points are not pulled towards zero. It forgets
      // slowly once there are many points and fast while there are few.
      const keep = Math.min(0.97, this.points.length / (this.points.length + 4));
      this.mean = keep * this.mean + (1 - keep) * loss;
      this.weight = keep * this.weight + (1 - keep);
      this.points.push(point);
      this.smooth.push([seconds, this.mean / this.weight]);
    }
  }

  /** The smoothed loss at a moment, linear between points; null before the first and after the last. */
  at(seconds: number): number | null {
    const list = this.smooth;
    const first = list[0];
    const last = list.at(-1);
    if (first === undefined || last === undefined || seconds < first[0] || seconds > last[0]) return null;
    let low = 0;
    let high = list.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.[0] ?? 0) <= seconds) low = middle;
      else high = middle;
    }
    const a = list[low] ?? first;
    const b = list[high] ?? last;
    const span = b[0] - a[0];
    return span === 0 ? b[1] : a[1] + ((b[1] - a[1]) * (seconds - a[0])) / span;
  }

  get lastSeconds(): number {
    return this.points.at(-1)?.[0] ?? 0;
  }
}

/** Everything the live canvas draws. It tells its watchers of every change, so that a still picture costs nothing. */
export class LossTrace {
  current = new Curve();
  incumbent = new Curve();
  number: number | null = null;
  budgetSeconds = 0;
  readonly #watchers = new Set<() => void>();

  /** Calls `changed` after every change until the returned function is called. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  receive(event: HotEvent): void {
    this.#take(event);
    for (const changed of this.#watchers) changed();
  }

  #take(event: HotEvent): void {
    switch (event.type) {
      case "run":
        this.current = new Curve();
        this.number = event.number;
        this.budgetSeconds = event.budgetSeconds;
        return;
      case "points":
        this.current.add(inBits(event.points));
        return;
      case "incumbent":
        this.incumbent = new Curve();
        this.incumbent.add(inBits(event.points));
        return;
    }
  }

  /** Current minus incumbent at a moment (by default now), in bits per token; null without one of them. */
  gap(seconds = this.current.lastSeconds): number | null {
    const a = this.current.at(seconds);
    const b = this.incumbent.at(seconds);
    return a === null || b === null ? null : a - b;
  }
}

/** [low, high] for the axis: the steep first seconds are cut off once there is more to see. */
export function lossRange(curves: readonly Curve[], budgetSeconds: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const curve of curves) {
    // The descent from ln(V) takes a few percent of the budget and would flatten all the rest.
    const from = Math.min(budgetSeconds * 0.06, curve.lastSeconds * 0.25);
    for (const [seconds, loss] of curve.smooth) {
      if (loss < low) low = loss;
      if (seconds >= from && loss > high) high = loss;
    }
  }
  if (low > high) return [0, 8];
  const pad = Math.max((high - low) * 0.08, 0.02);
  return [low - pad, high + pad];
}

/** At most one [x, low, high] per pixel column, so that drawing costs the same after a million steps. */
export function columns(
  points: readonly Point[],
  width: number,
  seconds: number,
): (readonly [x: number, low: number, high: number])[] {
  const result: [number, number, number][] = [];
  for (const [t, loss] of points) {
    const x = Math.round((t / seconds) * width);
    const last = result.at(-1);
    if (last?.[0] === x) {
      last[1] = Math.min(last[1], loss);
      last[2] = Math.max(last[2], loss);
    } else result.push([x, loss, loss]);
  }
  return result;
}
