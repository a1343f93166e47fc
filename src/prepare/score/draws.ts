// How many looks a leak can hide from, where causality is not proved. Counted are independent draws of a scored row and a
// cut in it, not positions: positions of one row share its text, and a leak that acts in few rows is missed in all others.
//
// A place (row r, position t) leaks with probability q(r, t): that its logits move when the tokens after t are replaced by
// other held-out text. A draw takes a scored row and a cut t uniformly among its T - 1, replaces what follows t, and looks
// at every position up to t; so it finds the leak at the place it cut with probability q. Let Q be the mean of q over
// all places of all W rows, and q(r) its mean over the T - 1 cuts of row r. Every row is drawn k times and a random set of
// m rows once more. Cuts of a row are drawn without replacement, which misses no more often than with it, so
//
//   P(missed) <= E prod_r (1 - q(r))^(k + [r drawn once more]) <= exp(-k W Q) (1 - Q)^m <= exp(-(k W + m) Q) = exp(-N Q),
//
// the middle by 1 - x <= exp(-x) and, for the random set, by Maclaurin's inequality (Hoeffding 1963, section 6). When k
// reaches T - 1 the rows are exhausted: every cut of every scored row was asked, and nothing more can be drawn.

/** What a leak larger than the noise is missed with at most. */
export const MISS = 1e-3;

/**
 * Noise [bits per byte] of a score where a study has not measured its own: half of what seeds differ by in the recorded
 * runs (standard deviation 0.018, docs/statistics.md), so that a study that measures less is not let down by it.
 */
export const DEFAULT_NOISE = 0.01;
/** A smaller noise than this [bits per byte] asks for draws as if it were this; nobody measures a study's better. */
const LEAST_NOISE = 0.002;

/**
 * Draws for which a leak worth more than `noise` is missed with probability `MISS` at most. `hidden`: what a leak at every
 * place could hide, in bits per byte: log2 V bits a token over its bytes. A leak at a share Q of places hides Q of that.
 */
export function drawsFor(noise: number, hidden: number): number {
  return Math.ceil(Math.log(1 / MISS) / Math.min(1, Math.max(noise, LEAST_NOISE) / hidden));
}

/** The smallest leak [bits per byte] that so many draws miss with probability `MISS` at most. */
export function smallestFound(draws: number, hidden: number): number {
  return hidden * Math.min(1, Math.log(1 / MISS) / draws);
}
