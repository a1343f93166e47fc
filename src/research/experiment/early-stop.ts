// Stops a run that is so far behind the incumbent's loss curve that the rest of its budget is not worth spending.
// train.ts reports the loss itself: a false loss can keep a bad run alive, but not take the score from a good one.
import type { Curve } from "../../runner/index.ts";

/** No judgement before this share of the budget: rates are still warming up. */
const EARLIEST = 0.4;
/** Losses are compared as means over this share of the budget. */
const WINDOW = 0.1;
/** A window with fewer points than this is not compared. */
const MIN = 3;

export class EarlyStop {
  readonly #points: (readonly [number, number])[] = [];
  readonly #incumbent: Curve;
  readonly #budget: number;

  constructor(incumbent: Curve, budgetSeconds: number) {
    this.#incumbent = incumbent;
    this.#budget = budgetSeconds;
  }

  /** Adds points. Returns a reason in one line if the loss is above the incumbent's at half this time, else null. */
  add(points: Curve): string | null {
    this.#points.push(...points);
    const seconds = this.#points.at(-1)?.[0] ?? 0;
    if (seconds < EARLIEST * this.#budget) return null;
    const mine = meanUntil(this.#points, seconds, WINDOW * this.#budget);
    const theirs = meanUntil(this.#incumbent, seconds / 2, WINDOW * this.#budget);
    if (mine === null || theirs === null || mine <= theirs) return null;
    const at = seconds.toFixed(0);
    const half = (seconds / 2).toFixed(0);
    return `stopped early: at ${at} s its loss is ${mine.toFixed(3)}, the incumbent's was ${theirs.toFixed(3)} at ${half} s`;
  }
}

function meanUntil(curve: Curve, seconds: number, window: number): number | null {
  const inside = curve.filter(([t]) => t > seconds - window && t <= seconds);
  if (inside.length < MIN) return null;
  return inside.reduce((sum, [, loss]) => sum + loss, 0) / inside.length;
}
