// The deadline. Training ends when the budget does; what may follow is what a handover costs. The trainer is not trusted,
// so what may be late is bounded by what the lab knows itself: the bytes that crossed, and a small share of the budget.

/**
 * What any handover may take [ms]: a flush, a readback, a busy event loop. One second called an honest baseline invalid
 * on two loaded cores (November 2026); to accuse an honest run is worse than to give a cheat a second and a half.
 */
const BASE = 2500;
/** Bytes a millisecond between realms, both ways together: 64 MB were measured at 1.1 s (November 2026). */
const RATE = 50_000;
/** Two steps may be in flight when the budget ends; how long they take is hearsay, so this share of the budget caps it. */
const SHARE = 0.02;
const LEAST_SHARE = 250;

/** After the budget, the lab waits so long [ms] for weights that then come too late; what comes later yet is not heard. */
export const PATIENT = 14_000;

/** How long after the end of the budget [ms] weights may arrive and count. */
export function allowedLateness(run: {
  readonly budgetMs: number;
  /** The trainer's own forecast. */
  readonly stepMs: number;
  /** Training text in, weights and graph out. */
  readonly bytes: number;
}): number {
  const steps = Math.min(2 * run.stepMs, Math.max(LEAST_SHARE, SHARE * run.budgetMs));
  return Math.min(PATIENT, BASE + steps + run.bytes / RATE);
}
