// Detects a machine whose speed changed during a run. A run on a machine that throttled, or shared its GPU with another
// program, is void and repeated, not judged: it says nothing about train.ts.
import type { Arena } from "../prepare/index.ts";

/**
 * Factors beyond which two measurements disagree. A software adapter shares its processor with everything else: on two
 * cores under a load of nine the micro-benchmark of one run swung by up to 4.8 (November 2026), so there the limit
 * detects only a near standstill. A GPU stays within a few percent unless it throttles or is shared.
 */
export const FACTORS = {
  software: { pace: 12, drift: 12 },
  hardware: { pace: 1.6, drift: 3 },
} as const;

/** A disturbed run is repeated this often, then judged with a warning. */
export const MAX_REPEATS = 2;

/** Smallest number of reports that can show drift. */
const REPORTS = 16;
const PARTS = 4;

export const factorsOf = (tier: Arena["tier"]) => FACTORS[tier === "software" ? "software" : "hardware"];

/** Tokens per second in each quarter of a run, by the lab's clock. A false report only gets its own run repeated. */
export class Drift {
  readonly #reports: { readonly at: number; readonly tokens: number }[] = [];

  /** `at` in ms of the lab's clock. */
  add(at: number, tokens: number): void {
    this.#reports.push({ at, tokens });
  }

  /** Speed of the fastest quarter over the slowest; 1 with fewer than `REPORTS`. Omits the first reports (warm-up). */
  factor(): number {
    const reports = this.#reports.slice(Math.min(4, this.#reports.length >> 3));
    if (reports.length < REPORTS) return 1;
    const first = reports[0].at;
    const length = (reports[reports.length - 1].at - first) / PARTS;
    const rates = Array.from({ length: PARTS }, (_, part) => {
      const within = reports.filter(
        ({ at }) => at >= first + part * length && at <= first + (part + 1) * length,
      );
      const [from, to] = [within[0], within[within.length - 1]];
      return within.length < 3 ? null : (to.tokens - from.tokens) / Math.max(1, to.at - from.at);
    });
    // A quarter without reports counts as a standstill.
    if (rates.some((rate) => rate === null || rate <= 0)) return Infinity;
    const known = rates.filter((rate) => rate !== null);
    return Math.max(...known) / Math.min(...known);
  }
}

/** One line if two measurements of pace (ms of the same work) or a run's own speeds disagree; null if they agree. */
export function disturbance(
  tier: Arena["tier"],
  before: number,
  after: number,
  drift: number,
): string | null {
  const factors = factorsOf(tier);
  const ratio = after / before;
  if (ratio > factors.pace)
    return `the GPU is ${ratio.toFixed(1)} times slower after the run than before it (throttled, or shared with another program)`;
  if (1 / ratio > factors.pace)
    return `the GPU is ${(1 / ratio).toFixed(1)} times faster after the run than before it (another program has ended)`;
  if (drift > factors.drift) {
    const by = Number.isFinite(drift) ? `by a factor of ${drift.toFixed(1)}` : "to a standstill";
    return `training slowed down ${by} within the run (throttled, or another program on the GPU)`;
  }
  return null;
}
