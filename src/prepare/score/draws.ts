// The number of draws that find a leak, if causality is not proved. A draw is a scored row and a cut in it. Draws are
// counted, not positions: positions of one row share its text, and a leak in few rows is missed in all other rows.
//
// A place (row r, position t) leaks with probability q(r, t): its logits change when other held-out text replaces the
// tokens after t. A draw takes a scored row and a cut t uniformly among its T - 1, replaces the tokens after t, and
// looks at every position up to t; so it finds the leak at the place of the cut with probability q. Let Q be the mean
// of q over all places of all W rows, and q(r) its mean over the T - 1 cuts of row r. Every row is drawn k times and a
// random set of m rows once more. Cuts of a row are drawn without replacement, which misses no more than with it, so
//
//   P(missed) <= E prod_r (1 - q(r))^(k + [r drawn once more]) <= exp(-k W Q) (1 - Q)^m <= exp(-(k W + m) Q) = exp(-N Q),
//
// the middle step by 1 - x <= exp(-x) and, for the random set, by Maclaurin's inequality (Hoeffding 1963, section 6).
// When k reaches T - 1 the rows are exhausted: every cut of every scored row was drawn.

/** Maximum probability of missing a leak larger than the noise. */
export const MISS = 1e-3;

/**
 * Noise of a score [bits per byte] for a study that has not measured its own: about half of the standard deviation
 * between seeds in the recorded runs (0.018, docs/statistics.md), so that it is also strict enough for less noisy
 * studies.
 */
export const DEFAULT_NOISE = 0.01;
/** Minimum noise [bits per byte] for the number of draws: no study measures its noise more precisely. */
const MIN_NOISE = 0.002;

/**
 * Number of draws that miss a leak worth more than `noise` with probability `MISS` at most. `hidden`: the maximum gain
 * of a leak at every place [bits per byte], log2 V bits per token over its bytes. A leak at a fraction Q of places
 * gains at most Q times that.
 */
export function drawsFor(noise: number, hidden: number): number {
  return Math.ceil(Math.log(1 / MISS) / Math.min(1, Math.max(noise, MIN_NOISE) / hidden));
}

/** The smallest leak [bits per byte] that this number of draws misses with probability `MISS` at most. */
export function smallestFound(draws: number, hidden: number): number {
  return hidden * Math.min(1, Math.log(1 / MISS) / draws);
}
