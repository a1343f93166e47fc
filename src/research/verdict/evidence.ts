// The evidence that a candidate is better than its incumbent, from the runs of both. docs/statistics.md derives it.
import { studentCdf } from "./distributions.ts";

/** One scored run: bits per byte by chunk of the validation text. Chunks are the same for every run of a study. */
export interface WeighedRun {
  readonly chunks: readonly number[];
  /** Text bytes of each chunk: the weights of the mean. */
  readonly bytes: readonly number[];
}

/** Spread between seeds of the same train.ts: pooled standard deviation [bpb] and its degrees of freedom. */
export interface SeedNoise {
  readonly deviation: number;
  readonly degrees: number;
}

export interface Evidence {
  /** Incumbent's mean minus candidate's, in bits per byte: positive is better. */
  readonly gain: number;
  readonly standardError: number;
  /** The part of the standard error that no further seed can remove: the text is finite. */
  readonly textError: number;
  readonly seedError: number;
  readonly degrees: number;
  /** P(the true gain is above zero | the runs), with a flat prior on the gain. */
  readonly better: number;
}

/** The score of a run: the byte-weighted mean of its chunks. */
export function score(run: WeighedRun): number {
  let bits = 0;
  let bytes = 0;
  for (let i = 0; i < run.chunks.length; i++) {
    bits += run.chunks[i] * run.bytes[i];
    bytes += run.bytes[i];
  }
  return bits / bytes;
}

/**
 * Pools the variance of scores within groups of runs of the same train.ts (baseline replicates, replicated ties).
 * A group of one run is left out. Without a group of two or more, `degrees` is 0.
 */
export function seedNoise(groups: readonly (readonly WeighedRun[])[]): SeedNoise {
  let squares = 0;
  let degrees = 0;
  for (const runs of groups) {
    if (runs.length < 2) continue;
    const scores = runs.map(score);
    const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
    for (const s of scores) squares += (s - mean) ** 2;
    degrees += scores.length - 1;
  }
  return { deviation: degrees === 0 ? 0 : Math.sqrt(squares / degrees), degrees };
}

/**
 * Weighs candidate against incumbent. With d_j the difference of their mean scores on chunk j and w_j its share of the
 * bytes, gain = Σ w_j d_j, text error² = m/(m-1) Σ w_j² (d_j - gain)² (paired: a difficulty that both share cancels),
 * seed error² = σ²(1/n + 1/n'), and the sum's degrees of freedom follow Welch and Satterthwaite.
 */
export function weigh(
  candidate: readonly WeighedRun[],
  incumbent: readonly WeighedRun[],
  noise: SeedNoise,
): Evidence {
  const bytes = candidate[0].bytes;
  const total = bytes.reduce((a, b) => a + b, 0);
  const count = bytes.length;
  const mean = (runs: readonly WeighedRun[], j: number) =>
    runs.reduce((sum, run) => sum + run.chunks[j], 0) / runs.length;
  const differences = bytes.map((_, j) => mean(incumbent, j) - mean(candidate, j));
  const gain = differences.reduce((sum, d, j) => sum + (d * bytes[j]) / total, 0);
  const text =
    differences.reduce((sum, d, j) => sum + ((bytes[j] / total) * (d - gain)) ** 2, 0) *
    (count / Math.max(1, count - 1));
  const seed = noise.deviation ** 2 * (1 / candidate.length + 1 / incumbent.length);
  const variance = text + seed;
  const spread =
    (text * text) / Math.max(1, count - 1) + (noise.degrees === 0 ? 0 : (seed * seed) / noise.degrees);
  const degrees = spread === 0 ? Infinity : (variance * variance) / spread;
  const standardError = Math.sqrt(variance);
  const better =
    standardError === 0 ? (gain > 0 ? 1 : gain < 0 ? 0 : 0.5) : studentCdf(gain / standardError, degrees);
  return { gain, standardError, textError: Math.sqrt(text), seedError: Math.sqrt(seed), degrees, better };
}
