// Checks whether an arena is ready for a night: the resolution of its score, its speed and noise, and the results of
// bad candidates and cheats. Runs candidates with known results.
import { LabError } from "../../error.ts";
import type { Arena, Cheat } from "../contract/arena.ts";
import { lossOf } from "../contract/arena.ts";
import type { OpenRealm } from "../realm/ask.ts";
import { probe } from "../run/probe.ts";
import { compileCandidate, meanScore, scoreSplit, type SplitScore } from "../run/score-candidate.ts";
import { falseKeepShare, type Judge, type Run, smallestGain, spread } from "./same-twice.ts";

export interface Readiness {
  readonly id: string;
  readonly unit: string;
  readonly first: number;
  /** Whether there is a worse candidate to compare with. */
  readonly compared: boolean;
  /** Score of the worse candidate; null where it got none. */
  readonly worse: number | null;
  /** Reason why garbage got no score; null where it got one. */
  readonly garbage: string | null;
  /** Whether the same random draws gave the same answers in another realm. */
  readonly repeats: boolean;
  /** Duration of one run of the first candidate [s]: practice, validation and the repeated instances. */
  readonly secondsPerRun: number;
  readonly ticksPerRun: number;
  /** Standard deviation of the score between runs of the first candidate. */
  readonly noise: number;
  readonly runs: number;
  /** Share of candidates equal to the incumbent that would be kept. */
  readonly falseKeeps: number;
  /** The gain that is kept four times in five; null where there is no noise to hide it. */
  readonly smallestGain: number | null;
  readonly cheats: readonly (Pick<Cheat, "name" | "expect"> & {
    readonly stopped: boolean;
    readonly how: string;
  })[];
  readonly risk: Arena["manifest"]["risk"];
  readonly needs: Arena["manifest"]["needs"];
}

export interface CheckOptions {
  readonly openRealm: OpenRealm;
  /** Seed of the instances. */
  readonly instances: number;
  /** Number of runs of the first candidate that measure its noise, at least 9. */
  readonly runs: number;
  /** The study's rule. */
  readonly judge: Judge;
  readonly signal: AbortSignal;
  now(): number; // ms
}

/** Throws LabError "arena" where the first candidate has no score or the evaluator fails, "cancelled" on the signal. */
export async function checkReadiness(arena: Arena, options: CheckOptions): Promise<Readiness> {
  const { openRealm, instances, signal, now, judge } = options;
  const { manifest, known } = arena;
  const ask = (source: string, seed = 1): Promise<SplitScore> =>
    scoreSplit(
      arena,
      openRealm,
      compileCandidate(arena, source),
      { split: "validation", instances, seed },
      signal,
    );
  /** A score that passed the probes. */
  const probed = async (source: string): Promise<SplitScore> => {
    const validation = await ask(source);
    await probe(
      arena,
      openRealm,
      compileCandidate(arena, source),
      { validation, instances, seed: 1 },
      signal,
    );
    return validation;
  };
  const began = now();
  const first = await ask(arena.first).catch((error: unknown) => {
    if (!(error instanceof LabError) || error.code === "cancelled") throw error;
    throw new LabError("arena", {
      what: `the first candidate of ${manifest.id} has no score`,
      got: error.message,
      cause: error,
    });
  });
  const secondsPerRun = (now() - began) / 1000;
  const again = await ask(arena.first);
  const worse = known.worse === undefined ? null : await outcome(ask(known.worse));
  const garbage = await outcome(ask(known.garbage));
  const cheats = [];
  for (const { name, expect, source } of known.cheats) {
    const found = await outcome(probed(source));
    const gained = "score" in found && lossOf(manifest, found.score) < lossOf(manifest, meanScore(first));
    const stopped = expect === "caught" ? "reason" in found : !gained;
    const how = "reason" in found ? found.reason : `scores ${found.score.toFixed(4)}`;
    cheats.push({ name, expect, stopped, how });
  }
  const runs: Run[] = [runOf(arena, first, 1)];
  for (let seed = 2; seed <= options.runs; seed++)
    runs.push(runOf(arena, await ask(arena.first, seed), seed));
  return {
    id: manifest.id,
    unit: manifest.unit,
    first: meanScore(first),
    compared: worse !== null,
    worse: worse !== null && "score" in worse ? worse.score : null,
    garbage: "reason" in garbage ? garbage.reason : null,
    repeats: JSON.stringify(again.outputs) === JSON.stringify(first.outputs),
    secondsPerRun,
    ticksPerRun: first.ticks.reduce((sum, count) => sum + count, 0),
    noise: spread(runs),
    runs: runs.length,
    falseKeeps: falseKeepShare(runs, judge),
    smallestGain: spread(runs) === 0 ? null : smallestGain(runs, judge),
    cheats,
    risk: manifest.risk,
    needs: manifest.needs,
  };
}

function runOf({ manifest }: Arena, split: SplitScore, seed: number): Run {
  const losses = split.parts.map(({ score }) => lossOf(manifest, score));
  return { seed, valBpb: lossOf(manifest, meanScore(split)), chunks: losses };
}

/** A candidate's score, or the reason why it has none. Faults of the arena itself are thrown. */
async function outcome(
  asked: Promise<SplitScore>,
): Promise<{ readonly score: number } | { readonly reason: string }> {
  try {
    return { score: meanScore(await asked) };
  } catch (error) {
    if (!(error instanceof LabError) || (error.code !== "crash" && error.code !== "invalid")) throw error;
    return { reason: error.message };
  }
}
