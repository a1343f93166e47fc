// Scores a candidate on a split: compiles it, runs it in a fresh realm, and checks and scores its outputs outside of
// it.
import { LabError, messageOf } from "../../error.ts";
import { compile } from "../../runner/index.ts";
import type { Arena, Evaluation, Part, Task } from "../contract/arena.ts";
import { type Manifest, MAX_SCORES, type SplitName, SPLITS } from "../contract/manifest.ts";
import { type Answers, askRealm, type OpenRealm } from "../realm/ask.ts";

/** A candidate's results on each instance of a split. */
export interface SplitScore {
  readonly evaluations: readonly Evaluation[];
  /** The scores that the verdict pairs: of the instances, or of their parts. */
  readonly parts: readonly Part[];
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
export function compileCandidate({ manifest }: Pick<Arena, "manifest">, source: string): string {
  const { file, bytes, entries } = manifest.candidate;
  const size = new TextEncoder().encode(source).length;
  if (size > bytes)
    throw new LabError("crash", {
      what: `${file}: too long`,
      got: `${size} bytes`,
      expected: `at most ${bytes}`,
    });
  return compile(source, { file, modules: [], gives: entries, most: bytes });
}

/** The seed of the candidate's random numbers for an instance. */
export const drawsOf = (seed: number, split: SplitName, i: number): number =>
  (seed * SPLITS.length + SPLITS.indexOf(split)) * MAX_SCORES + i;

/** Runs tasks in a fresh realm, within the arena's budget. */
export function askTasks(
  { manifest: { budget, candidate } }: Arena,
  openRealm: OpenRealm,
  code: string,
  work: { readonly tasks: readonly Task[]; readonly seeds: readonly number[] },
  signal: AbortSignal,
): Promise<Answers> {
  const request = { code, entries: candidate.entries, ticks: budget.amount, ...work };
  return askRealm(openRealm, request, { seconds: budget.seconds, file: candidate.file, signal });
}

/** Throws LabError "crash" for faults of the candidate, "invalid" for an invalid output, "cancelled" on the signal. */
export async function scoreSplit(
  arena: Arena,
  openRealm: OpenRealm,
  code: string,
  { split, instances: seed, seed: draws, most = Infinity }: Asked,
  signal: AbortSignal,
): Promise<SplitScore> {
  const instances = (await arena.instances(split, seed)).slice(0, most);
  const work = {
    tasks: instances.map(arena.taskOf),
    seeds: instances.map((_, i) => drawsOf(draws, split, i)),
  };
  const { outputs, ticks } = await askTasks(arena, openRealm, code, work, signal);
  const evaluations = await evaluated(arena, instances, outputs, split);
  const parts = evaluations.flatMap((one) => one.parts ?? [one]);
  return { evaluations, parts, ticks, outputs };
}

/** Calls the evaluator; an error in it is reported as the arena's fault. */
async function evaluated(
  arena: Arena,
  instances: readonly unknown[],
  outputs: readonly unknown[],
  split: SplitName,
): Promise<readonly Evaluation[]> {
  const { manifest } = arena;
  let found: readonly Evaluation[];
  try {
    found = await arena.evaluate(instances, outputs);
  } catch (error) {
    if (error instanceof LabError && error.code === "cancelled") throw error;
    if (error instanceof LabError && error.code === "invalid")
      throw new LabError("invalid", `${split} ${error.message}`);
    throw new LabError("arena", {
      what: `the evaluator of ${manifest.id} failed on ${split} ${messageOf(error)}`,
      cause: error,
    });
  }
  if (found.length !== outputs.length)
    throw new LabError("arena", {
      what: `the evaluator of ${manifest.id} on ${split}`,
      got: `${found.length} scores`,
      expected: `${outputs.length}`,
    });
  found.forEach((one, i) => {
    for (const part of [one, ...(one.parts ?? [])]) checkPart(manifest, part, `${split} ${i + 1}`);
  });
  return found;
}

function checkPart(manifest: Manifest, { score, metrics, weight = 1 }: Part, name: string): void {
  const fail = (got: string, expected: string) => {
    throw new LabError("arena", { what: `the evaluator of ${manifest.id} on ${name}`, got, expected });
  };
  if (!Number.isFinite(score)) fail(`a score of ${score}`, "a finite number");
  if (!(weight > 0)) fail(`a weight of ${weight}`, "a number above 0");
  for (const { name: metric } of [...manifest.guards, ...manifest.secondary])
    if (!Number.isFinite(metrics[metric])) fail(`no ${metric}`, "every metric that the manifest names");
}

export const meanScore = ({ evaluations }: Pick<SplitScore, "evaluations">): number =>
  evaluations.reduce((sum, { score }) => sum + score, 0) / evaluations.length;
