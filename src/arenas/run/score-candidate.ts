// Scores a candidate on a split: compiles it, runs it in a fresh realm, and checks and scores its outputs outside of
// it.
import { LabError, messageOf } from "../../error.ts";
import { compile } from "../../runner/index.ts";
import type { Arena, Evaluation } from "../contract/arena.ts";
import { MAX_INSTANCES, type SplitName, SPLITS } from "../contract/manifest.ts";
import { askRealm, type OpenRealm } from "../realm/ask.ts";

/** A candidate's results on each instance of a split. */
export interface SplitScore {
  readonly evaluations: readonly Evaluation[];
  readonly ticks: readonly number[];
  readonly outputs: readonly unknown[];
}

export interface Asked {
  readonly split: SplitName;
  /** The study's seed of the instances. */
  readonly instances: number;
  /** The run's seed of the candidate's random numbers. */
  readonly seed: number;
  /** Number of instances to run, from the first; absent: all. */
  readonly most?: number;
}

/**
 * JavaScript of the candidate. Throws LabError "crash" with the line of a syntax error, or for a text that is too long.
 */
export function compileCandidate({ manifest }: Arena, source: string): string {
  const { file, bytes, entry } = manifest.candidate;
  const size = new TextEncoder().encode(source).length;
  if (size > bytes)
    throw new LabError("crash", {
      what: `${file}: too long`,
      got: `${size} bytes`,
      expected: `at most ${bytes}`,
    });
  return compile(source, { file, modules: [], gives: [entry], most: bytes });
}

/** Throws LabError "crash" for faults of the candidate, "invalid" for an invalid output, "cancelled" on the signal. */
export async function scoreSplit(
  arena: Arena,
  openRealm: OpenRealm,
  code: string,
  { split, instances: seed, seed: draws, most = Infinity }: Asked,
  signal: AbortSignal,
): Promise<SplitScore> {
  const { manifest } = arena;
  const { budget, candidate } = manifest;
  const instances = arena.instances(split, seed).slice(0, most);
  const request = {
    code,
    entry: candidate.entry,
    tasks: instances.map(arena.taskOf),
    ticks: budget.amount,
    seeds: instances.map((_, i) => (draws * SPLITS.length + SPLITS.indexOf(split)) * MAX_INSTANCES + i),
  };
  const limits = { seconds: budget.seconds, file: candidate.file, signal };
  const { outputs, ticks } = await askRealm(openRealm, request, limits);
  const evaluations = outputs.map((output, i) => evaluated(arena, instances[i], output, `${split} ${i + 1}`));
  return { evaluations, ticks, outputs };
}

/** Calls the evaluator; an error in it is reported as the arena's fault. */
function evaluated(arena: Arena, instance: unknown, output: unknown, name: string): Evaluation {
  let found: Evaluation;
  try {
    found = arena.evaluate(instance, output);
  } catch (error) {
    if (error instanceof LabError && error.code === "invalid")
      throw new LabError("invalid", `${name}: ${error.message}`);
    throw new LabError("arena", {
      what: `the evaluator of ${arena.manifest.id} failed on ${name}`,
      got: messageOf(error),
      cause: error,
    });
  }
  if (!Number.isFinite(found.score))
    throw new LabError("arena", {
      what: `the evaluator of ${arena.manifest.id} on ${name}`,
      got: `a score of ${found.score}`,
      expected: "a finite number",
    });
  for (const { name: metric } of [...arena.manifest.guards, ...arena.manifest.secondary])
    if (!Number.isFinite(found.metrics[metric]))
      throw new LabError("arena", {
        what: `the evaluator of ${arena.manifest.id} on ${name}`,
        got: `no ${metric}`,
        expected: "every metric that the manifest names",
      });
  return found;
}

export const meanScore = ({ evaluations }: SplitScore): number =>
  evaluations.reduce((sum, { score }) => sum + score, 0) / evaluations.length;
