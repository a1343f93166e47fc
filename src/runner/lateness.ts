// The deadline. No step starts after the end of the budget; how late the last one may end is bounded by what the lab
// knows itself: a busy device, and a small share of the budget.

/**
 * What any last step may take [ms]: a flush, a busy event loop. One second called an honest baseline invalid on two loaded
 * cores (November 2026); to accuse an honest run is worse than to give a cheat a second and a half.
 */
const BASE = 2500;
/** Two steps may be in flight when the budget ends; how long they take is hearsay, so this share of the budget caps it. */
const SHARE = 0.02;
const MIN_SHARE = 250;

/** After the budget, the lab waits so long [ms] for a forward pass. */
export const PATIENT = 14_000;
/** The clock stands still while the engine compiles: the lab allows for so much of that [ms] in all. */
export const MAX_PAUSED = 60_000;

/** How long after the end of the budget [ms] the last step may be finished and count. */
export function allowedLateness(run: {
  readonly budgetMs: number;
  /** The trainer's own forecast. */
  readonly stepMs: number;
}): number {
  const steps = Math.min(2 * run.stepMs, Math.max(MIN_SHARE, SHARE * run.budgetMs));
  return Math.min(PATIENT, BASE + steps);
}
