// Simulates studies with known true scores, to count how often our rule and Karpathy's keep an equal candidate and how
// often they find a real gain. Deterministic for a seed.
import { weigh, score, seedNoise, type WeighedRun } from "../evidence.ts";
import { DEFAULT_RULE, decide, type RuleSettings } from "../rule.ts";
import { weighControl } from "../control.ts";

export interface World {
  /** Standard deviation between seeds [bpb]. */
  readonly seedDeviation: number;
  /** Standard deviation of a chunk's difficulty, common to all models [bpb]. */
  readonly chunkDeviation: number;
  /** Standard deviation between chunks of the effect of a change [bpb]; that of a seed is 0.3 times as large. */
  readonly interaction: number;
  readonly chunks: number;
  /** Baseline replicates that open the study. */
  readonly replicates: number;
  /**
   * The incumbent is a change that was kept after one run: its only run so far, and the lowest of this many candidates
   * of the same true score. Absent: the incumbent is the baseline with its replicates.
   */
  readonly selectedFrom?: number;
  /** The control text's number of chunks, and the share of a true gain that it shows. Absent: no control text. */
  readonly control?: { readonly chunks: number; readonly share: number };
}

/** Close to the measured values: seeds move a score by 0.002, a tweak moves chunks by 0.01 each over 200 chunks. */
export const TYPICAL: World = {
  seedDeviation: 0.002,
  chunkDeviation: 0.15,
  interaction: 0.01,
  chunks: 200,
  replicates: 3,
};

export type Rule = "ours" | "karpathy";
export interface Outcome {
  /** Candidates that the rule keeps, before the control text is consulted. */
  readonly kept: number;
  /** Those of them that the control text contradicts. */
  readonly contradicted: number;
  readonly trials: number;
  readonly runs: number; // of candidates and incumbents, the opening replicates not counted
}

/** A seeded source of normal deviates: Marsaglia's polar method over mulberry32. */
export function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(s)) / s);
      spare = v * factor;
      return u * factor;
    }
  };
}

/** A train.ts in the simulation: a true score by chunk, from which runs are drawn. */
interface Truth {
  readonly chunks: readonly number[];
}

/** A run, and the shift that its seed gives its scores on every text [bpb]. */
interface Played extends WeighedRun {
  readonly shift: number;
}

/**
 * `trials` candidates, each with true gain `gain` [bpb] over the same incumbent (0: an A/A study), each judged in a
 * study of its own with its own measured noise floor. `simpler`: the candidates are markedly less code.
 */
export function simulate(
  world: World,
  gain: number,
  trials: number,
  rule: Rule,
  seed: number,
  settings: RuleSettings = DEFAULT_RULE,
  simpler = false,
): Outcome {
  const normal = normals(seed);
  const bytes = Array.from({ length: world.chunks }, () => 1);
  const run = (truth: Truth): Played => {
    const shift = world.seedDeviation * normal();
    return { bytes, shift, chunks: truth.chunks.map((c) => c + shift + world.interaction * 0.3 * normal()) };
  };
  // A random source of its own, so that the rule keeps the same candidates with and without a control text.
  const contradicted = controlText(world, gain, normals(seed ^ 0x2545f491));
  const outcome = { kept: 0, contradicted: 0, trials, runs: 0 };
  const keep = (candidate: Played, incumbent: Played) => {
    outcome.kept++;
    if (contradicted(candidate, incumbent)) outcome.contradicted++;
  };
  for (let trial = 0; trial < trials; trial++) {
    const base: Truth = { chunks: bytes.map(() => 2 + world.chunkDeviation * normal()) };
    // The change's own pattern over chunks sums to zero, so that the true gain is exactly `gain`.
    const pattern = bytes.map(() => (gain === 0 ? 0 : world.interaction * normal()));
    const offset = pattern.reduce((a, b) => a + b, 0) / world.chunks;
    const better: Truth = { chunks: base.chunks.map((c, j) => c - gain + pattern[j] - offset) };
    const opening = Array.from({ length: world.replicates }, () => run(base));
    const tried = Array.from({ length: world.selectedFrom ?? 0 }, () => run(base));
    const lucky = tried.reduce<Played | null>(
      (best, one) => (best === null || score(one) < score(best) ? one : best),
      null,
    );
    const incumbent = lucky === null ? [...opening] : [lucky];
    if (rule === "karpathy") {
      outcome.runs++;
      const candidate = run(better);
      if (score(candidate) < score(incumbent[0])) keep(candidate, incumbent[0]);
      continue;
    }
    const decided = lucky ?? opening[opening.length - 1];
    const candidate: Played[] = [];
    let decision: ReturnType<typeof decide> = "replicate";
    while (decision === "replicate") {
      candidate.push(run(better));
      outcome.runs++;
      if (candidate.length > 1) {
        incumbent.push(run(base)); // they take turns, so that a drifting machine moves both
        outcome.runs++;
      }
      // The opening replicates are the incumbent's runs, or runs of another train.ts: then a group of their own.
      const groups = lucky === null ? [incumbent, candidate] : [opening, incumbent, candidate];
      const evidence = weigh(candidate, incumbent, seedNoise(groups));
      decision = decide(evidence, candidate.length, settings, simpler);
    }
    if (decision === "keep") keep(candidate[candidate.length - 1], decided);
  }
  return outcome;
}

/** Whether the control text contradicts a candidate that the rule keeps, by its last run and the incumbent's. */
function controlText(world: World, gain: number, normal: () => number) {
  const { control } = world;
  if (control === undefined) return () => false;
  const bytes = Array.from({ length: control.chunks }, () => 1);
  return (candidate: Played, incumbent: Played): boolean => {
    const base = bytes.map(() => 2 + world.chunkDeviation * normal());
    const pattern = bytes.map(() => (gain === 0 ? 0 : world.interaction * normal()));
    const score = (truth: readonly number[], { shift }: Played) => ({
      bytes,
      chunks: truth.map((c) => c + shift + world.interaction * 0.3 * normal()),
    });
    const better = base.map((c, j) => c - gain * control.share + pattern[j]);
    const there = { candidate: score(better, candidate), incumbent: score(base, incumbent) };
    return weighControl({ candidate, incumbent }, there).contradicted;
  };
}
