// The deadline. No step starts after the end of the budget; the lab alone sets how late the last one may end: a
// constant for a busy device, and a small share of the budget.

/**
 * Allowance for any last step [ms]: a flush, a busy event loop. One second made an honest baseline invalid on two
 * loaded cores (November 2026); to accuse an honest run is worse than to give a cheat a second and a half.
 */
const BASE = 2500;
/** Two steps may be in flight when the budget ends: this share of the budget caps them. */
const SHARE = 0.02;
const MIN_SHARE = 250;

/** How long the lab waits for the forward pass after the budget [ms]. */
export const HANDOVER_WAIT = 14_000;
/** The clock stops while the engine compiles; the lab's deadline allows this much in total [ms]. */
export const MAX_PAUSED = 60_000;

/** How long after the end of the budget the last step may end and still count [ms]. */
export function allowedLateness(budgetMs: number): number {
  return Math.min(HANDOVER_WAIT, BASE + Math.max(MIN_SHARE, SHARE * budgetMs));
}
